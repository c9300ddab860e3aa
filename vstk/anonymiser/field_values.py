"""Which values a field of each entity can have, so that `"name": "left-pad"` stays."""

from __future__ import annotations

from collections.abc import Callable

import regex

from vstk.anonymiser.gazetteers import fold, word_list

_EMPTY = frozenset(
    """
    null none nil nan n/a na true false yes no unknown undefined empty required optional
    string str text int integer number varchar boolean date any tbd todo xxx default
    example test value password secret token user username name email phone address not
    the a an is null, self
    """.split()  # noqa: SIM905
)
_SYSTEM_USERS = frozenset(
    "root admin administrator postgres mysql nobody system guest ubuntu www-data anonymous".split()  # noqa: SIM905
)
_NAME = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}.'’ -]{1,60}")
_CODE = regex.compile(r"[({\[$%]|::|->|\w\.\w+\(")
_CAMEL_CASE = regex.compile(r"(?<!\bMa?c|\bD[ei]|\bLa|\bLe|\bVan|\bO['’])(?<=\p{Ll})\p{Lu}")


def is_plausible(value: str, entity: str) -> bool:
    """Whether a field of this entity (`PERSON_STRONG` is one here) can have this value."""
    if value.casefold() in _EMPTY or _CODE.match(value):
        return False
    test = _TESTS.get(entity)
    return test(value) if test else True


def _digits(value: str) -> int:
    return sum(map(str.isdigit, value))


def _is_person(value: str) -> bool:
    """Words that begin with a capital, of which one is a listed name or no common word."""
    if not _NAME.fullmatch(value) or _CAMEL_CASE.search(value):
        return False
    words = [word for word in regex.split(r"[ .-]+", value) if word]
    if not 1 <= len(words) <= 6 or any(word[0].islower() for word in (words[0], words[-1])):
        return False
    folded = [fold(word) for word in words]
    if regex.search(r"\p{Han}", value):
        return len(value) <= 6
    is_listed = any(w in word_list("first") or w in word_list("last") for w in folded)
    return is_listed or any(w not in word_list("words") for w in folded if len(w) > 1)


def _is_any_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None and len(value.split()) <= 5


def _is_username(value: str) -> bool:
    return (
        regex.fullmatch(r"(?:[\w.-]{2,30}\\{1,2})?[\w.@+-]{3,40}", value) is not None
        and value.casefold() not in _SYSTEM_USERS
        and regex.search(r"\p{L}", value) is not None
    )


def _is_secret(value: str) -> bool:
    return len(value) >= 3 and len(set(value)) > 1 and not regex.fullmatch(r"[*x•.]+", value)


def _is_phone(value: str) -> bool:
    return 3 <= _digits(value) <= 16 and regex.fullmatch(r"[+\d ()./x#*-]{3,30}", value) is not None


def _is_reference(value: str) -> bool:
    return (
        _digits(value) >= 3
        and regex.fullmatch(r"[\p{L}\d][\p{L}\d ./()#_-]{2,39}", value) is not None
        and len(value.split()) <= 6
        and not regex.fullmatch(r"(?:19|20)\d\d", value)
    )


def _is_account(value: str) -> bool:
    return (_digits(value) >= 5 and len(value) <= 42) or (
        regex.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", value) is not None
    )


def _is_street(value: str) -> bool:
    return (
        5 <= len(value) <= 120
        and regex.search(r"\p{L}{2}", value) is not None
        and (_digits(value) >= 1)
    )


def _is_place(value: str) -> bool:
    return regex.fullmatch(r"\p{Lu}[\p{L}\p{M}.'’ /-]{1,40}", value) is not None


def _is_host(value: str) -> bool:
    return (
        regex.fullmatch(r"[\w-]{2,30}(?:[.-][\w-]{1,60}){0,6}", value) is not None
        and _digits(value) >= 1
        and regex.search(r"\p{L}", value) is not None
        and regex.search(r"[.-]|\d{2}$", value) is not None
    )


_TESTS: dict[str, Callable[[str], bool]] = {
    "PERSON": _is_person,
    "PERSON_STRONG": _is_any_name,
    "USERNAME": _is_username,
    "SECRET": _is_secret,
    "PHONE_NUMBER": _is_phone,
    "ID_NUMBER": _is_reference,
    "BANK_ACCOUNT": _is_account,
    "CREDIT_CARD": lambda value: _digits(value) >= 8,
    "DATE_OF_BIRTH": lambda value: _digits(value) >= 3 and len(value) <= 30,
    "AGE": lambda value: regex.fullmatch(r"1?\d{1,2}", value) is not None,
    "STREET_ADDRESS": _is_street,
    "ZIP_CODE": lambda value: 3 <= _digits(value) <= 9 and len(value) <= 11,
    "LOCATION": _is_place,
    "VEHICLE": lambda value: (
        _digits(value) >= 1
        and regex.fullmatch(r"[A-Z0-9][A-Z0-9 ·-]{3,10}", value, regex.I) is not None
    ),
    "HOST": _is_host,
    "COORDINATES": lambda value: regex.search(r"\d\.\d{2}", value) is not None,
}
