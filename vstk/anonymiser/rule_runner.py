"""Run the rules of a registry over a conversation.

Context counts across turns: "What is your passport number?" in one turn makes
the bare number in the next a finding. Presidio's own enhancer looks at every
token for every finding; this looks at the few characters before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import regex

from vstk.anonymiser.finding import Deadline, PiiFinding
from vstk.anonymiser.rule import (
    CONTEXT_CHARACTERS,
    CONTEXT_GAIN,
    TextPrefilter,
    find_matches,
    may_match,
)

CODE_BLOCK = regex.compile(r"```.{0,100000}?(?:```|\Z)", regex.DOTALL)

THRESHOLDS: dict[str, float] = {}
"""Least score by entity, where it is not the default."""

DEFAULT_THRESHOLD = 0.5

LONG_TEXT = 5000
"""Characters from which the clock is read for every rule: reading it is a system call."""


def run_rules(
    recognizers: Sequence[Any], texts: Sequence[str], deadline: Deadline
) -> list[list[PiiFinding]]:
    """What the rules find in each text of a conversation.

    Raises:
        TimeoutError, TooSlow: when the time is used up; nothing was skipped.
    """
    result: list[list[PiiFinding]] = []
    before = ""
    for text in texts:
        found: list[PiiFinding] = []
        asked = TextPrefilter(text)
        seconds = deadline.left()
        blocks = [match.span() for match in CODE_BLOCK.finditer(text)] if "```" in text else []
        for recognizer in recognizers:
            if not may_match(recognizer, asked):
                continue
            everywhere = not blocks or getattr(recognizer, "in_code", True)
            if len(text) > LONG_TEXT:
                seconds = deadline.left()
            for finding in find_matches(recognizer, text, seconds, asked):
                if not everywhere:
                    last = bisect_right(blocks, finding.start, key=itemgetter(0)) - 1
                    if last >= 0 and finding.start < blocks[last][1]:
                        continue
                least = THRESHOLDS.get(finding.entity, DEFAULT_THRESHOLD)
                if finding.score >= least:
                    found.append(finding)
                elif finding.score + CONTEXT_GAIN >= least and recognizer.context:
                    near = text[max(0, finding.start - CONTEXT_CHARACTERS) : finding.start]
                    if len(near) < CONTEXT_CHARACTERS:
                        near = before[len(near) - CONTEXT_CHARACTERS :] + "\n" + near
                    near += " " + text[finding.end : finding.end + CONTEXT_CHARACTERS // 5]
                    if _context_pattern(recognizer).search(near.lower()):
                        found.append(finding)
        result.append(found)
        before = text[-CONTEXT_CHARACTERS:]
    return result


_contexts: dict[tuple[str, ...], Any] = {}


def _context_pattern(recognizer: Any) -> Any:
    key = tuple(recognizer.context)
    if key not in _contexts:
        _contexts[key] = regex.compile(
            r"(?<!\p{L})(?:" + "|".join(map(regex.escape, key)) + r")s?(?!\p{L})"
        )
    return _contexts[key]
