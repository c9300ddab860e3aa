"""One conversation, counted once, however often a log repeats it.

Most logs write a line per call, and every call carries the whole history: a
chat of ten questions stands there ten times, each time longer. Others write one
exchange a line, under an id that the lines share. So a log is gone through
twice: first to learn, from 8-byte hashes alone, which record is the beginning
of another and which belong together; then to read what counts.

Nothing here looks across people: a record of one can neither remove nor change
a record of another, or the privacy promise would not hold.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from vstk.readers.draft import Draft
from vstk.types import Source, Turn

MAX_HELD = 256 * 1024 * 1024
"""Characters of unfinished conversations that are held at once."""

_CONTENT_ID = re.compile(r"content-[0-9a-f]{32}")


class Placed(NamedTuple):
    """A draft, and where it stands in the log."""

    source: Source
    draft: Draft


class Repeats:
    """What the first passage through a log learns about each record, by its number."""

    def __init__(self) -> None:
        self._beginnings = array("Q")
        self._whole = array("Q")
        self._exact = array("Q")
        self._names = array("Q")
        self._threaded = array("B")
        self._repeated = b""
        self._parts = array("Q")
        self._nth = array("Q")

    def add(self, draft: Draft) -> None:
        """Take note of the next record."""
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
        """Decide about every record; to be called once, after the last `add`."""
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
        # Of copies the last stays out too when it begins a longer one: `repeated` says so.
        again[np.unique(numbers(self._exact), return_index=True)[1]] = False
        repeated |= again

        kept = np.flatnonzero(~repeated)
        threaded = np.frombuffer(self._threaded, dtype=np.uint8)[kept]
        _, group = np.unique(numbers(self._names)[kept], return_inverse=True)
        of_thread = np.bincount(group, weights=threaded).astype(np.uint64)
        # In each group the thread comes first, and keeps the id for itself.
        order = np.lexsort((1 - threaded, group))
        ranks = np.arange(len(kept)) - np.searchsorted(group[order], group[order])
        nth = np.zeros(len(whole), dtype=np.uint64)
        nth[kept[order]] = ranks
        alone = kept[threaded == 0]
        threads = of_thread[group[threaded == 0]]
        nth[alone] -= threads - (threads > 0)
        parts = np.ones(len(whole), dtype=np.uint64)
        parts[kept] = of_thread[group]
        self._repeated = repeated.astype(np.uint8).tobytes()
        self._parts = array("Q", parts.tobytes())
        self._nth = array("Q", nth.tobytes())
        self._beginnings = self._whole = self._exact = self._names = array("Q")
        self._threaded = array("B")

    def __len__(self) -> int:
        return len(self._repeated)

    def repeated(self, number: int) -> bool:
        """Whether this record is a copy, or the beginning, of another one."""
        return bool(self._repeated[number])

    def parts(self, number: int) -> int:
        """How many records that count make up this one's thread."""
        return self._parts[number]

    def nth(self, number: int) -> int:
        """How many others of the person had this one's id before it, by chance."""
        return self._nth[number]


class Threads:
    """Records of one conversation, held until the last of them has come."""

    def __init__(self) -> None:
        self._open: dict[bytes, list[Placed]] = {}
        self._closed: dict[bytes, int] = {}
        self._held = 0

    def add(self, placed: Placed, parts: int) -> Iterator[Placed]:
        """Take one record; give back the conversations that are whole now."""
        name = _scope(placed.draft, placed.draft.thread)
        group = self._open.setdefault(name, [])
        group.append(placed)
        self._held += _size(placed.draft)
        if len(group) + self._closed.get(name, 0) == parts:
            yield self._close(name)
        while self._held > MAX_HELD and self._open:
            yield self._close(next(iter(self._open)))

    def rest(self) -> Iterator[Placed]:
        """What is still open at the end of the log."""
        while self._open:
            yield self._close(next(iter(self._open)))

    def _close(self, name: bytes) -> Placed:
        group = self._open.pop(name)
        before = self._closed.get(name, 0)
        self._closed[name] = before + len(group)
        self._held -= sum(_size(placed.draft) for placed in group)
        whole = _merged(group)
        if before:  # its beginning had to be let go already: two conversations of one person
            draft = replace(whole.draft, thread=f"{whole.draft.thread}~{before}")
            whole = Placed(whole.source, draft)
        return whole


def _merged(group: list[Placed]) -> Placed:
    """The records as one conversation, what they have in common said once."""
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
    """How many turns at the beginning of `new` have been said in `old`."""
    for length in range(min(len(old), len(new)), 0, -1):
        if old[-length:] == new[:length]:
            return length
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return same


def content_id(draft: Draft) -> str:
    """An id for a conversation that has none: a hash of who said what."""
    state = blake2b(_scope(draft, None), digest_size=16)
    for turn in draft.turns:
        text = turn.text.encode()
        state.update(b"%s%d:%s" % (turn.role.encode(), len(text), text))
    return f"content-{state.hexdigest()}"


def is_content_id(id: str) -> bool:
    """Whether an id is one of `content_id`: it says something about the content."""
    return _CONTENT_ID.fullmatch(id) is not None


def _scope(draft: Draft, name: str | None) -> bytes:
    return "\0".join((draft.unit_kind, draft.user or "", name or "")).encode()


def _number(state: blake2b) -> int:
    return int.from_bytes(state.digest(), "big")


def _size(draft: Draft) -> int:
    return sum(len(turn.text) for turn in draft.turns)
