"""Sampling: which conversations are audited, bounded per person before labels exist.

Text and labels are not looked at. Which conversations of a person are chosen depends
on that person's conversations alone, because keyed hashes decide; for the same reason a
second run chooses the same ones.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from vstk.readers import IndexedConversation
from vstk.types import Conversation, UnitKind

PeriodLength = Literal["month", "quarter", "year", "all"]
Hasher = Callable[[Conversation | IndexedConversation], tuple[str, str]]
"""From a conversation to the keyed hashes of its person and of itself."""

_HASH_SPACE = 1 << 128


@dataclass(slots=True)
class Selection:
    """The conversations that are audited, and counts of the log they were chosen from."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    """Key (keyed hash) of each chosen conversation -> its number in the index."""

    kinds: set[UnitKind] = field(default_factory=set)
    """Kinds of ids that conversations of the period carry."""

    read: int = 0
    """Conversations in the log."""

    units: int = 0
    """People in the period, sampled or not."""

    sizes: Counter[int] = field(default_factory=Counter)
    """Chosen conversations of a person -> how many people have that many."""

    outside_period: int = 0
    labelled: set[str] = field(default_factory=set)
    """Of the keys that are labelled already, those that are in the log."""

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the chosen conversations."""
        return frozenset(self.numbers)


def select(
    conversations: Iterable[IndexedConversation],
    hasher: Hasher,
    *,
    per_unit: int,
    one_in: int = 1,
    period: str | None = None,
    length: PeriodLength = "all",
    labelled: Collection[str] = (),
) -> Selection:
    """Choose by keyed hash: whole people first, then conversations of each.

    Args:
        conversations: the log's index. Of each conversation only hashes and its number
            are held.
        hasher: the keyed hashes of this machine.
        per_unit: at most this many conversations of a person.
        one_in: audit one person in this many. It is a rate and not a number of people, so
            that whether a person is audited does not depend on the others.
        period: keep only conversations that start in it, e.g. `2026-Q3`.
        length: how the policy rounds times.
        labelled: keys of conversations that were labelled before.
    """
    chosen = Selection()
    kept: dict[str, list[tuple[int, str, int]]] = {}
    threshold = _HASH_SPACE // one_in
    for conversation in conversations:
        chosen.read += 1
        if period is not None and rounded(conversation.started_at, length) != period:
            chosen.outside_period += 1
            continue
        chosen.kinds.add(conversation.unit_kind)
        unit, key = hasher(conversation)
        mine = kept.setdefault(unit, [])
        if key in labelled:
            chosen.labelled.add(key)
        if int(unit, 16) >= threshold:
            continue
        # A heap of negated hashes holds the `per_unit` smallest of a person.
        entry = (-int(key, 16), key, conversation.number)
        if len(mine) < per_unit:
            heapq.heappush(mine, entry)
        else:
            heapq.heappushpop(mine, entry)
    chosen.units = len(kept)
    chosen.sizes = Counter(len(mine) for mine in kept.values() if mine)
    chosen.numbers = {key: number for mine in kept.values() for _, key, number in mine}
    return chosen


def rounded(at: datetime | None, length: PeriodLength) -> str | None:
    """The period that a time falls in, in UTC: `2026-07`, `2026-Q3` or `2026`."""
    if at is None or length == "all":
        return None
    day = at.astimezone(UTC)
    if length == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if length == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    return f"{day.year:04d}"
