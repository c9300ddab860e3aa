"""Which records belong together, and whose they are: by the ids that they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from vstk.readers.columns import CONTEXT, NO_TIME, NOBODY, Columns


def components(columns: Columns) -> list[int]:
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


def inherit(columns: Columns, component: Sequence[int]) -> None:
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
        ordered = in_order(columns, records)
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


def in_order(columns: Columns, records: Sequence[int]) -> list[int]:
    """Records by time, where all that hold speech have one; else as they stand in the log."""
    time = columns.time
    spoken = [n for n in records if columns.form[n] != CONTEXT]
    if all(time[n] != NO_TIME for n in spoken):
        return sorted(records, key=lambda n: (time[n], columns.order[n], n))
    return sorted(records, key=lambda n: (columns.order[n], n))
