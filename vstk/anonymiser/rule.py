"""Rules: pattern recognizers with a time limit and cheap tests before each search.

`Rule` is a Presidio `PatternRecognizer` and works in any Presidio registry. It differs
from its base class in three ways: a pattern that exceeds its time limit raises an error
and is not skipped; the group `v` of a pattern, if there is one, is the finding, so that a
cue such as "password:" stays in the text; and cheap tests exclude most texts first.
`find_matches` runs any `PatternRecognizer` in this way, including Presidio's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import repeat
from typing import Any

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.presidio import Pattern, PatternRecognizer, RecognizerResult

Validate = Callable[[str], bool | None]
"""Checks a matched text. True: valid. False: rejected. None: the pattern's score applies."""

Parts = Callable[[str], Iterable[tuple[int, int]]]
"""Proposes (start, end) of parts of a text that `Validate` rejected as a whole."""

BEFORE = r"(?<![A-Za-z0-9])"
AFTER = r"(?![A-Za-z0-9])"
"""Token boundaries for ASCII. `\\b` does not match between a Chinese character and a digit."""

CONTEXT_CHARACTERS = 100
"""Characters before a finding in which context words are searched."""

CONTEXT_GAIN = 0.4
"""What a context word adds to the score of a finding."""

STANDALONE_SECONDS = 10.0
"""Time limit of a rule that Presidio's own engine runs."""


class TextPrefilter:
    """Cheap tests on one text; each result is cached and shared by all recognizers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._answers: dict[Any, bool] = {}
        self.lower = text.lower()

    @cached_property
    def longest_run(self) -> int:
        """Characters of the longest run without white space."""
        return max(map(len, self._text.split()), default=0)

    def matches(self, required: regex.Pattern[str]) -> bool:
        """Whether a pattern matches anywhere in the text."""
        answer = self._answers.get(required)
        if answer is None:
            answer = self._answers[required] = required.search(self._text) is not None
        return answer

    def contains_any(self, hints: tuple[str, ...]) -> bool:
        """Whether the lower-case text contains one of these literals."""
        lower = self.lower
        # A loop takes half the time of `any` with a generator, and this runs millions of times.
        for hint in hints:  # noqa: SIM110
            if hint in lower:
                return True
        return False


class Rule(PatternRecognizer):
    """A recognizer for one kind of identifier, by patterns with bounded repetitions."""

    def __init__(
        self,
        entity: str,
        *patterns: tuple[str, float] | tuple[str, float, str],
        source: str,
        context: tuple[str, ...] = (),
        validate: Validate | None = None,
        parts: Parts | None = None,
        needs: str | tuple[str, ...] = (),
        min_run: int = 0,
        name: str = "",
        in_code: bool = True,
        validated_score: float = 1.0,
        language: str = "en",
    ) -> None:
        """Args:
        entity: the entity it finds; Presidio's name for it if Presidio has one.
        patterns: (regular expression, score 0..1[, hints]); no unbounded repetition.
            Hints are lower-case literals separated by `|`; the pattern is only tried on
            texts that contain one. Finding a literal is a hundred times as fast.
        source: where the form of the identifier is defined.
        context: lower-case words that raise the score of a finding if one of them is in
            the `CONTEXT_CHARACTERS` before it.
        validate: decides on the matched text, for example by a checksum.
        parts: proposes parts of a rejected match; those that `validate` accepts with True
            are findings, even if they overlap, because a check digit is right by chance in
            a tenth of all cases.
        needs: patterns that must all match somewhere in a text, the cheapest first;
            other texts are skipped.
        min_run: characters that the longest run without white space must have; other
            texts are skipped.
        validated_score: score of a finding for which `validate` returns True.
        in_code: whether code blocks are searched too.
        """
        self.source = source
        self.validate = validate
        self.parts = parts
        needs = (needs,) if isinstance(needs, str) else needs
        self.needs = tuple(map(regex.compile, needs))
        self.min_run = min_run
        self.in_code = in_code
        self.hints = [
            tuple(pattern[2].split("|")) if len(pattern) == 3 else () for pattern in patterns
        ]
        self.validated_score = validated_score
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
        """The result of `validate` for a matched text."""
        return self.validate(pattern_text) if self.validate else None

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: Any = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        """Search a text; the findings have Presidio's type.

        Raises:
            TimeoutError: a pattern took too long, so the text is not fully searched.
        """
        return [
            RecognizerResult(finding.entity, finding.start, finding.end, finding.score)
            for finding in find_matches(self, text, STANDALONE_SECONDS)
        ]


def find_matches(
    recognizer: PatternRecognizer, text: str, seconds: float, prefilter: TextPrefilter | None = None
) -> Iterator[PiiFinding]:
    """Search a text with the patterns of a recognizer.

    Args:
        seconds: time limit of each pattern.
        prefilter: cached tests of this text; created if not given.

    Raises:
        TimeoutError: a pattern took longer than `seconds`.
    """
    prefilter = prefilter or TextPrefilter(text)
    if not may_match(recognizer, prefilter):
        return
    entity = recognizer.supported_entities[0]
    patterns: list[Any] = getattr(recognizer, "patterns", [])
    hints = getattr(recognizer, "hints", None) or repeat(())
    for pattern, pattern_hints in zip(patterns, hints, strict=False):
        if pattern_hints and not prefilter.contains_any(pattern_hints):
            continue
        compiled = _compile(recognizer, pattern)
        group: int | str = "v" if "v" in compiled.groupindex else 0
        for match in compiled.finditer(text, timeout=seconds, concurrent=False):
            start, end = match.span(group)
            value = text[start:end]
            if not value:
                continue
            verdict = recognizer.validate_result(value)
            if verdict is False or recognizer.invalidate_result(value):
                for first, last in _valid_parts(recognizer, value):
                    score = getattr(recognizer, "validated_score", 1.0)
                    yield PiiFinding(start + first, start + last, entity, score, "rule")
                continue
            score = getattr(recognizer, "validated_score", 1.0) if verdict else pattern.score
            yield PiiFinding(start, end, entity, score, "rule")


def _valid_parts(recognizer: PatternRecognizer, value: str) -> list[tuple[int, int]]:
    """The parts of a rejected value that are valid by themselves."""
    propose: Parts | None = getattr(recognizer, "parts", None)
    return [
        (start, end)
        for start, end in (propose(value) if propose else ())
        if recognizer.validate_result(value[start:end])
    ]


def may_match(recognizer: PatternRecognizer, prefilter: TextPrefilter) -> bool:
    """Whether a text passes a recognizer's cheap tests."""
    for required in getattr(recognizer, "needs", ()):
        if not prefilter.matches(required):
            return False
    return prefilter.longest_run >= getattr(recognizer, "min_run", 0)


def compile_patterns(recognizer: Any) -> None:
    """Compile a recognizer's patterns, so that the first text is not charged for the time."""
    for pattern in getattr(recognizer, "patterns", []):
        _compile(recognizer, pattern)


def _compile(recognizer: PatternRecognizer, pattern: Any) -> Any:
    if pattern.compiled_regex is None:
        flags = recognizer.global_regex_flags
        pattern.compiled_regex = regex.compile(pattern.regex, flags or 0)
        pattern.compiled_with_flags = flags
    return pattern.compiled_regex
