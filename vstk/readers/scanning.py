"""From the items of a file to drafts: parsed, unwrapped, recognised, converted."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from vstk.errors import InputUnreadable
from vstk.readers import raw
from vstk.readers.draft import Draft, Form, Format
from vstk.readers.fields import identifier
from vstk.readers.folder import find
from vstk.readers.formats import FORMATS
from vstk.readers.places import Place, head_of, kind_of, members
from vstk.readers.speech import Unusable
from vstk.readers.unwrap import Sniffer
from vstk.readers.values import Record
from vstk.types import UnitKind

Part = tuple[Format | None, Draft | str]
"""A record with its format, as a draft or as the reason why it is none."""


@dataclass(frozen=True, slots=True)
class Options:
    """Ways to read a log that are not the usual ones."""

    forced: Format | None = None
    """A format that every record is read as."""

    more: tuple[Format, ...] = ()
    """Formats that are looked for before those of the table."""

    query: str | None = None
    """What to select from a database; without it every table is read."""

    separate: bool = False
    """Whether records that share no id stay apart, even where one continues or repeats
    another. Needed where a conversation is the unit of privacy: no record may then decide
    whether another one counts."""

    sample: int = 2_000
    """So many items of a file may come before the first one of a known format."""

    def with_format(self, name: str | None) -> Options:
        """These options, with a format by its name.

        Raises:
            InputUnreadable: there is no such format.
        """
        if name is None:
            return self
        known = {one.name: one for one in self.more} | dict(FORMATS)
        if name not in known:
            raise InputUnreadable(
                f"There is no format '{name}'.", remedy="use one of: " + ", ".join(known) + "."
            )
        return replace(self, forced=known[name])


@dataclass(slots=True)
class Log:
    """A file with what was found out about it."""

    place: Place
    layout: raw.Layout
    owner: tuple[UnitKind, str]
    """Whose it is, where the file is one person's."""

    formats: Counter[str] = field(default_factory=Counter)
    """Format -> records of it."""

    @property
    def path(self) -> Path:
        """The file on the disk."""
        return self.place.path

    @property
    def format(self) -> str:
        """The format that most of the records have."""
        return self.formats.most_common(1)[0][0] if self.formats else ""

    def keys(self, draft: Draft, format: Format, form: Form) -> list[str]:
        """The ids that join a record of this file to others."""
        keys = [f"link {link}" for link in draft.links]
        if draft.scope:
            keys.append(f"scope {draft.scope}")
        if draft.thread:
            local = f"{_folder(self.place)} " if format.local else ""
            keys.append(f"thread {local}{draft.thread}")
        elif not keys and "piece" in (form, format.form):
            keys.append(f"file {self.place.name}")
            draft.thread = (self.place.member or self.path.name).rpartition("/")[2]
        return keys


class Scanner:
    """Converts the items of a log."""

    def __init__(self, options: Options) -> None:
        self._sniffer = Sniffer([*options.more, *FORMATS.values()], options.forced)

    def parts(self, item: raw.Item) -> Iterable[Part]:
        """What one item holds: usually one record, sometimes a page of them."""
        data = item.data
        if type(data) is bytes:
            # Nearly every item is one object of a known format.
            value, reason = raw.parse(data)
            if reason:
                return ((None, reason),)
            try:
                known = self._sniffer.format_of(value) if type(value) is dict else None
            except (RecursionError, *_ODD):
                known = None
            if known is not None and known.split is None:
                return ((known, _draft(known, value)),)
            item = raw.Item(item.number, value)
        return self._parts(item)

    def _parts(self, item: raw.Item) -> Iterator[Part]:
        data = item.data
        if data is None:
            yield None, item.reason
            return
        value: object = data
        if not isinstance(value, dict | list):
            yield None, "not-an-object"
            return
        try:
            unknown = "unknown-record" if isinstance(value, dict) else "not-an-object"
            for format, record in self._sniffer.records(value):
                yield (format, _draft(format, record)) if format else (None, unknown)
        except RecursionError:
            yield None, "too-deep"
        except _ODD:
            yield None, "odd-value"


_ODD = (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError)
"""What code for one shape of record raises when a value is of another kind. One odd value
costs its record; the fuzz tests see to it that such records become rejects of their own."""


def _draft(format: Format, record: Record) -> Draft | str:
    try:
        return format.convert(record)
    except Unusable as refusal:
        return refusal.reason
    except RecursionError:
        return "too-deep"
    except _ODD:
        return "odd-value"


def draft_at(parts: Sequence[Part], number: int) -> Draft | None:
    """The draft of one part of an item, if there is one."""
    draft = parts[number][1] if number < len(parts) else None
    return draft if isinstance(draft, Draft) else None


def logs_of(paths: Sequence[Path], strangers: list[str]) -> Iterator[tuple[Log, bool]]:
    """Every text, table and database meant by these paths, with whether it must be read.

    The first bytes of every file are checked before the first is given.

    Args:
        paths: what the operator named.
        strangers: is given the names of files in folders that can be no log.

    Raises:
        InputUnreadable: a file that must be read cannot be.
    """
    found: list[tuple[Log, bool]] = []
    owners: dict[str, str] = {}
    for place in find(paths):
        _add(place, place.named, found, owners, strangers)
    for log, _ in found:
        owner = owners.get(_folder(log.place)) or _beside(log.place)
        log.owner = ("account", owner) if owner else ("file", _home(log.place))
    return iter(found)


def _add(
    place: Place,
    required: bool,
    found: list[tuple[Log, bool]],
    owners: dict[str, str],
    strangers: list[str],
) -> None:
    try:
        kind = kind_of(place)
        if kind in ("zip", "tar"):
            inside = list(members(place, kind))
            alone = required and len(inside) == 1
            for member in inside:
                _add(member, alone, found, owners, strangers)
            if not inside and required:
                raise _unreadable(place, "is an empty archive", "name a log that holds something")
            return
        if kind == "text":
            head = head_of(place)
            if not required and _is_account(place):
                if owner := _owner_in(head):
                    owners[_folder(place)] = owner
                return
            _is_text(place, head)
            found.append((Log(place, raw.layout(head), ("none", "")), required))
        else:
            found.append((Log(place, cast(raw.Layout, kind), ("none", "")), required))
    except InputUnreadable:
        # An audit that lacks a log nobody may read would look complete.
        if required or not _may_read(place):
            raise
        strangers.append(place.name)


def _may_read(place: Place) -> bool:
    return place.data is not None or os.access(place.path, os.R_OK)


def _is_text(place: Place, head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _unreadable(place, "is empty", "name a log that holds conversations")
    # A crash leaves runs of NULs in a log; a binary file has them everywhere.
    if sum(b"\0" in line for line in head.split(b"\n")) * 2 > head.count(b"\n") + 1:
        raise _unreadable(place, "is a binary file", "name a text log: `vstk formats` lists them")


def _unreadable(place: Place, what: str, remedy: str) -> InputUnreadable:
    return InputUnreadable(f"'{place.name}' {what}.", remedy=f"{remedy}.")


def _folder(place: Place) -> str:
    if place.member:
        return f"{place.path}!{place.member.rpartition('/')[0]}"
    return str(place.path.resolve().parent)


def _is_account(place: Place) -> bool:
    return (place.member or str(place.path)).rpartition("/")[2] in ("user.json", "users.json")


def _beside(place: Place) -> str | None:
    """The account in `user.json` or `users.json` beside a file that was named alone."""
    if place.member or place.data is not None:
        return None
    for name in ("user.json", "users.json"):
        path = place.path.parent / name
        try:
            if path.is_file() and (owner := _owner_in(path.read_bytes()[:65_536])):
                return owner
        except OSError:
            continue
    return None


def _owner_in(text: bytes) -> str | None:
    """The one account that an export names."""
    value, _ = raw.parse(text)
    accounts = value if isinstance(value, list) else [value]
    if len(accounts) != 1 or not isinstance(accounts[0], dict):
        return None
    return identifier({k: v for k, v in accounts[0].items() if k != "name"})


def _home(place: Place) -> str:
    """Whose a file is that names nobody: a home folder, an export in numbered parts, a file."""
    path = place.path.resolve()
    for number, part in enumerate(path.parts):
        if part in (".claude", ".codex", ".gemini"):
            return str(Path(*path.parts[:number]))
    name = place.member or path.name
    if re.fullmatch(r"(?:.*/)?conversations-\d+\.json", name):
        return _folder(place)
    return f"{path}!{place.member}" if place.member else str(path)
