"""What the first pass keeps of each record: numbers, ids and hashes, and no text."""

from __future__ import annotations

import re
import secrets
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple, get_args

from vstk.readers.draft import Draft, Form
from vstk.types import UnitKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
NO_TIME = -(2**63)
KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
FORMS: tuple[Form, ...] = get_args(Form)
WHOLE, CALL, PIECE, CONTEXT = range(4)
NOBODY = -1
BOTH_SIDES = 3

MODULUS = (1 << 61) - 1
BASE = secrets.randbelow(MODULUS - 2**32) + 2**31
"""Turns are hashed so that the hash of any run of turns follows from hashes of beginnings."""

_UNSIGNED = (1 << 64) - 1


class Spot(NamedTuple):
    """Where a record stands."""

    file: int
    """Number of the file among the logs."""

    item: int
    """Number of the line or item in the file, from 1."""

    part: int
    """Number of the record in the item, from 0, where an item holds several."""


class Columns:
    """The records of a log by number."""

    def __init__(self) -> None:
        self.file, self.item, self.part = array("I"), array("Q"), array("I")
        self.user = array("q")
        """Number of the person, or `NOBODY`."""

        self.people: list[tuple[UnitKind, str]] = []
        self._people: dict[tuple[UnitKind, str], int] = {}
        self.time = array("q")
        self.form, self.outline, self.sides = array("B"), array("B"), array("B")
        self.order = array("b")
        self.reason = array("B")
        self.scope = array("q")
        """Hash of the record's trace, or 0."""

        self.keys, self.key_record = array("q"), array("I")
        """Hashes of the ids that join records, and whose they are."""

        self._turns, self._turn_ends = array("q"), array("Q")
        self._names, self._name_ends = bytearray(), array("Q")
        self.named = array("B")
        """What the name is: 0 made of the content, 1 the record's own id, 2 its thread."""

        self.own = array("q")
        """Hash of the record's own id, or 0."""

        self.size = array("Q")

    def __len__(self) -> int:
        return len(self.item)

    def add(self, spot: Spot, draft: Draft, form: int, keys: Sequence[str], reason: int) -> None:
        """Note the next record.

        Args:
            spot: where it stands.
            draft: what it says.
            form: index into `FORMS`.
            keys: the ids that join it to other records.
            reason: code of the reason under which it is counted if it is mere context.
        """
        number = len(self.item)
        self.file.append(spot[0])
        self.item.append(spot[1])
        self.part.append(spot[2])
        self.user.append(NOBODY if draft.user is None else self._person(draft))
        at = draft.started_at
        self.time.append(NO_TIME if at is None else (at - _EPOCH) // _TICK)
        self.form.append(form)
        self.outline.append(draft.outline)
        self.order.append(draft.order)
        self.reason.append(reason)
        self.scope.append(hash(draft.scope) or 1 if draft.scope else 0)
        for key in keys:
            self.keys.append(hash(key))
            self.key_record.append(number)
        sides = size = 0
        turns = self._turns
        for side, text in draft.turns:
            size += len(text)
            if side == "user":
                sides |= 1
            elif side == "assistant":
                sides |= 2
            else:
                continue
            turns.append(hash((side, text.strip())))
        self._turn_ends.append(len(turns))
        self.sides.append(sides)
        self.size.append(size)
        name = draft.thread or draft.id
        self.named.append(2 if draft.thread else 1 if draft.id else 0)
        self.own.append(hash(draft.id) or 1 if draft.id else 0)
        self._names += (name or content_id(draft)).encode("utf-8", "surrogatepass")
        self._name_ends.append(len(self._names))

    def _person(self, draft: Draft) -> int:
        who = (draft.unit_kind, draft.user or "")
        number = self._people.setdefault(who, len(self.people))
        if number == len(self.people):
            self.people.append(who)
        return number

    def spot(self, number: int) -> Spot:
        """Where a record stands."""
        return Spot(self.file[number], self.item[number], self.part[number])

    def turns(self, number: int) -> array[int]:
        """A hash of each turn by the person or the assistant."""
        begin = self._turn_ends[number - 1] if number else 0
        return self._turns[begin : self._turn_ends[number]]

    def hashes(self, number: int) -> list[int]:
        """Hashes of the record's beginnings: of one turn, of two, ..., of all."""
        found, state = [], 0
        for turn in self.turns(number):
            state = (state * BASE + (turn & _UNSIGNED)) % MODULUS
            found.append(state)
        return found

    def name(self, number: int) -> str:
        """The id of the record's thread, else its own, else one made of its content."""
        begin = self._name_ends[number - 1] if number else 0
        return self._names[begin : self._name_ends[number]].decode("utf-8", "surrogatepass")


def turns_of(draft: Draft) -> array[int]:
    """The same as `Columns.turns`, of a draft."""
    spoken = ("user", "assistant")
    return array("q", [hash((side, text.strip())) for side, text in draft.turns if side in spoken])


def suffixes(hashes: Sequence[int]) -> list[int]:
    """Hashes of a record's endings: of the last turn, of the last two, ..., of all."""
    found, power = [], 1
    whole = hashes[-1] if hashes else 0
    for length in range(1, len(hashes) + 1):
        power = power * BASE % MODULUS
        before = hashes[len(hashes) - length - 1] if length < len(hashes) else 0
        found.append((whole - before * power) % MODULUS)
    return found


def time_of(ticks: int) -> datetime | None:
    """A time that a column holds."""
    return None if ticks == NO_TIME else _EPOCH + ticks * _TICK


def content_id(draft: Draft) -> str:
    """An id for a conversation that has none: a hash of who said what."""
    who = "\0".join((draft.unit_kind, draft.user or "", ""))
    state = blake2b(who.encode("utf-8", "surrogatepass"), digest_size=16)
    for side, text in draft.turns:
        written = text.encode("utf-8", "surrogatepass")
        state.update(b"%s%d:%s" % (side.encode(), len(written), written))
    return f"content-{state.hexdigest()}"


_CONTENT_ID = re.compile(r"content-[0-9a-f]{32}(?:~\d+)?")


def is_content_id(id: str) -> bool:
    """Whether an id is one of `content_id`: it says something about the content."""
    return _CONTENT_ID.fullmatch(id) is not None
