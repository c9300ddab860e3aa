"""Step 6: labelled conversations become the noised numbers that may leave.

    keep a bounded part of each unit  ->  exact vectors  ->  noise  ->  shares

Published keys come from documents, never from the data; every vector is
published whole, zeros included; every number that leaves was drawn by
`mechanism.draw`, after the ledger had recorded its loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from vstk.errors import BudgetExhausted
from vstk.policy import Privacy
from vstk.release import bounds, estimate, mechanism
from vstk.release.bounds import QUANTUM, Units
from vstk.release.estimate import Confusion, Noised
from vstk.release.guarantee import guarantee, sentence, unit
from vstk.release.plan import Plan, PlannedTable, asked, plan, population_rho
from vstk.release.tables import TableSpec, flags
from vstk.types import Bounds, LabelledConversation, Row, Table

__all__ = [
    "Confusion",
    "Plan",
    "PlannedTable",
    "TableSpec",
    "flags",
    "guarantee",
    "left_out",
    "plan",
    "release",
    "sentence",
    "unit",
]


def release(
    conversations: Iterable[LabelledConversation],
    tables: Sequence[TableSpec],
    privacy: Privacy,
    *,
    reserved: Decimal,
    confusions: Mapping[str, Mapping[str, Confusion]] | None = None,
    sampled: bool = False,
) -> tuple[Table, ...]:
    """Draw every table that the policy asks for and that is exact enough.

    Draws noise, so it is called once per reservation and its result is kept:
    the caller reserves `privacy.rho` in the ledger, releases, and commits.

    Args:
        conversations: all labelled conversations of the period, in any order.
        tables: the tables there are; `privacy.tables` decides which are drawn.
        reserved: what the ledger has recorded for this release.
        confusions: table -> key -> how the labeller did on public labelled
            conversations, where that is known.
        sampled: whether only a random part of the log was read, and shares are
            meant for the whole.

    Returns:
        The tables in the policy's order. What was asked and is missing would
        have been wider than `privacy.max_halfwidth` (`left_out` names it).

    Raises:
        BudgetExhausted: if less was reserved than the release costs.
    """
    if reserved < privacy.rho:
        raise BudgetExhausted(
            f"This release needs rho = {privacy.rho}; only {reserved} was reserved.",
            remedy="reserve the policy's whole `privacy.rho` in the ledger first.",
        )
    units = bounds.keep(conversations, privacy)
    population = _population(units, privacy)
    chosen = plan(tables, privacy, conversations=population.value)
    rho = {table.name: table.rho for table in chosen.tables if table.published}
    drawn = [
        _draw(units, spec, privacy, rho[spec.name])
        for spec in asked(tables, privacy)
        if spec.name in rho
    ]
    effective = population.value / bounds.weight(privacy) if sampled else None
    return tuple(
        _table(
            spec,
            counts,
            population,
            privacy,
            rho=rho[spec.name],
            confusions=(confusions or {}).get(spec.name, {}),
            effective=effective,
        )
        for spec, counts in drawn
    )


def left_out(published: Iterable[Table], privacy: Privacy) -> tuple[str, ...]:
    """Names of tables that the policy asks for and that were not exact enough."""
    there = {table.name for table in published}
    return tuple(share.name for share in privacy.tables if share.name not in there)


def _population(units: Units, privacy: Privacy) -> Noised:
    most = bounds.weight(privacy)
    drawn = mechanism.draw(
        [bounds.population(units, privacy)], l2=float(QUANTUM * most), rho=population_rho(privacy)
    )
    return Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)


def _draw(
    units: Units, spec: TableSpec, privacy: Privacy, rho: Decimal
) -> tuple[TableSpec, list[Noised]]:
    limit = bounds.bound(spec, privacy)
    drawn = mechanism.draw(bounds.total(units, spec, limit), l2=limit.steps, rho=rho)
    return spec, [Noised(value / QUANTUM, drawn.scale / QUANTUM) for value in drawn.values]


def _table(
    spec: TableSpec,
    counts: Sequence[Noised],
    population: Noised,
    privacy: Privacy,
    *,
    rho: Decimal,
    confusions: Mapping[str, Confusion],
    effective: float | None,
) -> Table:
    limit = bounds.bound(spec, privacy)
    rows = []
    for key, count in zip(spec.keys, counts, strict=True):
        found = estimate.share(
            count, population, confusion=confusions.get(key.key), effective=effective
        )
        rows.append(
            Row(
                key=key.key,
                title=key.title,
                count=count.value,
                share=found.share,
                low=found.low,
                high=found.high,
                corrected=found.corrected,
            )
        )
    return Table(
        name=spec.name,
        title=spec.title,
        level=spec.level,
        estimand=_estimand(spec, privacy),
        denominator=population.value,
        bounds=Bounds(weight=limit.weight, l2=limit.l2),
        mechanism=mechanism.NAME,
        scale=counts[0].sigma,
        rho=f"{rho:f}",
        rows=tuple(rows),
    )


def _estimand(spec: TableSpec, privacy: Privacy) -> str:
    counted = "has the row as its label" if spec.single else "has the row among its labels"
    if privacy.unit == "conversation":
        return f"Share of all labelled conversations in which the conversation {counted}."
    return (
        f"Share of all labelled conversations in which the conversation {counted}; a person with "
        f"more than {privacy.weight} counts as {privacy.weight}, spread over what was read of them."
    )
