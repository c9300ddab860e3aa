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
from collections.abc import Collection, Iterable, Iterator

from vstk.readers.columns import (
    BOTH_SIDES,
    CALL,
    CONTEXT,
    NO_TIME,
    NOBODY,
    PIECE,
    WHOLE,
    Columns,
)
from vstk.readers.linking import components, in_order, inherit
from vstk.readers.loose import Group, OnLeftOut, of_nobody, of_person


def grouped(
    columns: Columns, copies: Collection[int], left_out: OnLeftOut, *, separate: bool = False
) -> Iterator[Group]:
    """Every conversation that both sides speak in.

    Args:
        columns: the records; people are passed on within traces and threads here.
        copies: files that are copies of others: their records count nowhere.
        left_out: is told of every record that is in no group.
        separate: records that share no id stay apart, whatever they hold.
    """
    component = components(columns)
    inherit(columns, component)
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
            [Group([record], record) for record in records]
            if separate or len(records) == 1
            else of_person(columns, records, left_out)
            if user != NOBODY
            else of_nobody(columns, records, left_out)
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
        kept = in_order(columns, kept)
        kept = _versions(columns, kept, left_out)
        kept = _without_repeats(columns, kept, left_out)
    times = [at for n in records if (at := columns.time[n]) != NO_TIME]
    begun = min(times) if times else NO_TIME
    yield Group(kept, kept[0] if name_of is None else name_of, begun)


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
        questions = {h for n in summaries for h in columns.turns(n)[:1]}
        asked = [n for n in calls if questions & set(columns.turns(n))]
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
