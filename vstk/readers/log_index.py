"""An index of a log: what one pass over it can learn, without keeping any text.

The first pass parses every record once. It finds each file's format, which records repeat
others and which belong to one conversation, and keeps their ids, times and places in
columns of numbers. Which conversations to audit can be chosen from that. The second pass
then converts only the records of the chosen ones.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from vstk.readers import raw
from vstk.readers.columns import BOTH_SIDES, Columns, Place, id_of
from vstk.readers.draft import Draft, Format, Unusable
from vstk.readers.fields import Record
from vstk.readers.formats import REASONS, Log
from vstk.readers.repeats import Placed, Repeats, join, merged
from vstk.types import Conversation, Reject, Source, UnitKind

_CODES = tuple(REASONS)
_DUPLICATE, _ONE_SIDED = _CODES.index("duplicate"), _CODES.index("one-sided")


class IndexedConversation(NamedTuple):
    """A conversation as the index has it: everything but its text."""

    number: int
    """Its number in the index, for `LogIndex.conversations`."""

    id: str
    user: str | None
    unit_kind: UnitKind
    started_at: datetime | None


class LogIndex:
    """The conversations of a log: who had them, when, and where their records stand.

    `vstk.readers.index` makes one: `scan` for each file, then `settle`. If a file changes
    afterwards, only records that are still at their place are read.
    """

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.strangers: list[Path] = []
        """Files in folders that are of no known format."""

        self._columns = Columns()
        self._repeats = Repeats()
        self._rejects = (array("I"), array("Q"), array("B"))
        """File, item and reason of each record that is no conversation."""

        # By record: its conversation, or -1; and the reason why it is left out, plus one.
        self._conversation, self._left_out = array("q"), array("B")
        # By conversation: its first record, its number of records, what its id ends with.
        self._first, self._parts, self._suffix = array("Q"), array("I"), array("Q")

    def __len__(self) -> int:
        return len(self._first)

    def __iter__(self) -> Iterator[IndexedConversation]:
        """Every conversation, without its text."""
        for number, first in enumerate(self._first):
            yield IndexedConversation(
                number=number,
                id=self._columns.id(first, self._suffix[number]),
                user=self._columns.user(first),
                unit_kind=self._columns.kind(first),
                started_at=self._columns.started_at(first),
            )

    def rejects(self) -> Iterator[Reject]:
        """Every record that was passed over, once, in the order of the log."""
        for path in self.strangers:
            yield self._reject(str(path), 1, "unknown-format")
        left_out = (
            (*self._columns.place(record)[:2], code - 1)
            for record, code in enumerate(self._left_out)
            if code
        )
        for file, item, code in merge(zip(*self._rejects, strict=True), left_out):
            yield self._reject(str(self.logs[file].path), item, _CODES[code])

    @staticmethod
    def _reject(file: str, line: int, reason: str) -> Reject:
        return Reject(source=Source(file=file, line=line), step="read", reason=reason)

    def conversations(self, numbers: Collection[int] | None = None) -> Iterator[Conversation]:
        """Read conversations in a second pass over the files that hold them.

        Args:
            numbers: which ones, by their numbers in the index; `None` for all.
        """
        held: dict[int, list[Placed]] = {}
        for record, placed in self._read(self._records_of(numbers)):
            number = self._conversation[record]
            group = held.setdefault(number, [])
            group.append(placed)
            if len(group) == self._parts[number]:
                yield self._whole(number, held.pop(number))
        # Records may have vanished since the first pass.
        for number, group in held.items():
            yield self._whole(number, group)

    def _whole(self, number: int, group: list[Placed]) -> Conversation:
        source, draft = merged(group) if len(group) > 1 else group[0]
        return Conversation(
            source=source,
            id=self._columns.id(self._first[number], self._suffix[number]),
            user=draft.user,
            unit_kind=draft.unit_kind,
            started_at=draft.started_at,
            turns=draft.turns,
            model=draft.model,
            team=draft.team,
        )

    def _records_of(self, numbers: Collection[int] | None) -> array[int]:
        wanted = None if numbers is None else frozenset(numbers)
        return array(
            "Q",
            (
                record
                for record, number in enumerate(self._conversation)
                if number >= 0 and (wanted is None or number in wanted)
            ),
        )

    def _read(self, records: array[int]) -> Iterator[tuple[int, Placed]]:
        begin = 0
        while begin < len(records):
            file, end = self._columns.place(records[begin]).file, begin
            while end < len(records) and self._columns.place(records[end]).file == file:
                end += 1
            yield from self._read_file(self.logs[file], records[begin:end])
            begin = end

    def _read_file(self, log: Log, records: array[int]) -> Iterator[tuple[int, Placed]]:
        """Convert the given records of one file; its other records are not even parsed."""
        places = (self._columns.place(record) for record in records)
        wanted = _Ascending(place.item for place in places)
        owner = _owner(log.path)
        waiting = iter(records)
        record = next(waiting, None)
        for item in raw.items(log.path, log.layout, wanted):
            while record is not None and self._columns.place(record).item < item.number:
                record = next(waiting, None)
            if record is None:
                return
            if item.record is None:
                continue
            for piece, content in enumerate(log.format.split(item.record)):
                if record is None or self._columns.place(record)[1:] != (item.number, piece):
                    continue
                draft = _converted(log.format, content, owner)
                # A log may change between the passes: what stands here now must be the record
                # that was chosen.
                if isinstance(draft, Draft) and self._is(record, draft):
                    source = Source(file=str(log.path), line=item.number)
                    yield record, Placed(source, draft)
                record = next(waiting, None)
            if record is None:
                return

    def _is(self, record: int, draft: Draft) -> bool:
        columns = self._columns
        return (columns.id(record), columns.user(record)) == (id_of(draft), draft.user)

    def scan(self, log: Log, items: Iterator[raw.Item]) -> None:
        """The first pass over one file."""
        file, owner = len(self.logs), _owner(log.path)
        self.logs.append(log)
        for item in items:
            if item.record is None:
                self._note_reject(file, item.number, item.reason)
                continue
            for piece, content in enumerate(log.format.split(item.record)):
                draft = _converted(log.format, content, owner)
                if isinstance(draft, Draft):
                    self._columns.add(Place(file, item.number, piece), draft)
                    self._repeats.add(draft)
                else:
                    self._note_reject(file, item.number, draft)

    def _note_reject(self, file: int, item: int, reason: str) -> None:
        for column, value in zip(self._rejects, (file, item, _CODES.index(reason)), strict=True):
            column.append(value)

    def settle(self) -> None:
        """Join the records to conversations; called once, after the last file."""
        self._repeats.settle()
        self._conversation = array("q", [-1]) * len(self._columns)
        self._left_out = array("B", bytes(len(self._columns)))
        for record in range(len(self._columns)):
            if self._repeats.repeated(record):
                self._left_out[record] = _DUPLICATE + 1
        for records, suffix in join(self._repeats, self._columns.sizes):
            first = self._columns.first(records)
            sides = 0
            for record in records:
                sides |= self._columns.sides(record)
            if sides != BOTH_SIDES:
                self._left_out[first] = _ONE_SIDED + 1
                continue
            for record in records:
                self._conversation[record] = len(self._first)
            self._first.append(first)
            self._parts.append(len(records))
            self._suffix.append(suffix)
        self._repeats = Repeats()


class _Ascending:
    """Whether a number is among others, where both come in ascending order."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._next = next(numbers, None)

    def __call__(self, number: int) -> bool:
        while self._next is not None and self._next < number:
            self._next = next(self._numbers, None)
        return self._next == number


def _converted(format: Format, content: Record, owner: str) -> Draft | str:
    """A record as a draft, or the reason why it is none."""
    try:
        draft = format.convert(content)
    except Unusable as refusal:
        return refusal.reason
    if draft.unit_kind == "file" and draft.user is None:
        return replace(draft, user=owner)
    return draft


def _owner(path: Path) -> str:
    """Whose export a file is: the numbered parts of one export have one owner."""
    path = path.resolve()
    return str(path.parent if re.fullmatch(r"conversations-\d+\.json", path.name) else path)
