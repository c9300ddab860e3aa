"""Each conversation is counted once, however often a log repeats it.

Most logs write one line per call, and every call carries the whole history: a chat
of ten questions is logged ten times, each time longer. Others write one exchange per
line, under an id that the lines share. The first pass through a log therefore finds,
from 8-byte hashes alone, which record is the beginning of another and which belong
together.

Nothing here compares records of different people: the privacy guarantee requires that
a record of one person neither removes nor changes a record of another.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from vstk.readers.draft import Draft
from vstk.types import Source, Turn

MAX_HELD = 256 * 1024 * 1024
"""Most characters of unfinished conversations that the second pass may hold at once."""

_CONTENT_ID = re.compile(r"content-[0-9a-f]{32}")


class Placed(NamedTuple):
    """A draft, and its place in the log."""

    source: Source
    draft: Draft


class Repeats:
    """What the first pass learns about each record, by its number."""

    def __init__(self) -> None:
        self._beginnings = array("Q")
        self._whole = array("Q")
        self._exact = array("Q")
        self._names = array("Q")
        self._threaded = array("B")
        self._repeated = b""
        self._parts = array("Q")
        self._nth = array("Q")
        self._groups = array("q")

    def add(self, draft: Draft) -> None:
        """Note the next record."""
        state = blake2b(_scope(draft, draft.thread), digest_size=8)
        spoken = [turn for turn in draft.turns if turn.role in ("user", "assistant")]
        for turn in spoken:
            self._beginnings.append(_number(state))
            text = turn.text.strip().encode()
            state.update(b"%c%d:%s" % (turn.role[0].encode(), len(text), text))
        self._whole.append(_number(state))
        exact = state.copy()
        exact.update(b"\0" + (draft.id or "").encode())
        self._exact.append(_number(exact))
        name = draft.thread or draft.id
        named = blake2b(_scope(draft, name), digest_size=8)
        self._names.append(self._exact[-1] if name is None else _number(named))
        self._threaded.append(draft.thread is not None)

    def settle(self) -> None:
        """Decide about every record. Call it once, after the last `add`."""
        import numpy as np

        def numbers(values: array[int]) -> np.ndarray:
            return np.frombuffer(values, dtype=np.uint64)

        whole = numbers(self._whole)
        beginnings = np.unique(numbers(self._beginnings))
        at = np.searchsorted(beginnings, whole)
        repeated = np.zeros(len(whole), dtype=bool)
        inside = at < len(beginnings)
        repeated[inside] = beginnings[at[inside]] == whole[inside]
        again = np.ones(len(whole), dtype=bool)
        # The first of several copies is repeated as well if it is the beginning of a longer one.
        again[np.unique(numbers(self._exact), return_index=True)[1]] = False
        repeated |= again

        kept = np.flatnonzero(~repeated)
        threaded = np.frombuffer(self._threaded, dtype=np.uint8)[kept]
        _, group = np.unique(numbers(self._names)[kept], return_inverse=True)
        of_thread = np.bincount(group, weights=threaded).astype(np.uint64)
        # In each group the thread comes first and keeps the id without a number.
        order = np.lexsort((1 - threaded, group))
        ranks = np.arange(len(kept)) - np.searchsorted(group[order], group[order])
        nth = np.zeros(len(whole), dtype=np.uint64)
        nth[kept[order]] = ranks
        alone = kept[threaded == 0]
        threads = of_thread[group[threaded == 0]]
        nth[alone] -= threads - (threads > 0)
        parts = np.ones(len(whole), dtype=np.uint64)
        parts[kept] = of_thread[group]
        groups = np.full(len(whole), -1, dtype=np.int64)
        groups[kept] = np.where(threaded == 1, group, -1)
        self._groups = array("q", groups.tobytes())
        self._repeated = repeated.astype(np.uint8).tobytes()
        self._parts = array("Q", parts.tobytes())
        self._nth = array("Q", nth.tobytes())
        self._beginnings = self._whole = self._exact = self._names = array("Q")
        self._threaded = array("B")

    def __len__(self) -> int:
        return len(self._repeated)

    def repeated(self, number: int) -> bool:
        """Whether this record is a copy, or the beginning, of another record."""
        return bool(self._repeated[number])

    def group(self, number: int) -> int | None:
        """Number of the thread that this record is a part of; `None` without a thread."""
        group = self._groups[number]
        return None if group < 0 else group

    def parts(self, number: int) -> int:
        """How many records that are not repeated make up this record's thread."""
        return self._parts[number]

    def nth(self, number: int) -> int:
        """How many earlier records of the person have this record's id by chance."""
        return self._nth[number]


class Joined(NamedTuple):
    """The records that make up one conversation."""

    records: list[int]
    """Their numbers, in the order of the log."""

    suffix: int
    """Number to append to the id where the id alone is not unique; 0 for none."""


def join(repeats: Repeats, sizes: Sequence[int]) -> Iterator[Joined]:
    """The conversations of a log, each when the last of its records has been read.

    Where the records of unfinished conversations would have more than `MAX_HELD`
    characters, the oldest conversation is ended early, and its later records become
    another conversation of the same person.

    Args:
        repeats: what the first pass learned, settled.
        sizes: number of a record -> its characters.
    """
    unfinished: dict[int, list[int]] = {}
    ended: dict[int, int] = {}
    held = 0

    def end(group: int) -> Joined:
        nonlocal held
        records = unfinished.pop(group)
        before = ended.get(group, 0)
        ended[group] = before + len(records)
        held -= sum(sizes[record] for record in records)
        return Joined(records, before)

    for number in range(len(repeats)):
        if repeats.repeated(number):
            continue
        group = repeats.group(number)
        if group is None:
            nth = repeats.nth(number)
            yield Joined([number], nth + 1 if nth else 0)
        elif repeats.parts(number) == 1:
            yield Joined([number], 0)
        else:
            records = unfinished.setdefault(group, [])
            records.append(number)
            held += sizes[number]
            if len(records) + ended.get(group, 0) == repeats.parts(number):
                yield end(group)
            while held > MAX_HELD and unfinished:
                yield end(next(iter(unfinished)))


def merged(group: list[Placed]) -> Placed:
    """Records as one conversation, without what they repeat of each other."""
    times = [placed.draft.started_at for placed in group]
    if all(times):
        group = sorted(group, key=lambda placed: placed.draft.started_at or times[0])  # type: ignore[arg-type, return-value]
    turns: list[Turn] = []
    for placed in group:
        new = list(placed.draft.turns)
        turns += new[_overlap(turns, new) :]
    first = group[0]
    return Placed(first.source, replace(first.draft, turns=tuple(turns)))


def _overlap(old: list[Turn], new: list[Turn]) -> int:
    """How many turns at the beginning of `new` are in `old` already."""
    for length in range(min(len(old), len(new)), 0, -1):
        if old[-length:] == new[:length]:
            return length
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return same


def content_id(draft: Draft) -> str:
    """An id for a record without one: a hash of its person and turns."""
    state = blake2b(_scope(draft, None), digest_size=16)
    for turn in draft.turns:
        text = turn.text.encode()
        state.update(b"%s%d:%s" % (turn.role.encode(), len(text), text))
    return f"content-{state.hexdigest()}"


def is_content_id(id: str) -> bool:
    """Whether an id was made by `content_id`, and so depends on the content."""
    return _CONTENT_ID.fullmatch(id) is not None


def _scope(draft: Draft, name: str | None) -> bytes:
    return "\0".join((draft.unit_kind, draft.user or "", name or "")).encode()


def _number(state: blake2b) -> int:
    return int.from_bytes(state.digest(), "big")


def size(draft: Draft) -> int:
    """Characters of a draft."""
    return sum(len(turn.text) for turn in draft.turns)
