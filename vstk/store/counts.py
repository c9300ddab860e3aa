"""Exact counts of an audit, for the operator's screen only: they are never part of a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from vstk.store.database import AuditDatabase
from vstk.types import RejectStep, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Exact numbers of one store, without noise."""

    conversations: int
    units: int
    sizes: Mapping[int, int]
    """Conversations per unit -> number of units with so many."""

    unit_kinds: Mapping[UnitKind, int]
    """Conversations by the kind of id that the log has."""

    rejected: Mapping[tuple[RejectStep, str], int]
    """Conversations set aside, by step and reason."""

    tokens: int
    seen_share: float
    """Mean share of a conversation's tokens that was read, 0..1; 1 without conversations."""


def count(database: AuditDatabase) -> Counts:
    """Count everything in a store."""
    total, units, tokens, seen = database.execute(
        "select count(*), count(distinct unit_id), coalesce(sum(tokens), 0),"
        " coalesce(avg(seen_share), 1) from conversations"
    ).fetchone()
    kinds = database.execute("select unit_kind, count(*) from conversations group by unit_kind")
    sizes = database.execute(
        "select size, count(*) from"
        " (select count(*) as size from conversations group by unit_id) group by size"
    )
    rejected = database.execute("select step, reason, count(*) from rejects group by 1, 2")
    return Counts(
        conversations=total,
        units=units,
        sizes=dict(sizes.fetchall()),
        unit_kinds=dict(kinds.fetchall()),
        rejected={(step, reason): number for step, reason, number in rejected},
        tokens=tokens,
        seen_share=seen,
    )


def oldest(database: AuditDatabase) -> date | None:
    """The day (UTC) on which the oldest conversation was stored; `None` without any."""
    [found] = database.execute(
        "select min(stored_on) from"
        " (select stored_on from conversations union all select stored_on from rejects)"
    ).fetchone()
    return date.fromisoformat(found) if found else None


def has_people(database: AuditDatabase) -> bool:
    """Whether any conversation's unit is a person, and not the conversation itself."""
    [found] = database.execute(
        "select exists (select 1 from conversations where unit_id != key)"
    ).fetchone()
    return bool(found)
