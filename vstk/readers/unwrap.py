"""Records out of the envelopes that exports, collectors and log services put around them.

Known by what is inside: where a value is of no known format, its parts are looked at. So a
page of an API (`{"data": [...]}`), a search hit (`_source`), a CloudWatch event, the JSON
text that Docker keeps in `log`, and an object keyed by conversation ids need no rule of
their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from vstk.readers.draft import Format
from vstk.readers.fields import own_id
from vstk.readers.names import names_of, plain_name
from vstk.readers.speech import ROLES
from vstk.readers.values import Record, first, loaded

MAX_DEPTH = 6
"""How many envelopes may be around each other."""

Found = tuple[Format | None, Record]
"""A record with its format; without one where its shape is of no known format."""


class Sniffer:
    """Which format a record has, remembered for each shape of record."""

    def __init__(self, formats: Sequence[Format], forced: Format | None = None) -> None:
        self._formats = [forced] if forced is not None else formats
        self._forced = forced
        self._candidates: dict[tuple[str, ...], list[Format]] = {}

    def format_of(self, record: Record) -> Format | None:
        """The first format of the table that the record fits."""
        keys = tuple(record)
        candidates = self._candidates.get(keys)
        if candidates is None:
            if len(self._candidates) > 5_000:
                self._candidates.clear()
            candidates = [one for one in self._formats if _marked(one, keys)]
            self._candidates[keys] = candidates
        for one in candidates:
            if one.matches(record):
                return one
        return None

    def records(self, value: object) -> Iterator[Found]:
        """The records in one parsed value, with their formats."""
        if isinstance(value, dict) and (known := self.format_of(value)) is not None:
            if known.split is None:
                yield known, value
            else:
                yield from ((known, part) for part in known.split(value))
            return
        plain = snake(value)
        if isinstance(plain, dict) and (known := self.format_of(plain)) is not None:
            yield from ((known, part) for part in (known.split(plain) if known.split else [plain]))
            return
        found = self._inside(value, MAX_DEPTH)
        if plain is not None and not any(one is not None for one, _ in found):
            found = self._inside(plain, MAX_DEPTH)
        if not any(one is not None for one, _ in found):
            values = value if isinstance(value, list) and self._forced else [value]
            found = [
                (self._forced, part) if isinstance(part, dict) else (None, {}) for part in values
            ]
        yield from found

    def _inside(self, value: object, depth: int) -> list[Found]:
        if isinstance(value, list):
            if _is_messages(value):
                return self._all({"messages": value}, depth)
            found = [one for part in value for one in self._all(part, depth)]
            return found if any(one is not None for one, _ in found) else []
        if not isinstance(value, dict) or not depth:
            return []
        parts = _parts(value)
        keyed = len(parts) > 1 and all(isinstance(part, dict) for _, part in parts)
        results: list[Found] = []
        for name, part in parts:
            inside = _of_one(self._all(part, depth - 1), value, part)
            if any(one is not None for one, _ in inside):
                if keyed and len(inside) == 1 and len(parts) == len(value):
                    inside = [(one, _named(record, name)) for one, record in inside]
                results += inside
        beside = _beside(value)
        if beside:
            results = [(one, _with(record, beside)) for one, record in results]
        return results

    def _all(self, value: object, depth: int) -> list[Found]:
        if isinstance(value, str):
            value = _text(value)
        if isinstance(value, dict):
            known = self.format_of(value)
            if known is not None:
                parts = known.split(value) if known.split else (value,)
                return [(known, part) for part in parts]
            return self._inside(value, depth) or [(None, value)]
        if isinstance(value, list) and depth:
            return self._inside(value, depth - 1)
        return []


def _of_one(found: list[Found], outer: Record, part: object) -> list[Found]:
    """Messages and exchanges that are listed in one object are one conversation of its id."""
    if not isinstance(part, list) or not found:
        return found
    listed = all(one is not None and one.name in _LISTED for one, _ in found)
    if not (listed or (len(found) == 1 and "messages" in found[0][1])):
        return found
    if any(names_of(record).thread for _, record in found) or names_of(outer).thread:
        return found
    name = own_id(outer)
    if len(found) == 1:
        return [(one, record if name is None else {"id": name, **record}) for one, record in found]
    if name is None:
        name = "list-" + blake2b(repr(part).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return [(one, {**record, "conversation_id": name}) for one, record in found]


_LISTED = frozenset({"message-rows", "prompt-answer"})
"""Formats of which several records in a list can be one conversation."""


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(value: object) -> object:
    """A value with its fields in snake case (`RequestBody` as `request_body`); `None` where
    no field changes."""
    plain = _snaked(value, MAX_DEPTH)
    return None if plain == value else plain


def _snaked(value: object, depth: int) -> object:
    if not depth:
        return value
    if isinstance(value, list):
        return [_snaked(one, depth - 1) for one in value]
    if isinstance(value, dict):
        return {snake_name(name): _snaked(one, depth - 1) for name, one in value.items()}
    return value


def snake_name(name: str) -> str:
    """A field's name in snake case."""
    return _NO_WORD.sub("_", _HUMP.sub("_", name)).strip("_").lower() or name


_NO_WORD = re.compile(r"\W+")


def _marked(one: Format, keys: tuple[str, ...]) -> bool:
    if not one.marks:
        return True
    plain = set(keys)
    return any(
        mark in plain or (mark.endswith(".") and any(key.startswith(mark) for key in keys))
        for mark in one.marks
    )


def _is_messages(values: list[object]) -> bool:
    """Whether a list is one conversation: every item a message with a side, and no thread."""
    return bool(values) and all(
        isinstance(one, dict)
        and any(name in one for name in ("content", "value", "parts", "text", "message"))
        and isinstance(side := first(one, "role", "from", "sender", "speaker", "author"), str)
        and side.strip().lower() in ROLES
        and not names_of(one).thread
        for one in values
    )


def _parts(value: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [
        (name, part)
        for name, part in list(value.items())[:100_000]
        if isinstance(part, dict | list)
        or (isinstance(part, str) and len(part) > 10 and "{" in part[:4096])
    ]


def _text(value: str) -> object:
    """The JSON in a text, also behind the words that a logger puts before it."""
    text = value.strip()
    if text[:1] not in ("{", "["):
        if text[-1:] != "}" or (start := text.find("{")) < 0:
            return None
        text = text[start:]
    return loaded(text)


def _named(record: Record, name: str) -> Record:
    return record if own_id(record) else {**record, "id": name}


def _beside(value: Record) -> dict[str, Any]:
    """What an envelope says of person, thread and time, for records that do not."""
    names = names_of(value)
    # An envelope's account or owner is that of the machine that wrote it.
    who = [name for level in names.who for name in level if _PERSON.search(plain_name(name))]
    wanted = [*who, *names.thread, *names.time]
    return {name: value[name] for name in wanted if isinstance(value[name], str | int | float)}


_PERSON = re.compile("user|uid|email|upn|sender|employee|customer|member|person")


def _with(record: Record, beside: Mapping[str, Any]) -> Record:
    names = names_of(record)
    if any(names.who) or any(names_of(inside).who for inside in _about(record)):
        beside = {k: v for k, v in beside.items() if not any(names_of({k: v}).who)}
    if names.thread:
        beside = {k: v for k, v in beside.items() if not names_of({k: v}).thread}
    if names.time:
        beside = {k: v for k, v in beside.items() if not names_of({k: v}).time}
    return {**beside, **record} if beside else record


def _about(record: Record) -> Iterator[Record]:
    for name in ("metadata", "request"):
        if isinstance(value := record.get(name), dict):
            yield value
