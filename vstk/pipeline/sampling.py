"""Sampling: which conversations are audited, bounded per unit before labels exist.

A unit is what the policy protects as a whole: a person, or a single conversation. Text
and labels are not looked at. Which conversations of a unit are chosen depends on that
unit's conversations alone, because keyed hashes decide; for the same reason a second run
chooses the same ones.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from vstk.anonymiser import canonical_id
from vstk.readers import IndexedConversation
from vstk.types import Conversation, UnitKind

PeriodLength = Literal["month", "quarter", "year", "all"]
Hasher = Callable[[Conversation | IndexedConversation], tuple[str, str]]
"""From a conversation to the keyed hashes of its unit and of itself."""

_HASH_SPACE = 1 << 128


@dataclass(slots=True)
class Selection:
    """The conversations that are audited, and counts of the log they were chosen from."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    """Key (keyed hash) of each chosen conversation -> its number in the index."""

    weaker_ids: Counter[UnitKind] = field(default_factory=Counter)
    """Kind of id -> conversations of the period that are set aside because of it."""

    read: int = 0
    """Conversations in the log."""

    units: int = 0
    """Units in the period, sampled or not."""

    sizes: Counter[int] = field(default_factory=Counter)
    """Chosen conversations of a unit -> how many units have that many."""

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
    accepted_ids: Collection[str] | None = None,
    case_sensitive: bool = False,
) -> Selection:
    """Choose by keyed hash: whole units first, then conversations of each.

    Args:
        conversations: the log's index. Of each conversation only hashes and its number
            are held.
        hasher: the keyed hashes of this machine.
        per_unit: at most this many conversations of a unit.
        one_in: audit one unit in this many. It is a rate and not a number of units, so
            that whether a unit is audited does not depend on the others.
        period: keep only conversations that start in it, e.g. `2026-Q3`.
        length: how the policy rounds times.
        labelled: keys of conversations that were labelled before.
        accepted_ids: kinds of ids that count as a unit; conversations with another kind
            are set aside. `None` accepts every conversation.
        case_sensitive: passed to `canonical_id`.
    """
    chosen = Selection()
    kept: dict[str, list[tuple[int, str, int]]] = {}
    seen: set[str] = set()
    threshold = _HASH_SPACE // one_in
    for conversation in conversations:
        chosen.read += 1
        if period is not None and rounded(conversation.started_at, length) != period:
            chosen.outside_period += 1
            continue
        unit, key = hasher(conversation)
        if key in labelled:
            chosen.labelled.add(key)
        if accepted_ids is not None:
            # An id of invisible characters alone is no id.
            has_id = canonical_id(conversation.user or "", case_sensitive=case_sensitive)
            kind: UnitKind = conversation.unit_kind if has_id else "none"
            if kind not in accepted_ids:
                chosen.weaker_ids[kind] += 1
                continue
        if key in seen:
            continue
        seen.add(key)
        mine = kept.setdefault(unit, [])
        if int(unit, 16) >= threshold:
            continue
        # A heap of negated hashes holds the `per_unit` smallest of a unit.
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
