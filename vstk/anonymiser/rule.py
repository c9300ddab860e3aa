"""A pattern recogniser that is honest about time.

`Rule` is a Presidio `PatternRecognizer`, usable in any Presidio registry. It
differs from its parent in three things: a pattern that runs out of time raises
instead of being skipped, the group `v` of a pattern narrows the finding (so
that a cue such as "password:" stays), and a cheap test of the text comes first.
`findings` runs any `PatternRecognizer` in that manner, Presidio's own included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import repeat
from typing import Any

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.presidio import Pattern, PatternRecognizer, RecognizerResult

Validate = Callable[[str], bool | None]
"""True: certain. False: not one. None: the pattern's own score stands."""

BEFORE = r"(?<![A-Za-z0-9])"
AFTER = r"(?![A-Za-z0-9])"
"""Edges of a token. Not `\\b`, which never falls between a Chinese character and a digit."""

CONTEXT_CHARACTERS = 100
CONTEXT_GAIN = 0.4
STANDALONE_SECONDS = 10.0
"""Time limit of a rule that runs outside our engine."""


class TextPrefilter:
    """What cheap tests say of one text, each asked once for all recognisers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._answers: dict[Any, bool] = {}
        self.lower = text.lower()

    @cached_property
    def run(self) -> int:
        """Length of the longest run without a blank."""
        return max(map(len, self._text.split()), default=0)

    def has(self, needed: regex.Pattern[str]) -> bool:
        """Whether a pattern matches anywhere."""
        answer = self._answers.get(needed)
        if answer is None:
            answer = self._answers[needed] = needed.search(self._text) is not None
        return answer

    def has_any(self, hints: tuple[str, ...]) -> bool:
        """Whether one of these literals is in the text in lower case."""
        lower = self.lower
        # A loop, since a generator takes twice as long, a million times.
        for hint in hints:  # noqa: SIM110
            if hint in lower:
                return True
        return False


class Rule(PatternRecognizer):
    """One kind of identifier, found by bounded patterns."""

    def __init__(
        self,
        entity: str,
        *patterns: tuple[str, float] | tuple[str, float, str],
        source: str,
        context: tuple[str, ...] = (),
        validate: Validate | None = None,
        needs: str | tuple[str, ...] = (),
        run: int = 0,
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
        needs: small patterns, the cheapest first; texts without a match of each are passed over.
        run: least length of a run without a blank; texts without one are passed over.
        checked_score: score of what `validate` says yes to.
        in_code: whether it is also looked for in blocks of code.
        """
        self.source = source
        self.validate = validate
        needs = (needs,) if isinstance(needs, str) else needs
        self.needs = tuple(map(regex.compile, needs))
        self.run = run
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
            for found in find_matches(self, text, STANDALONE_SECONDS)
        ]


def find_matches(
    recognizer: PatternRecognizer, text: str, seconds: float, asked: TextPrefilter | None = None
) -> Iterator[PiiFinding]:
    """What a pattern recogniser finds in a text, of which `asked` holds what is known already.

    Raises:
        TimeoutError: when a pattern takes longer than `seconds`.
    """
    asked = asked or TextPrefilter(text)
    if not may_match(recognizer, asked):
        return
    entity = recognizer.supported_entities[0]
    patterns: list[Any] = getattr(recognizer, "patterns", [])
    hints = getattr(recognizer, "hints", None) or repeat(())
    for pattern, wanted in zip(patterns, hints, strict=False):
        if wanted and not asked.has_any(wanted):
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
                continue
            score = getattr(recognizer, "checked_score", 1.0) if verdict else pattern.score
            yield PiiFinding(start, end, entity, score, "rule")


def may_match(recognizer: PatternRecognizer, asked: TextPrefilter) -> bool:
    """Whether a text has what the cheap tests of a recogniser ask for."""
    for needed in getattr(recognizer, "needs", ()):
        if not asked.has(needed):
            return False
    return asked.run >= getattr(recognizer, "run", 0)


def compile_patterns(recognizer: Any) -> None:
    """Compile the patterns of a recogniser, lest the first text pay for it."""
    for pattern in getattr(recognizer, "patterns", []):
        _compile(recognizer, pattern)


def _compile(recognizer: PatternRecognizer, pattern: Any) -> Any:
    if pattern.compiled_regex is None:
        flags = recognizer.global_regex_flags
        pattern.compiled_regex = regex.compile(pattern.regex, flags or 0)
        pattern.compiled_with_flags = flags
    return pattern.compiled_regex
