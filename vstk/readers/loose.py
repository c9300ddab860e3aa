"""Conversations out of records that name no thread: by what continues and what repeats what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from vstk.readers.columns import CALL, NO_TIME, Columns, suffixes
from vstk.readers.linking import in_order

GAP = 24 * 3600 * 1_000_000
"""Calls of one person without a thread id that lie further apart are never joined, in
microseconds: the same greeting on another day begins another conversation."""


class Group(NamedTuple):
    """The records of one conversation that are read, in the order of their speech."""

    records: list[int]
    name_of: int
    """The record that names the conversation."""

    begun: int = NO_TIME
    """When it began, where only records that are left out say so."""


OnLeftOut = Callable[[int, str], None]
"""Told of a record that is left out, with the reason code; empty: as the record says."""


def of_person(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
    """The conversations of one person without thread ids: calls by what they repeat."""
    yield from _wholes(columns, [n for n in records if columns.form[n] != CALL], left_out)
    calls = in_order(columns, [n for n in records if columns.form[n] == CALL])
    if len(calls) > 1:
        alone = _alone(columns, calls)
        yield from (Group([number], number) for number in alone)
        calls = [number for number in calls if number not in alone]
        calls = _without_beginnings(columns, calls, left_out)
    group: dict[int, list[int]] = {}
    endings: dict[int, int] = {}
    for number in calls:
        hashes = columns.hashes(number)
        near = next(
            (
                other
                for length in range(len(hashes), 1, -1)
                if (other := endings.get(hashes[length - 1])) is not None
                and _are_close(columns, number, other)
                and columns.hashes(other) != hashes
            ),
            None,
        )
        home = group[near] if near is not None else []
        home.append(number)
        group[number] = home
        for ending in suffixes(hashes)[1:]:
            endings[ending] = number
    for home in {id(home): home for home in group.values()}.values():
        yield Group(home, home[-1])


def _alone(columns: Columns, calls: list[int]) -> set[int]:
    """Calls that share no first turn with another, and hold no other's: nearly all of them."""
    firsts = Counter(turns[0] for number in calls if (turns := columns.turns(number)))
    held = Counter(turn for number in calls for turn in set(columns.turns(number)))
    return {
        number
        for number in calls
        if (turns := columns.turns(number))
        and held[turns[0]] == 1
        and not any(turn in firsts for turn in turns[1:])
    }


def _without_beginnings(columns: Columns, calls: list[int], left_out: OnLeftOut) -> list[int]:
    """Without copies, and without calls that a longer one within a day continues."""
    longer: dict[int, list[int]] = defaultdict(list)
    for number in calls:
        for beginning in columns.hashes(number)[:-1]:
            longer[beginning].append(number)
    is_copy = _Copies(columns)
    kept: list[int] = []
    for number in sorted(calls):
        hashes = columns.hashes(number)
        longer_ones = longer.get(hashes[-1], ()) if hashes else ()
        if is_copy(number) or any(_are_close(columns, number, n) for n in longer_ones):
            left_out(number, "duplicate")
        else:
            kept.append(number)
    return in_order(columns, kept)


def _are_close(columns: Columns, number: int, other: int) -> bool:
    one, two = columns.time[number], columns.time[other]
    return NO_TIME in (one, two) or abs(one - two) <= GAP


def _wholes(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
    """Whole conversations of one person: a copy or an earlier version is no other one.

    A version has the same id, and its words are the beginning of the other's; without an
    id only an exact copy is one.
    """
    longer: set[tuple[int, int]] = set()
    for number in records:
        if columns.own[number]:
            longer.update((columns.own[number], h) for h in columns.hashes(number)[:-1])
    is_copy = _Copies(columns)
    for number in records:
        hashes = columns.hashes(number)
        version = hashes and (columns.own[number], hashes[-1]) in longer
        if is_copy(number) or version:
            left_out(number, "duplicate")
        else:
            yield Group([number], number)


class _Copies:
    """Whether a record of one person is the same as one before: the same words with the same
    id; without an id, at the same time, or at a time that one of them does not say."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._times: dict[tuple[int, int], set[int]] = {}

    def __call__(self, number: int) -> bool:
        """Ask about the next record."""
        hashes = self._columns.hashes(number)
        own, time = self._columns.own[number], self._columns.time[number]
        whole = hashes[-1] if hashes else 0
        known = self._times.setdefault((own, whole), set())
        copy = bool(known) and (own != 0 or time == NO_TIME or bool({time, NO_TIME} & known))
        known.add(time)
        return copy


def _continue(columns: Columns, one: int, other: int) -> bool:
    """Whether a call of nobody may continue another: two with ids of their own and no times
    are rather two conversations that begin alike."""
    if (
        columns.own[one]
        and columns.own[other]
        and NO_TIME in (columns.time[one], columns.time[other])
    ):
        return False
    return _are_close(columns, one, other)


def of_nobody(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
    """Records of one file that name neither person nor thread.

    A call that continues an earlier one by a message or an exchange is one conversation
    with it, which counts as one unit. The same record again, with the same id of its own,
    is a copy. Nothing else is joined or left out.
    """
    open_calls: dict[int, list[int]] = {}
    seen: set[tuple[int, int]] = set()
    groups: list[list[int]] = []
    for number in records:
        hashes = columns.hashes(number)
        own, whole = columns.own[number], hashes[-1] if hashes else 0
        if own and (own, whole) in seen:
            left_out(number, "duplicate")
            continue
        seen.add((own, whole))
        home: list[int] | None = None
        if columns.form[number] == CALL and len(hashes) > 1:
            for back in (2, 3):
                before = open_calls.get(hashes[-back]) if len(hashes) >= back else None
                if before and _continue(columns, before[-1], number):
                    home = before
                    del open_calls[hashes[-back]]
                    break
        if home is None:
            home = []
            groups.append(home)
        home.append(number)
        if columns.form[number] == CALL and hashes:
            open_calls.setdefault(whole, home)
    for home in groups:
        for number in home[:-1]:
            left_out(number, "duplicate")
        yield Group(home[-1:], home[-1])
