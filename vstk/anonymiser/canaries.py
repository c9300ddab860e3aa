"""Canaries: how much personal data gets through, measured on one's own logs.

Made-up people and numbers are planted into copies of real turns, the copies are
scrubbed, and what can still be read is counted. The copies live in memory and
go nowhere else. Names come by origin from a list that the recognisers do not
use; a name found in one origin and missed in another is an unfair scrub.
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
"""Characters of a turn that a copy has: enough of its manner, and quick to scrub."""


@dataclass(slots=True)
class LeakRate:
    """How many were planted, and how many could still be read."""

    planted: int = 0
    leaked: int = 0

    def add(self, leaked: bool) -> None:
        """Count one."""
        self.planted += 1
        self.leaked += leaked

    def as_dict(self) -> dict[str, float]:
        """Counts, the share and its 95 % interval."""
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
    """Shares still readable, by kind, and of names by case and origin. No text."""

    kinds: dict[str, LeakRate] = field(default_factory=dict)
    cases: dict[str, LeakRate] = field(default_factory=dict)
    origins: dict[str, LeakRate] = field(default_factory=dict)
    languages: dict[str, LeakRate] = field(default_factory=dict)
    set_aside: int = 0
    """Copies that the scrubber refused: nothing of them goes on."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON and for the screen; of kinds and of origins the worst comes first."""
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
    """So many conversations of a log of any length, each as likely as the others."""
    chance = random.Random(seed)  # noqa: S311 - which are copied is no secret
    kept: list[Conversation] = []
    for number, conversation in enumerate(conversations):
        if number < count:
            kept.append(conversation)
        elif (place := chance.randint(0, number)) < count:
            kept[place] = conversation
    return kept


def measure_leakage(
    conversations: Sequence[Conversation],
    scrubber: Scrubber,
    count: int,
    *,
    seed: int = 0,
    accepted: Sequence[str] = ("en",),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CanaryReport:
    """Plant `count` canaries, one in each copy, and see which can still be read.

    A copy is one turn with the turn before it, and the canary speaks the copy's
    language. A name counts as leaked when any part of it can be read, another
    thing when half of it can; what the turn held before is not counted.

    Args:
        conversations: read, never changed; those in a language that is not
            `accepted` are passed over, since nothing of them is scrubbed.
        progress: told how many of how many canaries are done.
    """
    report = CanaryReport()
    spoken = [
        (conversation, detect([turn.text for turn in conversation.turns], accepted))
        for conversation in conversations
    ]
    turns = [
        (conversation, number, language)
        for conversation, language in spoken
        if language in accepted
        for number, turn in enumerate(conversation.turns)
        if _is_long_enough(turn.text, language)
    ]
    if not turns:
        return report
    chance = random.Random(seed)  # noqa: S311 - which canary goes where is no secret
    for made in range(count):
        conversation, number, language = chance.choice(turns)
        planted = make_canary(made, seed=seed, language=language)
        copy = _plant(conversation, number, planted, chance)
        progress(made + 1, count)
        try:
            scrubbed, _ = scrubber.scrub(copy)
        except Exception:  # whatever it is: its traceback might quote the log
            report.set_aside += 1
            continue
        leaked = _is_readable(
            planted, "\n".join(turn.text for turn in scrubbed), conversation.turns[number].text
        )
        report.kinds.setdefault(planted.kind, LeakRate()).add(leaked)
        report.languages.setdefault(language, LeakRate()).add(leaked)
        if planted.kind == "name":
            if planted.case:
                report.cases.setdefault(planted.case, LeakRate()).add(leaked)
            report.origins.setdefault(planted.origin, LeakRate()).add(leaked)
    return report


def _is_long_enough(text: str, language: str) -> bool:
    words = _WORD.findall(text[:MAX_COPIED_CHARACTERS])
    return len(words) >= 5 or (language == "zh" and sum(map(len, words)) >= 10)


def _plant(
    conversation: Conversation, number: int, planted: Canary, chance: random.Random
) -> Conversation:
    text = conversation.turns[number].text[:MAX_COPIED_CHARACTERS]
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]
    at = chance.choice(ends)
    turn = replace(conversation.turns[number], text=f"{text[:at]} {planted.sentence}{text[at:]}")
    before: tuple[Turn, ...] = tuple(
        replace(one, text=one.text[:MAX_COPIED_CHARACTERS])
        for one in conversation.turns[max(0, number - 1) : number]
    )
    return replace(conversation, turns=(*before, turn))


def _is_readable(planted: Canary, scrubbed: str, original: str) -> bool:
    plain = fold(normalise(scrubbed).text)
    before = fold(normalise(original).text)
    value = fold(planted.value)
    if planted.kind == "name":
        return any(
            _contains_word(part, plain)
            for part in value.split()
            if not _contains_word(part, before)
        )
    if len(value) < 6:
        return _contains_word(value, plain) and not _contains_word(value, before)
    half = (len(value) + 1) // 2
    stretches = (value[at : at + half] for at in range(len(value) - half + 1))
    return any(stretch in plain and stretch not in before for stretch in stretches)


def _contains_word(part: str, text: str) -> bool:
    """Whether it stands there for itself. Characters without spaces have no edges."""
    if _HAN.search(part):
        return part in text
    return regex.search(rf"(?<![\p{{L}}\d]){regex.escape(part)}(?![\p{{L}}\d])", text) is not None


_HAN = regex.compile(r"\p{Script=Han}")
