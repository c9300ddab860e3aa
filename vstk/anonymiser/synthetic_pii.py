"""Made-up names and numbers in the formats of several countries, used as canaries.

None of it belongs to a real person. First and last names are drawn independently from a
list that the recognizers do not use. Numbers are random, with valid check digits so that
recognizers accept them. The same seed gives the same canaries. The file is longer than 300
lines because it is one table of kinds.
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
"""Letter case in which names are planted -> function that applies it."""

ValueMaker = Callable[[random.Random, str], tuple[str, str]]
"""(random generator, language) -> (value, sentence with `{}` or an empty string)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A made-up value and the sentence in which it is planted."""

    kind: str
    """`name`, or one of `CANARY_KINDS`."""

    value: str
    sentence: str
    origin: str = ""
    """Origin of a name, such as `turkish`; empty for other kinds."""

    case: str = ""
    """Letter case of a name, a key of `CASES`; empty for other kinds and for Chinese."""


def make_canary(number: int, *, seed: int = 0, language: str = "en") -> Canary:
    """Make canary number `number`; those with an even number are names.

    Args:
        seed: canaries with the same number, seed and language are equal.
        language: ISO 639-1 code of the sentence.
    """
    rng = random.Random(f"{seed}:{number}:{language}")  # noqa: S311 - not secret
    templates = templates_for(language)
    index = number // 2
    if number % 2 == 0:
        return _make_name_canary(index, rng, templates, language)
    kind = CANARY_KINDS[index % len(CANARY_KINDS)]
    value, cue = _MAKERS[kind](rng, language)
    cue = cue or templates.cues.get(kind, "")
    if not cue:
        carrier = rng.choice(templates.value_sentences)
    elif kind in _NEEDS_CUE:
        carrier = cue
    else:
        carrier = rng.choice((cue, cue, *templates.value_sentences[:2]))
    return Canary(kind=kind, value=value, sentence=carrier.format(value))


@cache
def _names_by_origin() -> dict[str, dict[str, list[str]]]:
    names: dict[str, dict[str, list[str]]] = {}
    for origin, kind, name in names_by_origin():
        names.setdefault(origin, {}).setdefault(kind, []).append(name)
    return names


_HAN = regex.compile(r"\p{Script=Han}")


def _make_name_canary(
    index: int, rng: random.Random, templates: CanaryTemplates, language: str
) -> Canary:
    names = _names_by_origin()
    is_han = language == "zh"
    origins = sorted(
        origin
        for origin, kinds in names.items()
        if (_HAN.match(kinds["first"][0]) is not None) is is_han
    )
    origin = origins[index % len(origins)]
    # Shifted by one in each round of origins, so that each origin occurs in each case.
    case = "title" if is_han else sorted(CASES)[(index + index // len(origins)) % len(CASES)]
    first, last = rng.choice(names[origin]["first"]), rng.choice(names[origin]["last"])
    if is_han:
        value = last + first
    else:
        value = CASES[case](f"{first} {last}" if rng.random() < 0.7 else first)
    sentence = rng.choice(templates.name_sentences)
    if case != "title":
        # Someone who writes a name in lower or upper case writes the whole sentence so.
        sentence = CASES[case](sentence)
    return Canary(
        kind="name",
        value=value,
        sentence=sentence.format(value),
        origin=origin,
        case="" if is_han else case,
    )


def _digits(rng: random.Random, count: int) -> str:
    """Random digits, of which the first is not 0."""
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def _fill(rng: random.Random, template: str) -> str:
    """Replace each `#` with a digit 1-9 and each `?` with a capital consonant."""
    return "".join(
        str(rng.randint(1, 9))
        if character == "#"
        else rng.choice("BCDFGHKLMNPRSTVWXZ")
        if character == "?"
        else character
        for character in template
    )


def _pronounceable_word(rng: random.Random) -> str:
    """A made-up word of seven letters that can be pronounced, such as "bodikul"."""
    return "".join(
        rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)
    ) + rng.choice("lnrst")


def _card(rng: random.Random, language: str) -> tuple[str, str]:
    body = "4" + _digits(rng, 14)
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    number = body + str(-total % 10)
    groups = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return rng.choice((number, groups)), ""


def _iban(rng: random.Random, language: str) -> tuple[str, str]:
    country, length = rng.choice(templates_for(language).ibans)
    body = _digits(rng, length)
    if country == "IT":
        body = "X" + body[1:]
    if country == "NL":
        body = "VSTK" + body[4:]
    as_digits = "".join(str(int(character, 36)) for character in body + country)
    text = f"{country}{98 - int(as_digits + '00') % 97:02d}{body}"
    groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return rng.choice((text, groups)), ""


def _email(rng: random.Random, language: str) -> tuple[str, str]:
    local = _fill(rng, rng.choice(("q???.v???", "x????##", "k?v?????")))
    return f"{local.lower()}@{_fill(rng, '?????').lower()}.net", ""


def _local_form(field: str) -> ValueMaker:
    """A maker that fills one of the formats in a field of `CanaryTemplates`."""

    def make_value(rng: random.Random, language: str) -> tuple[str, str]:
        formats: tuple[str, ...] = getattr(templates_for(language), field)
        return _fill(rng, rng.choice(formats)), ""

    return make_value


_NEEDS_CUE = frozenset({"age", "order", "plate", "username"})
"""Kinds that identify nobody unless the sentence names the kind."""

_CHINESE_ROAD_CHARACTERS = "梅兰竹菊桂樟槐柳枫榆"


def _address(rng: random.Random, language: str) -> tuple[str, str]:
    template, _ = _local_form("addresses")(rng, language)
    for _ in range(template.count("{}")):
        word = (
            "".join(rng.sample(_CHINESE_ROAD_CHARACTERS, 2))
            if language == "zh"
            else _pronounceable_word(rng).capitalize()
        )
        template = template.replace("{}", word, 1)
    return template, ""


def _from_template(template: str, cue: str = "") -> ValueMaker:
    return lambda rng, language: (_fill(rng, template), cue)


def _date_of_birth(rng: random.Random, language: str) -> tuple[str, str]:
    template = templates_for(language).date
    return template.format(
        day=rng.randint(1, 28), month=rng.randint(1, 12), year=rng.randint(1940, 2004)
    ), ""


def _password(rng: random.Random, language: str) -> tuple[str, str]:
    value = _fill(rng, "?????").lower() + _fill(rng, "?##") + rng.choice("!$%")
    return value, "password: {}" if rng.random() < 0.5 else ""


def _connection(rng: random.Random, language: str) -> tuple[str, str]:
    user, secret, host = (
        _pronounceable_word(rng),
        _fill(rng, "???##??"),
        _pronounceable_word(rng),
    )
    return f"postgres://{user}:{secret}@{host}.net:5432/{user}", ""


def _token(rng: random.Random, count: int) -> str:
    characters = "aBcDeFgHkLmNpQrStUvWxYz0123456789"
    return "".join(rng.choice(characters) for _ in range(count))


def _hex(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(count))


def _uuid(rng: random.Random, language: str) -> tuple[str, str]:
    parts = (_hex(rng, 8), _hex(rng, 4), "4" + _hex(rng, 3), "a" + _hex(rng, 3))
    return "-".join((*parts, _hex(rng, 12))), "my customer id is {}" if language == "en" else ""


def _first_valid(valid: Callable[[str], bool | None], make: Callable[[], str]) -> str:
    """Make values until one passes the check; a check modulo 97 takes about a hundred tries."""
    return next(value for value in iter(make, None) if valid(value))


def _national_id(rng: random.Random, language: str) -> tuple[str, str]:
    # Imported here, because Presidio takes a second to load and is not needed for names.
    from vstk.anonymiser.presidio import predefined_recognizers as presidio
    from vstk.anonymiser.recognizers import check_digits

    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1940, 1999)
    match language:
        case "de":
            tax = presidio.DeTaxIdRecognizer()
            return _first_valid(tax.validate_result, lambda: _german_tax_id(rng)), ""
        case "fr":
            body = f"{rng.randint(1, 2)}{year % 100:02d}{month:02d}" + _fill(rng, "7######")
            body += "1"
            return f"{body}{97 - int(body) % 97:02d}", ""
        case "es":
            number = _digits(rng, 8)
            return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23], ""
        case "it":
            fiscal = presidio.ItFiscalCodeRecognizer()

            def make_code() -> str:
                months = "ABCDEHLMPRST"
                return _fill(
                    rng, f"??????{year % 100:02d}{months[month - 1]}{day:02d}H###"
                ) + rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

            return _first_valid(fiscal.validate_result, make_code), ""
        case "pt":
            return _first_valid(check_digits.nif_pt, lambda: "2" + _digits(rng, 8)), ""
        case "nl":
            return _first_valid(check_digits.bsn, lambda: _digits(rng, 9)), ""
        case "zh":
            body = f"11010{rng.randint(1, 8)}{year}{month:02d}{day:02d}"
            return _first_valid(
                check_digits.resident_cn,
                lambda: body + _digits(rng, 3) + rng.choice("0123456789X"),
            ), ""
        case _:
            return _fill(rng, "2##-4#-####"), ""


def _profile_url(rng: random.Random, language: str) -> tuple[str, str]:
    host, user = _pronounceable_word(rng), _pronounceable_word(rng)
    return f"https://{host}.net/users/{user}{rng.randint(10, 99)}/profile", ""


def _german_tax_id(rng: random.Random) -> str:
    """Ten digits of which exactly one occurs twice, and a random check digit."""
    digits = rng.sample("123456789", 9)
    digits.insert(rng.randint(1, 9), rng.choice(digits))
    return "".join(digits) + str(rng.randint(0, 9))


_MAKERS: dict[str, ValueMaker] = {
    "address": _address,
    "age": _from_template("4#"),
    "api_key": lambda rng, language: ("sk-" + _token(rng, 40), ""),
    "card": _card,
    "connection": _connection,
    "coordinates": _from_template("4#.####, 1#.####"),
    "date_of_birth": _date_of_birth,
    "email": _email,
    "iban": _iban,
    "ip_address": _from_template("8#.##.1##.##"),
    "mac_address": lambda rng, language: (
        ":".join(_hex(rng, 2) for _ in range(6)),
        "",
    ),
    "national_id": _national_id,
    "order": _from_template("??-#######"),
    "password": _password,
    "phone": _local_form("phones"),
    "plate": _local_form("plates"),
    "url": _profile_url,
    "username": _from_template("????##"),
    "uuid": _uuid,
}
CANARY_KINDS: tuple[str, ...] = tuple(sorted(_MAKERS))
"""All kinds of canaries except names."""
