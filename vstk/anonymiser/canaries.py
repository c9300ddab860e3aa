"""Canaries: measures how much personal data the scrubber misses in the user's own logs.

Made-up names and numbers are inserted into copies of real turns, the copies are scrubbed,
and the canaries that remain readable are counted. The copies exist in memory only. Names
are drawn by origin from a list that the recognizers do not use, so that a difference in
recall between origins shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import regex

from vstk.anonymiser import Scrubber
from vstk.anonymiser.gazetteers import fold
from vstk.anonymiser.language import detect
from vstk.anonymiser.normalise import normalise
from vstk.anonymiser.synthetic_pii import Canary, make_canary
from vstk.stats import wilson
from vstk.types import Conversation, Turn

_SENTENCE_END = regex.compile(r"[.!?](?=\s|$)|[。！？]")
_WORD = regex.compile(r"\p{L}{2,}")

MAX_COPIED_CHARACTERS = 2000
"""Characters of a turn that are copied; limits the time of a measurement."""


@dataclass(slots=True)
class LeakRate:
    """How many canaries were inserted, and how many were still readable after scrubbing."""

    planted: int = 0
    leaked: int = 0

    def add(self, leaked: bool) -> None:
        """Count one canary."""
        self.planted += 1
        self.leaked += leaked

    def as_dict(self) -> dict[str, float]:
        """The counts, the share that leaked (0..1) and its 95 % interval."""
        low, high = wilson(self.leaked, self.planted)
        return {
            "planted": self.planted,
            "leaked": self.leaked,
            "share": round(self.leaked / self.planted, 4) if self.planted else 0.0,
            "low": round(low, 4),
            "high": round(high, 4),
        }


@dataclass(slots=True)
class CanaryReport:
    """Leak rates by kind and language, and for names by letter case and origin. No text."""

    kinds: dict[str, LeakRate] = field(default_factory=dict)
    cases: dict[str, LeakRate] = field(default_factory=dict)
    origins: dict[str, LeakRate] = field(default_factory=dict)
    languages: dict[str, LeakRate] = field(default_factory=dict)
    set_aside: int = 0
    """Copies that the scrubber rejected, so that nothing of them can leak."""

    def as_dict(self) -> dict[str, Any]:
        """The rates as plain values; kinds, origins and languages with the highest rate first."""
        every = LeakRate(
            sum(rate.planted for rate in self.kinds.values()),
            sum(rate.leaked for rate in self.kinds.values()),
        )
        return {
            "all": every.as_dict(),
            "kinds": _worst_first(self.kinds),
            "name_cases": {name: rate.as_dict() for name, rate in self.cases.items()},
            "name_origins": _worst_first(self.origins),
            "languages": _worst_first(self.languages),
            "set_aside": self.set_aside,
        }


def _worst_first(rates: dict[str, LeakRate]) -> dict[str, dict[str, float]]:
    ranked = sorted(rates.items(), key=lambda item: (-item[1].leaked / item[1].planted, item[0]))
    return {name: rate.as_dict() for name, rate in ranked}


def sample_conversations(
    conversations: Iterable[Conversation], count: int, *, seed: int = 0
) -> list[Conversation]:
    """Draw `count` conversations uniformly from a log of any length (reservoir sampling)."""
    rng = random.Random(seed)  # noqa: S311 - the selection is not secret
    sample: list[Conversation] = []
    for number, conversation in enumerate(conversations):
        if number < count:
            sample.append(conversation)
        elif (place := rng.randint(0, number)) < count:
            sample[place] = conversation
    return sample


def measure_leakage(
    conversations: Sequence[Conversation],
    scrubber: Scrubber,
    count: int,
    *,
    seed: int = 0,
    accepted: Sequence[str] = ("en",),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CanaryReport:
    """Insert `count` canaries, one per copy, and count those still readable after scrubbing.

    A copy is one turn and the turn before it; the canary's sentence is in the language of
    the conversation. A name has leaked if any part of it is readable, anything else if
    half of its characters are. Text that the turn contained before does not count.

    Args:
        conversations: never changed; those in a language that is not accepted are
            skipped, because the scrubber rejects them.
        count: number of canaries.
        accepted: accepted languages (ISO 639-1 codes).
        progress: called with the number of canaries done and their total number.
    """
    report = CanaryReport()
    turns = plantable_turns(conversations, accepted)
    if not turns:
        return report
    rng = random.Random(seed)  # noqa: S311 - the places are not secret
    for index in range(count):
        conversation, turn_index, language = rng.choice(turns)
        canary = make_canary(index, seed=seed, language=language)
        copy = _plant(conversation, turn_index, canary, rng)
        progress(index + 1, count)
        try:
            scrubbed, _ = scrubber.scrub(copy)
        except Exception:  # of any kind, because its traceback might quote the log
            report.set_aside += 1
            continue
        leaked = is_readable(
            canary, "\n".join(turn.text for turn in scrubbed), conversation.turns[turn_index].text
        )
        report.kinds.setdefault(canary.kind, LeakRate()).add(leaked)
        report.languages.setdefault(language, LeakRate()).add(leaked)
        if canary.kind == "name":
            if canary.case:
                report.cases.setdefault(canary.case, LeakRate()).add(leaked)
            report.origins.setdefault(canary.origin, LeakRate()).add(leaked)
    return report


def plantable_turns(
    conversations: Sequence[Conversation], accepted: Sequence[str]
) -> list[tuple[Conversation, int, str]]:
    """(conversation, index of a turn, language) of each turn that can take a canary."""
    with_language = [
        (conversation, detect([turn.text for turn in conversation.turns], accepted))
        for conversation in conversations
    ]
    return [
        (conversation, turn_index, language)
        for conversation, language in with_language
        if language in accepted
        for turn_index, turn in enumerate(conversation.turns)
        if _is_long_enough(turn.text, language)
    ]


def _is_long_enough(text: str, language: str) -> bool:
    words = _WORD.findall(text[:MAX_COPIED_CHARACTERS])
    return len(words) >= 5 or (language == "zh" and sum(map(len, words)) >= 10)


def _plant(
    conversation: Conversation, turn_index: int, canary: Canary, rng: random.Random
) -> Conversation:
    text = conversation.turns[turn_index].text[:MAX_COPIED_CHARACTERS]
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]
    position = rng.choice(ends)
    turn = replace(
        conversation.turns[turn_index], text=f"{text[:position]} {canary.sentence}{text[position:]}"
    )
    before: tuple[Turn, ...] = tuple(
        replace(previous, text=previous.text[:MAX_COPIED_CHARACTERS])
        for previous in conversation.turns[max(0, turn_index - 1) : turn_index]
    )
    return replace(conversation, turns=(*before, turn))


def is_readable(canary: Canary, scrubbed: str, original: str) -> bool:
    """Whether a canary can be read in a scrubbed text: any part of a name, half of others."""
    after = fold(normalise(scrubbed).text)
    before = fold(normalise(original).text)
    value = fold(canary.value)
    if canary.kind == "name":
        return any(
            _contains_word(part, after)
            for part in value.split()
            if not _contains_word(part, before)
        )
    if len(value) < 6:
        return _contains_word(value, after) and not _contains_word(value, before)
    half = (len(value) + 1) // 2
    stretches = (value[position : position + half] for position in range(len(value) - half + 1))
    return any(stretch in after and stretch not in before for stretch in stretches)


def _contains_word(part: str, text: str) -> bool:
    """Whether a text contains a word; Chinese words may be part of longer runs."""
    if _HAN.search(part):
        return part in text
    return regex.search(rf"(?<![\p{{L}}\d]){regex.escape(part)}(?![\p{{L}}\d])", text) is not None


_HAN = regex.compile(r"\p{Script=Han}")
