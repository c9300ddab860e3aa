"""Made-up people and numbers, in the forms of several countries, to plant as canaries.

None of it belongs to anybody: names are drawn part by part from a list that the
recognisers do not use, numbers by chance, with the check digits that make a
recogniser take them for real. The same seed makes the same canaries.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import regex

from vstk.anonymiser.canary_templates import CanaryTemplates, templates_for
from vstk.anonymiser.gazetteers import names_by_origin

CASES: dict[str, Callable[[str], str]] = {"title": str, "lower": str.lower, "upper": str.upper}

Maker = Callable[[random.Random, str], tuple[str, str]]
"""Chance and language in; a value and the sentence around it out, `{}` where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One made-up thing, and how it is planted."""

    kind: str
    value: str
    sentence: str
    origin: str = ""
    case: str = ""


def make_canary(number: int, *, seed: int = 0, language: str = "en") -> Canary:
    """The canary of this number; every other one is a name."""
    chance = random.Random(f"{seed}:{number}:{language}")  # noqa: S311 - no secret hangs on it
    said = templates_for(language)
    turn = number // 2
    if number % 2 == 0:
        return _make_name_canary(turn, chance, said, language)
    kind = CANARY_KINDS[turn % len(CANARY_KINDS)]
    value, cue = _MAKERS[kind](chance, language)
    cue = cue or said.cues.get(kind, "")
    if not cue:
        carrier = chance.choice(said.plain)
    elif kind in _NEEDS_CUE:
        carrier = cue
    else:
        carrier = chance.choice((cue, cue, *said.plain[:2]))
    return Canary(kind=kind, value=value, sentence=carrier.format(value))


@cache
def _names_by_origin() -> dict[str, dict[str, list[str]]]:
    names: dict[str, dict[str, list[str]]] = {}
    for origin, kind, name in names_by_origin():
        names.setdefault(origin, {}).setdefault(kind, []).append(name)
    return names


_HAN = regex.compile(r"\p{Script=Han}")


def _make_name_canary(
    turn: int, chance: random.Random, said: CanaryTemplates, language: str
) -> Canary:
    names = _names_by_origin()
    is_han = language == "zh"
    origins = sorted(
        origin
        for origin, kinds in names.items()
        if (_HAN.match(kinds["first"][0]) is not None) is is_han
    )
    origin = origins[turn % len(origins)]
    # The rounds shift, so that each origin comes in each case.
    case = "title" if is_han else sorted(CASES)[(turn + turn // len(origins)) % len(CASES)]
    first, last = chance.choice(names[origin]["first"]), chance.choice(names[origin]["last"])
    if is_han:
        value = last + first
    else:
        value = CASES[case](f"{first} {last}" if chance.random() < 0.7 else first)
    sentence = chance.choice(said.named)
    if case != "title":
        # Who shouts a name shouts all of it.
        sentence = CASES[case](sentence)
    return Canary(
        kind="name",
        value=value,
        sentence=sentence.format(value),
        origin=origin,
        case="" if is_han else case,
    )


def _digits(chance: random.Random, count: int) -> str:
    return str(chance.randint(1, 9)) + "".join(str(chance.randint(0, 9)) for _ in range(count - 1))


def _fill(chance: random.Random, form: str) -> str:
    return "".join(
        str(chance.randint(1, 9))
        if sign == "#"
        else chance.choice("BCDFGHKLMNPRSTVWXZ")
        if sign == "?"
        else sign
        for sign in form
    )


def _pronounceable_word(chance: random.Random) -> str:
    """A word of no language that can be said."""
    return "".join(
        chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(3)
    ) + chance.choice("lnrst")


def _card(chance: random.Random, language: str) -> tuple[str, str]:
    body = "4" + _digits(chance, 14)
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    number = body + str(-total % 10)
    groups = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return chance.choice((number, groups)), ""


def _iban(chance: random.Random, language: str) -> tuple[str, str]:
    country, length = chance.choice(templates_for(language).ibans)
    body = _digits(chance, length)
    if country == "IT":
        body = "X" + body[1:]
    if country == "NL":
        body = "VSTK" + body[4:]
    plain = "".join(str(int(sign, 36)) for sign in body + country)
    text = f"{country}{98 - int(plain + '00') % 97:02d}{body}"
    groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return chance.choice((text, groups)), ""


def _email(chance: random.Random, language: str) -> tuple[str, str]:
    local = _fill(chance, chance.choice(("q???.v???", "x????##", "k?v?????")))
    return f"{local.lower()}@{_fill(chance, '?????').lower()}.net", ""


def _local_form(part: str) -> Maker:
    """One of the local forms of a language."""

    def make(chance: random.Random, language: str) -> tuple[str, str]:
        forms: tuple[str, ...] = getattr(templates_for(language), part)
        return _fill(chance, chance.choice(forms)), ""

    return make


_NEEDS_CUE = frozenset({"age", "order", "plate", "username"})
"""Kinds that point at nobody without a word that says what they are."""

_CHINESE_ROAD_CHARACTERS = "梅兰竹菊桂樟槐柳枫榆"


def _address(chance: random.Random, language: str) -> tuple[str, str]:
    form, _ = _local_form("addresses")(chance, language)
    for _ in range(form.count("{}")):
        word = (
            "".join(chance.sample(_CHINESE_ROAD_CHARACTERS, 2))
            if language == "zh"
            else _pronounceable_word(chance).capitalize()
        )
        form = form.replace("{}", word, 1)
    return form, ""


def _from_template(form: str, cue: str = "") -> Maker:
    return lambda chance, language: (_fill(chance, form), cue)


def _date_of_birth(chance: random.Random, language: str) -> tuple[str, str]:
    form = templates_for(language).date
    return form.format(
        day=chance.randint(1, 28), month=chance.randint(1, 12), year=chance.randint(1940, 2004)
    ), ""


def _password(chance: random.Random, language: str) -> tuple[str, str]:
    value = _fill(chance, "?????").lower() + _fill(chance, "?##") + chance.choice("!$%")
    return value, "password: {}" if chance.random() < 0.5 else ""


def _connection(chance: random.Random, language: str) -> tuple[str, str]:
    user, secret, host = (
        _pronounceable_word(chance),
        _fill(chance, "???##??"),
        _pronounceable_word(chance),
    )
    return f"postgres://{user}:{secret}@{host}.net:5432/{user}", ""


def _token(chance: random.Random, count: int) -> str:
    signs = "aBcDeFgHkLmNpQrStUvWxYz0123456789"
    return "".join(chance.choice(signs) for _ in range(count))


def _hex(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789abcdef") for _ in range(count))


def _uuid(chance: random.Random, language: str) -> tuple[str, str]:
    parts = (_hex(chance, 8), _hex(chance, 4), "4" + _hex(chance, 3), "a" + _hex(chance, 3))
    return "-".join((*parts, _hex(chance, 12))), "my customer id is {}" if language == "en" else ""


def _first_valid(valid: Callable[[str], bool | None], make: Callable[[], str]) -> str:
    """The first that a check digit fits: a check of modulo 97 is met within some hundred."""
    return next(value for value in iter(make, None) if valid(value))


def _national_id(chance: random.Random, language: str) -> tuple[str, str]:
    # Here and not above: Presidio takes a second to load, and most callers want a name.
    from vstk.anonymiser.presidio import predefined_recognizers as presidio
    from vstk.anonymiser.recognizers import national_ids as ids

    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1940, 1999)
    match language:
        case "de":
            tax = presidio.DeTaxIdRecognizer()
            return _first_valid(tax.validate_result, lambda: _german_tax_id(chance)), ""
        case "fr":
            body = f"{chance.randint(1, 2)}{year % 100:02d}{month:02d}" + _fill(chance, "7######")
            body += "1"
            return f"{body}{97 - int(body) % 97:02d}", ""
        case "es":
            number = _digits(chance, 8)
            return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23], ""
        case "it":
            fiscal = presidio.ItFiscalCodeRecognizer()

            def code() -> str:
                months = "ABCDEHLMPRST"
                return _fill(
                    chance, f"??????{year % 100:02d}{months[month - 1]}{day:02d}H###"
                ) + chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

            return _first_valid(fiscal.validate_result, code), ""
        case "pt":
            return _first_valid(ids.nif_pt, lambda: "2" + _digits(chance, 8)), ""
        case "nl":
            return _first_valid(ids.bsn, lambda: _digits(chance, 9)), ""
        case "zh":
            body = f"11010{chance.randint(1, 8)}{year}{month:02d}{day:02d}"
            return _first_valid(
                ids.resident_cn,
                lambda: body + _digits(chance, 3) + chance.choice("0123456789X"),
            ), ""
        case _:
            return _fill(chance, "2##-4#-####"), ""


def _german_tax_id(chance: random.Random) -> str:
    """Ten digits of which exactly one comes twice, and any check digit."""
    signs = chance.sample("123456789", 9)
    signs.insert(chance.randint(1, 9), chance.choice(signs))
    return "".join(signs) + str(chance.randint(0, 9))


_MAKERS: dict[str, Maker] = {
    "address": _address,
    "age": _from_template("4#"),
    "api_key": lambda chance, language: ("sk-" + _token(chance, 40), ""),
    "card": _card,
    "connection": _connection,
    "coordinates": _from_template("4#.####, 1#.####"),
    "date_of_birth": _date_of_birth,
    "email": _email,
    "iban": _iban,
    "ip_address": _from_template("8#.##.1##.##"),
    "mac_address": lambda chance, language: (
        ":".join(_hex(chance, 2) for _ in range(6)),
        "",
    ),
    "national_id": _national_id,
    "order": _from_template("??-#######"),
    "password": _password,
    "phone": _local_form("phones"),
    "plate": _local_form("plates"),
    "url": lambda chance, language: (
        f"https://{_pronounceable_word(chance)}.net/users/{_pronounceable_word(chance)}{chance.randint(10, 99)}/profile",
        "",
    ),
    "username": _from_template("????##"),
    "uuid": _uuid,
}
CANARY_KINDS: tuple[str, ...] = tuple(sorted(_MAKERS))
"""Every kind that is planted, but names."""
