"""Which conversations are read: at most a fixed number per person, chosen before labelling.

Neither text nor labels decide which: keyed hashes do, so that a second run chooses the same
conversations. What is chosen of one person depends on that person's conversations alone,
as the privacy guarantee requires.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from vstk.types import Conversation, UnitKind

PeriodLength = Literal["month", "quarter", "year", "all"]
Hasher = Callable[[Conversation], tuple[str, str]]
"""From a conversation to the keyed hashes of its person and of itself."""

_HASH_SPACE = 1 << 128


@dataclass(slots=True)
class Selection:
    """The keys of the conversations to read, and what was met on the way."""

    keys: frozenset[str] = frozenset()
    kinds: set[UnitKind] = field(default_factory=set)
    read: int = 0
    units: int = 0
    sizes: Counter[int] = field(default_factory=Counter)
    """Conversations chosen of a person -> how many people have so many."""

    outside_period: int = 0
    met: set[str] = field(default_factory=set)
    """Of the keys that were known before, those that are in the log."""


def select(
    conversations: Iterable[Conversation],
    hasher: Hasher,
    *,
    per_unit: int,
    one_in: int = 1,
    period: str | None = None,
    length: PeriodLength = "all",
    known: Collection[str] = (),
) -> Selection:
    """Choose by keyed hash: whole people first, then each one's conversations.

    Args:
        conversations: the whole log, streamed; only hashes are held.
        hasher: the keyed hashes of this machine.
        per_unit: at most so many conversations of a person.
        one_in: read one person in so many. A rate and not a number of people,
            so that whether somebody is read does not depend on the others.
        period: keep only conversations that start in it, e.g. `2026-Q3`.
        length: how the policy rounds times.
        known: keys of conversations that were read before.
    """
    chosen = Selection()
    kept: dict[str, list[tuple[int, str]]] = {}
    threshold = _HASH_SPACE // one_in
    for conversation in conversations:
        chosen.read += 1
        if period is not None and rounded(conversation.started_at, length) != period:
            chosen.outside_period += 1
            continue
        chosen.kinds.add(conversation.unit_kind)
        unit, key = hasher(conversation)
        mine = kept.setdefault(unit, [])
        if key in known:
            chosen.met.add(key)
        if int(unit, 16) >= threshold:
            continue
        # A heap of negated hashes keeps the `per_unit` smallest of a person.
        entry = (-int(key, 16), key)
        if len(mine) < per_unit:
            heapq.heappush(mine, entry)
        else:
            heapq.heappushpop(mine, entry)
    chosen.units = len(kept)
    chosen.sizes = Counter(len(mine) for mine in kept.values() if mine)
    chosen.keys = frozenset(key for mine in kept.values() for _, key in mine)
    return chosen


def rounded(at: datetime | None, length: PeriodLength) -> str | None:
    """A time as the period it falls in: `2026-07`, `2026-Q3` or `2026`; UTC."""
    if at is None or length == "all":
        return None
    day = at.astimezone(UTC)
    if length == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if length == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    return f"{day.year:04d}"
