"""Where a log keeps what is beside the text: who, when, in which conversation.

The names of fields differ from log to log, but not by format: every application puts its
user's id where it likes. So all formats look in the same places. Names are compared
without case and punctuation: `UserId`, `user_id` and `user.id` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from vstk.readers.names import KINDS, Names, names_for
from vstk.readers.times import when
from vstk.readers.values import Record, clean, loaded
from vstk.types import UnitKind

_NOBODY = frozenset(
    (
        *("-", "n/a", "none", "null", "nil", "nan", "undefined", "unknown", "anonymous", "anon"),
        *("guest", "default", "default_user_id", "default-user", "user", "system", "test"),
        *("00000000-0000-0000-0000-000000000000", "redacted", "[redacted]", "not_set", "(not_set)"),
        *("deleted",),
        "",
    )
)


Named = list[tuple[Record, Names]]
"""Objects with what they hold where."""


def named(places: Iterable[Record]) -> Named:
    """Those of the objects that hold anything, with what they hold where."""
    return [(place, names_for(tuple(place))) for place in places if place]


def person(*places: Record) -> tuple[str | None, UnitKind]:
    """Who spoke, by the strongest kind of id that any of these objects carries.

    The end user comes before the account, the account before the owner of the key. A
    placeholder such as `anonymous` is nobody: it would make one person of many. A value
    that is also the id of the conversation names no person.
    """
    return person_in(named(places))


def person_in(places: Named) -> tuple[str | None, UnitKind]:
    """As `person`."""
    for level in range(len(KINDS)):
        for place, names in places:
            for name in names.who[level]:
                found = identifier(place[name])
                if found is not None and not _is_session(found, places):
                    return found, KINDS[level][0]
    return None, "none"


def _is_session(value: str, places: Named) -> bool:
    for place, names in places:
        for key in names.thread:
            if isinstance(place[key], str | int) and str(place[key]) == value:
                return True
        for key in names.scope:
            if isinstance(place[key], str | int) and str(place[key]) == value:
                return True
    return False


class Facts(NamedTuple):
    """What objects say beside the text."""

    user: str | None
    unit_kind: UnitKind
    id: str | None
    thread: str | None
    scope: str | None
    started_at: datetime | None
    model: str | None
    team: str | None


class _Plan(NamedTuple):
    """Which fields of several objects to look at, best first: (number of the object, field)."""

    who: tuple[tuple[int, str, UnitKind], ...]
    id: tuple[tuple[int, str], ...]
    thread: tuple[tuple[int, str], ...]
    scope: tuple[tuple[int, str], ...]
    time: tuple[tuple[int, str], ...]
    model: tuple[tuple[int, str], ...]
    team: tuple[tuple[int, str], ...]
    sessions: tuple[tuple[int, str], ...]
    """Ids of conversations, which are nobody's."""


@lru_cache(maxsize=2048)
def _plan(shapes: tuple[tuple[str, ...], ...]) -> _Plan:
    """Where objects of these shapes say what: found once for each combination."""
    known = [names_for(keys) for keys in shapes]
    who: tuple[tuple[int, str, UnitKind], ...] = tuple(
        (number, name, kind)
        for level, (kind, _) in enumerate(KINDS)
        for number, names in enumerate(known)
        for name in names.who[level]
    )

    def flat(which: str) -> tuple[tuple[int, str], ...]:
        return tuple(
            (number, name) for number, names in enumerate(known) for name in getattr(names, which)
        )

    return _Plan(
        who=who,
        id=flat("id"),
        thread=flat("thread"),
        scope=flat("scope"),
        time=flat("time"),
        model=flat("model"),
        team=flat("team"),
        sessions=flat("thread") + flat("scope"),
    )


def facts(places: Sequence[Record]) -> Facts:
    """Everything that these objects say beside the text, the first of them before the next."""
    plan = _plan(tuple([tuple(place) for place in places]))
    user: str | None = None
    kind: UnitKind = "none"
    for number, name, level in plan.who:
        found = identifier(places[number][name])
        if found is not None:
            for other, key in plan.sessions:
                if found == places[other][key]:
                    break
            else:
                user, kind = found, level
                break
    at = None
    for number, name in plan.time:
        if (at := when(places[number][name])) is not None:
            break
    return Facts(
        user,
        kind,
        _first_id(places, plan.id),
        _first_id(places, plan.thread),
        _first_id(places, plan.scope),
        at,
        _first_text(places, plan.model),
        _first_text(places, plan.team),
    )


def _first_id(places: Sequence[Record], fields: tuple[tuple[int, str], ...]) -> str | None:
    for number, name in fields:
        if (found := identifier(places[number][name])) is not None:
            return found
    return None


def _first_text(places: Sequence[Record], fields: tuple[tuple[int, str], ...]) -> str | None:
    for number, name in fields:
        value = places[number][name]
        if type(value) is str and value and not value.isspace():
            return clean(value)
    return None


_Which = Any
"""A field of `Names`, as a descriptor."""


def _id_in(places: Named, which: _Which) -> str | None:
    for place, names in places:
        for name in which.__get__(names):
            if (found := identifier(place[name])) is not None:
                return found
    return None


def _text_in(places: Named, which: _Which) -> str | None:
    for place, names in places:
        for name in which.__get__(names):
            value = place[name]
            if isinstance(value, str) and value and not value.isspace():
                return clean(value)
    return None


def _time_in(places: Named) -> datetime | None:
    for place, names in places:
        for name in names.time:
            if (found := when(place[name])) is not None:
                return found
    return None


def thread(*places: Record) -> str | None:
    """The id that all records of one conversation share."""
    return _id_in(named(places), Names.thread)


def own_id(*places: Record) -> str | None:
    """The record's own id."""
    return _id_in(named(places), Names.id)


def model_of(*places: Record) -> str | None:
    """The model's name."""
    return _text_in(named(places), Names.model)


def team_of(*places: Record) -> str | None:
    """The team or department."""
    return _text_in(named(places), Names.team)


_WRAPPED = ("$oid", "$numberLong", "$numberInt", "$uuid")
_OF_PERSON = (
    *("account_uuid", "user_id", "userId", "id", "uuid", "objectId", "email", "mail", "upn"),
    *("userPrincipalName", "emailAddress", "username", "login", "name", "device_id"),
)
_CODING_USER = re.compile(
    r"user_([0-9a-f]{16,})_account_([0-9a-f-]*)_session_[0-9a-f-]*", re.IGNORECASE
)


def identifier(value: object, depth: int = 3) -> str | None:
    """An id as text; `None` for what names nothing. Never a session inside a person's id."""
    if type(value) is str:
        found = clean(value).strip()
        if found[:1] == "{" and depth:
            inside = loaded(found)
            return identifier(inside, depth - 1) if isinstance(inside, dict) else found
        if "_session_" in found and (match := _CODING_USER.fullmatch(found)):
            found = match[2] or match[1]
        if found[-2:] == ".0" and found[:-2].isdigit():
            found = found[:-2]
        lower = found.lower()
        if lower in _NOBODY or (len(found) >= 8 and not found.strip("0-")):
            return None
        return lower if "@" in found else found
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 2**53
        return str(int(value)) if whole else None
    if isinstance(value, dict) and depth:
        for name in _WRAPPED if len(value) == 1 else ():
            if name in value:
                return identifier(value[name], depth - 1)
        for name in _OF_PERSON:
            if found_inside := identifier(value.get(name), depth - 1):
                return found_inside
    return None


def moment(*places: object) -> datetime | None:
    """The first time that any of these objects carries, in UTC."""
    return _time_in(named(place for place in places if isinstance(place, dict)))
