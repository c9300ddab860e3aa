"""Which records are one conversation, whose it is, and which of them repeat others.

Most logs write a record per call of the model, and each call carries the whole history: a
chat of ten questions is in the log ten times, each time longer. Others write a message or
an exchange a record. What a record is decides what may happen to it (see `draft.Form`).

Nothing here looks across people: a record of one person neither removes nor changes a
record of another, or the privacy promise would not hold. Among records that name nobody,
none removes another; only calls that continue each other within one file are one
conversation, which then counts as one unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from vstk.readers.columns import (
    BOTH_SIDES,
    CALL,
    CONTEXT,
    NO_TIME,
    NOBODY,
    PIECE,
    WHOLE,
    Columns,
    single,
    suffixes,
)

GAP = 24 * 3600 * 1_000_000
"""Calls of one person without a thread id that lie further apart are never joined, in
microseconds: the same greeting on another day begins another conversation."""


class Group(NamedTuple):
    """The records of one conversation that are read, in the order of their speech."""

    records: list[int]
    name_of: int
    """The record that names the conversation."""


OnLeftOut = Callable[[int, str], None]
"""Told of a record that is left out, with the reason code; empty: as the record says."""


def grouped(columns: Columns, copies: Collection[int], left_out: OnLeftOut) -> Iterator[Group]:
    """Every conversation that both sides speak in.

    Args:
        columns: the records; people are passed on within traces and threads here.
        copies: files that are copies of others: their records count nowhere.
        left_out: is told of every record that is in no group.
    """
    component = _components(columns)
    _inherit(columns, component)
    joined: dict[tuple[int, int], list[int]] = defaultdict(list)
    loose: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in range(len(columns)):
        if columns.file[number] in copies:
            left_out(number, "duplicate")
        elif component[number] >= 0:
            joined[component[number], columns.user[number]].append(number)
        elif columns.form[number] == CONTEXT:
            left_out(number, "")
        else:
            user = columns.user[number]
            loose[user, columns.file[number] if user == NOBODY else -1].append(number)
    for records in joined.values():
        yield from _checked(columns, _of_thread(columns, records, left_out), left_out)
    for (user, _), records in loose.items():
        found = (
            [Group([records[0]], records[0])]
            if len(records) == 1
            else _of_person(columns, records, left_out)
            if user != NOBODY
            else _of_nobody(columns, records, left_out)
        )
        yield from _checked(columns, found, left_out)


def _checked(columns: Columns, groups: Iterable[Group], left_out: OnLeftOut) -> Iterator[Group]:
    for group in groups:
        sides = _sides(columns, group.records)
        if sides == BOTH_SIDES:
            yield group
        else:
            for number in group.records:
                left_out(number, "one-sided" if sides else "no-text")


def _sides(columns: Columns, records: Iterable[int]) -> int:
    sides = 0
    for number in records:
        sides |= columns.sides[number]
    return sides


def _components(columns: Columns) -> list[int]:
    """By record: the number of its set of joined records, or -1 where it names no thread."""
    component = [-1] * len(columns)
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while (above := parent.get(key, key)) != key:
            parent[key] = parent.get(above, above)
            key = above
        return key

    first: dict[int, int] = {}
    for key, number in zip(columns.keys, columns.key_record, strict=True):
        known = first.setdefault(number, key)
        if known != key and (one := root(known)) != (other := root(key)):
            parent[other] = one
    numbers: dict[int, int] = {}
    for number, key in first.items():
        top = root(key) if parent else key
        component[number] = numbers.setdefault(top, len(numbers))
    return component


def _inherit(columns: Columns, component: Sequence[int]) -> None:
    """Give records that name nobody the person of their trace, else of their thread.

    Where several people share a thread, a record belongs to whoever was named last before.
    """
    traces: dict[int, list[int]] = defaultdict(list)
    threads: dict[int, list[int]] = defaultdict(list)
    user = columns.user
    if NOBODY not in user:
        return
    for number, trace in enumerate(columns.scope):
        if trace:
            traces[trace].append(number)
    for number, thread in enumerate(component):
        if thread >= 0:
            threads[thread].append(number)
    for records in (*traces.values(), *threads.values()):
        if len(records) < 2 or all(user[n] == NOBODY for n in records):
            continue
        if all(user[n] != NOBODY for n in records):
            continue
        last = NOBODY
        ordered = _in_order(columns, records)
        for number in ordered:
            if user[number] != NOBODY:
                last = user[number]
            elif last != NOBODY:
                user[number] = last
        for number in reversed(ordered):
            if user[number] != NOBODY:
                last = user[number]
            else:
                user[number] = last


def _in_order(columns: Columns, records: Sequence[int]) -> list[int]:
    time = columns.time
    spoken = [n for n in records if columns.form[n] != CONTEXT]
    if all(time[n] != NO_TIME for n in spoken):
        return sorted(records, key=lambda n: (time[n], columns.order[n], n))
    return sorted(records, key=lambda n: (columns.order[n], n))


def _of_thread(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
    """One conversation out of the records of one person in one thread."""
    form = columns.form
    kept: list[int] = []
    for number in records:
        if form[number] == CONTEXT:
            left_out(number, "")
        else:
            kept.append(number)
    if not kept:
        return
    name_of = next((n for n in kept if columns.named[n] == 2), None)
    if name_of is None:
        name_of = next((n for n in records if columns.named[n] == 2), None)
    if len(kept) > 1:
        if any(columns.outline[n] for n in kept):
            kept = _without_outlines(columns, kept, left_out)
        kept = _in_order(columns, kept)
        kept = _versions(columns, kept, left_out)
        kept = _without_repeats(columns, kept, left_out)
    yield Group(kept, kept[0] if name_of is None else name_of)


def _without_outlines(columns: Columns, records: list[int], left_out: OnLeftOut) -> list[int]:
    """A trace's summary counts only where no step does; it also says which steps to count:
    those whose history holds the question that the trace began with."""
    steps: dict[int, list[int]] = defaultdict(list)
    outlines: dict[int, list[int]] = defaultdict(list)
    for number in records:
        place = outlines if columns.outline[number] else steps
        place[columns.scope[number]].append(number)
    gone: dict[int, str] = {}
    for trace, summaries in outlines.items():
        calls = [n for n in steps.get(trace, ()) if columns.sides[n]]
        if not calls:
            continue
        gone |= dict.fromkeys(summaries, "duplicate")
        questions = {h for n in summaries for h in single(columns.hashes(n))[:1]}
        asked = [n for n in calls if questions & set(single(columns.hashes(n)))]
        # A call that continues another one may hold no question at all.
        others = [n for n in calls if n not in asked and columns.sides[n] & 1]
        if asked and _sides(columns, [n for n in calls if n not in others]) == BOTH_SIDES:
            gone |= dict.fromkeys(others, "no-chat")
    for number, reason in gone.items():
        left_out(number, reason)
    return [n for n in records if n not in gone]


def _versions(columns: Columns, records: list[int], left_out: OnLeftOut) -> list[int]:
    """Of whole conversations of one thread the longest: the others are earlier versions."""
    wholes = [n for n in records if columns.form[n] == WHOLE]
    if len(wholes) < 2:
        return records
    best = max(wholes, key=lambda n: (len(columns.hashes(n)), -n))
    for number in wholes:
        if number != best:
            left_out(number, "duplicate")
    return [n for n in records if columns.form[n] != WHOLE or n == best]


def _without_repeats(columns: Columns, records: list[int], left_out: OnLeftOut) -> list[int]:
    """Without copies, and without calls whose words another call's history holds."""
    seen: set[tuple[int, ...]] = set()
    beginnings: set[int] = set()
    for number in records:
        if columns.form[number] == CALL:
            beginnings.update(columns.hashes(number)[:-1])
    kept: list[int] = []
    for number in records:
        hashes = columns.hashes(number)
        whole = hashes[-1] if hashes else 0
        own, time, form = columns.own[number], columns.time[number], columns.form[number]
        copy: tuple[int, ...]
        if form == PIECE:
            # Short messages repeat; only the same message again is a copy.
            copy = (PIECE, own or -1 - number, whole, time)
        elif len(hashes) > 2 or time == NO_TIME or columns.scope[number]:
            copy = (CALL, whole)
        else:
            copy = (CALL, whole, time)  # the same short exchange later is another one
        if copy in seen or (form == CALL and whole in beginnings and hashes):
            left_out(number, "duplicate")
            continue
        seen.add(copy)
        kept.append(number)
    return kept


def _of_person(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
    """The conversations of one person without thread ids: calls by what they repeat."""
    yield from _wholes(columns, [n for n in records if columns.form[n] != CALL], left_out)
    calls = _in_order(columns, [n for n in records if columns.form[n] == CALL])
    calls = _without_beginnings(columns, calls, left_out) if len(calls) > 1 else calls
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
    return _in_order(columns, kept)


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


def _of_nobody(columns: Columns, records: list[int], left_out: OnLeftOut) -> Iterator[Group]:
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
