"""Runs the rules of a registry on a conversation.

Context words also count across turns: after "What is your passport number?", a bare
number in the next turn is a finding. Presidio's own context enhancer examines every token
for every finding; this one only searches the characters before the finding.
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
"""Minimum score by entity, if it differs from `DEFAULT_THRESHOLD`."""

DEFAULT_THRESHOLD = 0.5

LONG_TEXT = 5000
"""Characters from which the time left is computed for every rule; it costs a system call."""


def run_rules(
    recognizers: Sequence[Any], texts: Sequence[str], deadline: Deadline
) -> list[list[PiiFinding]]:
    """The findings of the rules in each text of a conversation.

    Raises:
        TimeoutError, TooSlow: the time is used up. No rule is ever skipped.
    """
    result: list[list[PiiFinding]] = []
    previous_end = ""
    for text in texts:
        found: list[PiiFinding] = []
        prefilter = TextPrefilter(text)
        seconds = deadline.left()
        code_blocks = [match.span() for match in CODE_BLOCK.finditer(text)] if "```" in text else []
        for recognizer in recognizers:
            if not may_match(recognizer, prefilter):
                continue
            in_code = not code_blocks or getattr(recognizer, "in_code", True)
            if len(text) > LONG_TEXT:
                seconds = deadline.left()
            for finding in find_matches(recognizer, text, seconds, prefilter):
                if not in_code:
                    last = bisect_right(code_blocks, finding.start, key=itemgetter(0)) - 1
                    if last >= 0 and finding.start < code_blocks[last][1]:
                        continue
                threshold = THRESHOLDS.get(finding.entity, DEFAULT_THRESHOLD)
                if finding.score >= threshold:
                    found.append(finding)
                elif finding.score + CONTEXT_GAIN >= threshold and recognizer.context:
                    context_text = text[max(0, finding.start - CONTEXT_CHARACTERS) : finding.start]
                    if len(context_text) < CONTEXT_CHARACTERS:
                        context_text = (
                            previous_end[len(context_text) - CONTEXT_CHARACTERS :]
                            + "\n"
                            + context_text
                        )
                    context_text += " " + text[finding.end : finding.end + CONTEXT_CHARACTERS // 5]
                    if _context_pattern(recognizer).search(context_text.lower()):
                        found.append(finding)
        result.append(found)
        previous_end = text[-CONTEXT_CHARACTERS:]
    return result


_context_patterns: dict[tuple[str, ...], Any] = {}


def _context_pattern(recognizer: Any) -> Any:
    key = tuple(recognizer.context)
    if key not in _context_patterns:
        _context_patterns[key] = regex.compile(
            r"(?<!\p{L})(?:" + "|".join(map(regex.escape, key)) + r")s?(?!\p{L})"
        )
    return _context_patterns[key]
