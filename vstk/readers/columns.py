"""What the first pass keeps of each record, in columns of numbers: about 50 bytes and its id."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, get_args

from vstk.readers.draft import Draft
from vstk.readers.repeats import content_id, size
from vstk.types import UnitKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_NO_TIME = -(2**63)
_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
_SIDES = {"user": 1, "assistant": 2}
BOTH_SIDES = 3


class Place(NamedTuple):
    """Where a record stands."""

    file: int
    """Number of the file among the logs."""

    item: int
    """Number of the line or item in the file, from 1."""

    piece: int
    """Number of the record in the item, from 0, where an item holds several."""


class Columns:
    """The records of a log by number: their places, ids, people and times."""

    def __init__(self) -> None:
        self._file, self._item, self._piece = array("I"), array("Q"), array("I")
        self._user, self._users = array("q"), dict[str, int]()
        self._user_names: list[str] = []
        self._kind, self._sides, self._time = array("B"), array("B"), array("q")
        self._name_ends, self._names = array("Q"), bytearray()
        self._made_id = array("B")
        self.sizes = array("Q")
        """Characters of each record."""

    def __len__(self) -> int:
        return len(self._item)

    def add(self, place: Place, draft: Draft) -> None:
        """Note the next record."""
        self._file.append(place.file)
        self._item.append(place.item)
        self._piece.append(place.piece)
        self._user.append(-1 if draft.user is None else self._number_of(draft.user))
        self._kind.append(_KINDS.index(draft.unit_kind))
        sides = 0
        for turn in draft.turns:
            sides |= _SIDES.get(turn.role, 0)
        self._sides.append(sides)
        at = draft.started_at
        self._time.append(_NO_TIME if at is None else (at - _EPOCH) // _TICK)
        self._names += id_of(draft).encode("utf-8", "surrogatepass")
        self._name_ends.append(len(self._names))
        self._made_id.append(draft.thread is None and draft.id is None)
        self.sizes.append(size(draft))

    def _number_of(self, user: str) -> int:
        number = self._users.setdefault(user, len(self._user_names))
        if number == len(self._user_names):
            self._user_names.append(user)
        return number

    def place(self, number: int) -> Place:
        """Where a record stands."""
        return Place(self._file[number], self._item[number], self._piece[number])

    def user(self, number: int) -> str | None:
        """The log's id of the record's person."""
        user = self._user[number]
        return None if user < 0 else self._user_names[user]

    def kind(self, number: int) -> UnitKind:
        """What kind of id that is."""
        return _KINDS[self._kind[number]]

    def sides(self, number: int) -> int:
        """Who speaks in a record: bits 1 for the user and 2 for the assistant."""
        return self._sides[number]

    def started_at(self, number: int) -> datetime | None:
        """When the record's conversation began, in UTC."""
        time = self._time[number]
        return None if time == _NO_TIME else _EPOCH + time * _TICK

    def id(self, number: int, suffix: int = 0) -> str:
        """The id of a record's conversation.

        Args:
            number: the record.
            suffix: appended where other conversations of the person have the same id. An
                id made of the content is unique without it.
        """
        begin = self._name_ends[number - 1] if number else 0
        name = self._names[begin : self._name_ends[number]].decode("utf-8", "surrogatepass")
        return f"{name}~{suffix}" if suffix and not self._made_id[number] else name

    def first(self, records: Sequence[int]) -> int:
        """Which of the records of a conversation is its beginning: by time, if all have one."""
        times = [self._time[record] for record in records]
        if _NO_TIME in times:
            return records[0]
        return min(zip(times, records, strict=True))[1]


def id_of(draft: Draft) -> str:
    """The id of a draft's conversation, from its record or made of its content."""
    return draft.thread or draft.id or content_id(draft)
