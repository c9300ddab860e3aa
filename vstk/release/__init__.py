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
from vstk.release import bounds, mechanism, noisy_tables
from vstk.release.bounds import QUANTUM, Units
from vstk.release.derived_specs import tree
from vstk.release.estimate import Noised
from vstk.release.guarantee import combined, guarantee, sentence, unit
from vstk.release.label_error import rates
from vstk.release.plan import (
    Plan,
    PlannedTable,
    asked,
    check,
    counted,
    plan,
    population_rho,
    sampling_rho,
)
from vstk.release.table_specs import (
    CrossSpec,
    NewValuesSpec,
    Spec,
    TableSpec,
    TreeSpec,
    flags,
    mirroring,
)
from vstk.types import Confusion, LabelledConversation, Table

__all__ = [
    "Confusion",
    "CrossSpec",
    "NewValuesSpec",
    "Plan",
    "PlannedTable",
    "Spec",
    "TableSpec",
    "TreeSpec",
    "check",
    "combined",
    "counted",
    "flags",
    "guarantee",
    "left_out",
    "mirroring",
    "plan",
    "population_rho",
    "release",
    "sampling_rho",
    "sentence",
    "tree",
    "unit",
]


def release(
    conversations: Iterable[LabelledConversation],
    tables: Sequence[Spec],
    privacy: Privacy,
    *,
    reserved: Decimal,
    confusions: Mapping[str, Mapping[str, Confusion]] | None = None,
    errors: Mapping[str, Mapping[str, Confusion]] | None = None,
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
            conversations, where that is known well enough to correct shares.
        errors: the same where it is known less well; intervals hold it.
        sampled: whether only a random part of the log was read, and shares are
            meant for the whole.

    Returns:
        The tables in the policy's order. What was asked and is missing would
        have been wider than `privacy.max_margin_points` (`left_out` names it).

    Raises:
        BudgetExhausted: if less was reserved than the release costs.
    """
    if reserved < privacy.rho:
        raise BudgetExhausted(
            f"This release needs rho = {privacy.rho}; only {reserved} was reserved.",
            remedy="reserve the policy's whole `privacy.rho` in the ledger first.",
        )
    units = bounds.keep_bounded(conversations, privacy)
    cost = population_rho(tables, privacy)
    design = sampling_rho(tables, privacy) if sampled else Decimal(0)
    basis = noisy_tables.CountedUnits(
        units=units,
        privacy=privacy,
        population=_population(units, privacy, cost - design),
        squares=_squares(units, privacy, design) if sampled else None,
    )
    chosen = plan(tables, privacy, conversations=basis.population.value)
    found: list[Table] = []
    for planned, (spec, share) in zip(chosen.tables, asked(tables, privacy), strict=True):
        if planned.published:
            known = noisy_tables.TableLabelError(
                confusions=(confusions or {}).get(spec.name, {}),
                rates=rates((errors or {}).get(spec.name, {})),
            )
            found += noisy_tables.tables(basis, spec, planned.rho, by=share.by, labels=known)
    return tuple(found)


def left_out(published: Iterable[Table], privacy: Privacy) -> tuple[str, ...]:
    """Labels of what the policy asks for and no part of which was exact enough.

    Not `new_values`: where that is missing, nobody brought up enough of the same.
    """
    there = [table.name for table in published]
    return tuple(
        share.label
        for share in privacy.tables
        if share.name != "new_values"
        and not any(name == share.label or name.startswith(f"{share.label}-") for name in there)
    )


def _population(units: Units, privacy: Privacy, rho: Decimal) -> Noised:
    drawn = mechanism.draw(
        [bounds.population(units, privacy)],
        l2=float(QUANTUM * bounds.max_conversations(privacy)),
        rho=rho,
    )
    return Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)


def _squares(units: Units, privacy: Privacy, rho: Decimal) -> Noised:
    most = bounds.max_conversations(privacy)
    drawn = mechanism.draw(
        [bounds.squares(units, privacy)], l2=float(QUANTUM * most * most), rho=rho
    )
    return Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)
