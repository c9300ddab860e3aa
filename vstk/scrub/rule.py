"""A pattern recogniser that is honest about time.

`Rule` is a Presidio `PatternRecognizer`, usable in any Presidio registry. It
differs from its parent in three things: a pattern that runs out of time raises
instead of being skipped, the group `v` of a pattern narrows the finding (so
that a cue such as "password:" stays), and a cheap test of the text comes first.
`findings` runs any `PatternRecognizer` in that manner, Presidio's own included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import regex

from vstk.scrub.finding import Finding
from vstk.scrub.presidio import Pattern, PatternRecognizer, RecognizerResult

Validate = Callable[[str], bool | None]
"""True: certain. False: not one. None: the pattern's own score stands."""

BEFORE = r"(?<![A-Za-z0-9])"
AFTER = r"(?![A-Za-z0-9])"
"""Edges of a token. Not `\\b`, which never falls between a Chinese character and a digit."""

CONTEXT_REACH = 100
CONTEXT_GAIN = 0.4
ALONE_SECONDS = 10.0
"""Time limit of a rule that runs outside our engine."""


class Rule(PatternRecognizer):
    """One kind of identifier, found by bounded patterns."""

    def __init__(
        self,
        entity: str,
        *patterns: tuple[str, float] | tuple[str, float, str],
        source: str,
        context: tuple[str, ...] = (),
        validate: Validate | None = None,
        needs: str = "",
        name: str = "",
        in_code: bool = True,
        checked_score: float = 1.0,
        language: str = "en",
    ) -> None:
        """Args:
        entity: what it finds, in Presidio's words where Presidio has one.
        patterns: (regular expression, score 0..1[, hints]); no unbounded repetition.
            Hints are literals between bars; a text with none of them in lower case
            is not searched. A literal is looked for a hundred times as fast.
        source: where the form of the identifier is defined.
        context: lower-case words that make a finding likely when one stands
            shortly before it.
        validate: decides on the text of a finding, by a checksum for example.
        needs: a character class; texts without such a character are passed over.
        checked_score: score of what `validate` says yes to.
        in_code: whether it is also looked for in blocks of code.
        """
        self.source = source
        self.validate = validate
        self.needs = regex.compile(needs) if needs else None
        self.in_code = in_code
        self.hints = [
            tuple(pattern[2].split("|")) if len(pattern) == 3 else () for pattern in patterns
        ]
        self.checked_score = checked_score
        super().__init__(
            supported_entity=entity,
            name=name or f"vstk_{entity.lower()}",
            supported_language=language,
            patterns=[
                Pattern(f"{name or entity.lower()}_{number}", expression, score)
                for number, (expression, score, *_) in enumerate(patterns, 1)
            ],
            context=list(context),
            global_regex_flags=regex.V0,
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """The verdict of `validate` on what a pattern matched."""
        return self.validate(pattern_text) if self.validate else None

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: Any = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        """Findings in Presidio's form.

        Raises:
            TimeoutError: when a pattern takes too long; the text was not searched.
        """
        return [
            RecognizerResult(found.entity, found.start, found.end, found.score)
            for found in findings(self, text, ALONE_SECONDS)
        ]


def findings(
    recognizer: PatternRecognizer, text: str, seconds: float, lower: str | None = None
) -> Iterator[Finding]:
    """What a pattern recogniser finds in a text; `lower` is the text in lower case.

    Raises:
        TimeoutError: when a pattern takes longer than `seconds`.
    """
    needs = getattr(recognizer, "needs", None)
    if needs is not None and not needs.search(text):
        return
    entity = recognizer.supported_entities[0]
    patterns: list[Any] = getattr(recognizer, "patterns", [])
    hints = getattr(recognizer, "hints", None) or repeat(())
    lower = text.lower() if lower is None else lower
    for pattern, wanted in zip(patterns, hints, strict=False):
        if wanted and not any(hint in lower for hint in wanted):
            continue
        compiled = pattern.compiled_regex
        if compiled is None:
            compiled = regex.compile(pattern.regex, recognizer.global_regex_flags or 0)
            pattern.compiled_regex = compiled
            pattern.compiled_with_flags = recognizer.global_regex_flags
        group: int | str = "v" if "v" in compiled.groupindex else 0
        for match in compiled.finditer(text, timeout=seconds):
            start, end = match.span(group)
            value = text[start:end]
            if not value:
                continue
            verdict = recognizer.validate_result(value)
            if verdict is False or recognizer.invalidate_result(value):
                continue
            score = getattr(recognizer, "checked_score", 1.0) if verdict else pattern.score
            yield Finding(start, end, entity, score, "rule")
