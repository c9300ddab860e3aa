"""Canaries: how much personal data gets through, measured on one's own logs.

Made-up people and numbers are planted into copies of real turns, the copies are
scrubbed, and what can still be read is counted. The copies live in memory and
go nowhere else. Names come by origin from a list that the recognisers do not
use; a name found in one origin and missed in another is an unfair scrub.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import regex

from vstk.scrub import Scrubber, Unscrubbable
from vstk.scrub.interval import wilson
from vstk.scrub.lists import by_origin, fold
from vstk.scrub.normalise import normalise
from vstk.types import Conversation, Turn

CASES: dict[str, Callable[[str], str]] = {"title": str, "lower": str.lower, "upper": str.upper}

_NAMED = (
    "{} asked me about this yesterday.",
    "Could you mention {} in the answer?",
    "I was talking with {} about it.",
    "This is what {} told me.",
    "Please write it so that {} understands it.",
    "My neighbour {} says the same.",
    "We met {} there last week.",
    "It was {} who started it.",
    "Thanks, {}",
    "I think {} would disagree with you.",
)
_PLAIN = ("It is {}.", "Here it is: {}", "You can use {} for that.", "I have {} in my notes.")
_SENTENCE_END = regex.compile(r"[.!?](?=\s|$)")
_WORD = regex.compile(r"\p{L}{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One made-up thing, and how it was planted."""

    kind: str
    value: str
    sentence: str
    origin: str = ""
    case: str = ""


@dataclass(slots=True)
class Rate:
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
    """Shares still readable, by kind, case and origin of name. No text."""

    kinds: dict[str, Rate] = field(default_factory=dict)
    cases: dict[str, Rate] = field(default_factory=dict)
    origins: dict[str, Rate] = field(default_factory=dict)
    set_aside: int = 0
    """Copies that the scrubber refused: nothing of them goes on."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON and for the screen; the worst origin comes first."""
        origins = sorted(self.origins.items(), key=lambda item: -item[1].leaked / item[1].planted)
        return {
            "kinds": {name: rate.as_dict() for name, rate in self.kinds.items()},
            "name_cases": {name: rate.as_dict() for name, rate in self.cases.items()},
            "name_origins": {name: rate.as_dict() for name, rate in origins},
            "set_aside": self.set_aside,
        }


def measure(
    conversations: Sequence[Conversation], scrubber: Scrubber, count: int, *, seed: int = 0
) -> CanaryReport:
    """Plant `count` canaries, one in each copy, and see which can still be read.

    A copy is one turn with the turn before it. A name counts as leaked when any
    part of it can be read; what the turn held before is not counted.
    """
    report = CanaryReport()
    turns = [
        (conversation, number)
        for conversation in conversations
        for number, turn in enumerate(conversation.turns)
        if len(_WORD.findall(turn.text)) >= 5
    ]
    if not turns:
        return report
    chance = random.Random(seed)  # noqa: S311 - which canary goes where is no secret
    for canary in made_up(count, seed=seed):
        conversation, number = chance.choice(turns)
        copy = _planted(conversation, number, canary, chance)
        try:
            scrubbed, _ = scrubber.scrub(copy)
        except Unscrubbable:
            report.set_aside += 1
            continue
        leaked = _readable(
            canary, "\n".join(turn.text for turn in scrubbed), conversation.turns[number].text
        )
        report.kinds.setdefault(canary.kind, Rate()).add(leaked)
        if canary.kind == "name":
            report.cases.setdefault(canary.case, Rate()).add(leaked)
            report.origins.setdefault(canary.origin, Rate()).add(leaked)
    return report


def _planted(
    conversation: Conversation, number: int, canary: Canary, chance: random.Random
) -> Conversation:
    text = conversation.turns[number].text
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]
    at = chance.choice(ends)
    turn = replace(conversation.turns[number], text=f"{text[:at]} {canary.sentence}{text[at:]}")
    before: tuple[Turn, ...] = conversation.turns[max(0, number - 1) : number]
    return replace(conversation, turns=(*before, turn))


def _readable(canary: Canary, scrubbed: str, original: str) -> bool:
    plain = fold(normalise(scrubbed).text)
    before = fold(normalise(original).text)
    value = fold(canary.value)
    if canary.kind != "name":
        return value in plain and value not in before
    return any(
        regex.search(rf"(?<!\p{{L}}){regex.escape(part)}(?!\p{{L}})", plain) is not None
        for part in value.split()
        if part not in before
    )


def made_up(count: int, *, seed: int = 0) -> Iterator[Canary]:
    """Canaries of every kind; half of them are names."""
    chance = random.Random(seed + 1)  # noqa: S311 - as above
    names: dict[str, dict[str, list[str]]] = {}
    for origin, kind, name in by_origin():
        names.setdefault(origin, {}).setdefault(kind, []).append(name)
    origins, kinds, cases = sorted(names), sorted(_MAKERS), sorted(CASES)
    for number in range(count):
        if number % 2 == 0:
            origin = origins[(number // 2) % len(origins)]
            case = cases[(number // 2 // len(origins)) % len(cases)]
            parts = [chance.choice(names[origin]["first"])]
            if chance.random() < 0.7:
                parts.append(chance.choice(names[origin]["last"]))
            value = CASES[case](" ".join(parts))
            sentence = chance.choice(_NAMED)
            if case != "title":
                # Who shouts a name shouts all of it.
                sentence = CASES[case](sentence)
            yield Canary(
                kind="name", value=value, sentence=sentence.format(value), origin=origin, case=case
            )
        else:
            kind = kinds[(number // 2) % len(kinds)]
            value, cue = _MAKERS[kind](chance)
            carrier = chance.choice((cue, cue, *_PLAIN[:2])) if cue else chance.choice(_PLAIN)
            yield Canary(kind=kind, value=value, sentence=carrier.format(value))


def _digits(chance: random.Random, count: int) -> str:
    return str(chance.randint(1, 9)) + "".join(str(chance.randint(0, 9)) for _ in range(count - 1))


def _filled(chance: random.Random, form: str) -> str:
    return "".join(
        str(chance.randint(1, 9))
        if sign == "#"
        else chance.choice("BCDFGHKLMNPRSTVWXZ")
        if sign == "?"
        else sign
        for sign in form
    )


def _card(chance: random.Random) -> tuple[str, str]:
    body = "4" + _digits(chance, 14)
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    number = body + str(-total % 10)
    groups = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return chance.choice((number, groups)), "my card is {}"


def _iban(chance: random.Random) -> tuple[str, str]:
    country, length = chance.choice((("DE", 18), ("FR", 23), ("ES", 20), ("PT", 21)))
    body = _digits(chance, length)
    letters = "".join(str(int(letter, 36)) for letter in country)
    check = 98 - int(body + letters + "00") % 97
    plain = f"{country}{check:02d}{body}"
    groups = " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
    return chance.choice((plain, groups)), "my iban is {}"


def _email(chance: random.Random) -> tuple[str, str]:
    local = _filled(chance, chance.choice(("q???.v???", "x????##", "k?v?????")))
    return f"{local.lower()}@{_filled(chance, '?????').lower()}.net", "write to {}"


def _phone(chance: random.Random) -> tuple[str, str]:
    forms = (
        "+49 1## #######", "(2##) 5##-####", "+44 7### ######", "06 ## ## ## ##",
        "+1 2## 5## ####", "0## #### ####", "+34 6## ### ###", "1## #### ####", "2##-5##-####",
    )  # fmt: skip
    return _filled(chance, chance.choice(forms)), "call me on {}"


def _address(chance: random.Random) -> tuple[str, str]:
    word = _filled(chance, "?????").capitalize()
    forms = (
        "## {} Street", "### {} Avenue", "{}straße ##", "## rue de {}", "calle {} ##",
        "via {} ##", "{}straat ##", "#### {} Road", "rua {} ##", "PO Box ###",
    )  # fmt: skip
    return _filled(chance, chance.choice(forms).replace("{}", "%s")).replace("%s", word), (
        "I live at {}"
    )


def _number(form: str, cue: str) -> Callable[[random.Random], tuple[str, str]]:
    return lambda chance: (_filled(chance, form), cue)


def _password(chance: random.Random) -> tuple[str, str]:
    value = _filled(chance, "?????").lower() + _filled(chance, "?##") + chance.choice("!$%")
    return value, chance.choice(("my password is {}", "password: {}"))


_MAKERS: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "address": _address,
    "api_key": lambda chance: (
        "sk-" + "".join(chance.choice("aBcDeFgHkLmNpQ0123456789") for _ in range(40)),
        "",
    ),
    "card": _card,
    "coordinates": _number("4#.####, 1#.####", "I am at {}"),
    "date_of_birth": lambda chance: (
        f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/19{chance.randint(40, 99)}",
        "I was born on {}",
    ),
    "email": _email,
    "iban": _iban,
    "ip_address": _number("1##.##.1##.##", "my ip is {}"),
    "order": _number("??-#######", "my order number is {}"),
    "password": _password,
    "phone": _phone,
    "plate": _number("??## ???", "my plate is {}"),
    "ssn": _number("2##-4#-####", "my ssn is {}"),
    "username": _number("????##", "my username is {}"),
}
