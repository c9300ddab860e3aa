"""Draw a release: the one place where labelled conversations become noised tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from vstk.errors import BudgetExhausted, PolicyInvalid
from vstk.release import bounds, mechanism, noisy_tables
from vstk.release.bounds import QUANTUM, ContributionBounds, Units
from vstk.release.estimate import Noised
from vstk.release.label_error import LabelErrors
from vstk.release.noisy_counts import CountedUnits
from vstk.release.plan import Plan, PlannedTable
from vstk.types import LabelledConversation, Table


class Reservation(Protocol):
    """A privacy loss that a ledger has recorded, and that pays for one drawing."""

    def spend(self) -> Decimal:
        """The recorded loss, rho. Raises if it was spent already or is closed."""
        ...


class Declined(Exception):
    """The noised number of conversations allows no release under the policy.

    Args:
        reason: depends on the data through the noised number alone.
        spent: privacy loss, rho, of the noised number.
    """

    def __init__(self, reason: PolicyInvalid, *, spent: Decimal) -> None:
        super().__init__(reason.problem)
        self.reason, self.spent = reason, spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Everything that was drawn for one release, and how."""

    plan: Plan
    """The plan for the noised number of conversations, which decided what was drawn."""

    tables: tuple[Table, ...]
    """The published tables, in the policy's order."""

    population: Noised
    """Number of conversations that shares refer to."""

    population_rho: Decimal
    """Privacy loss of `population` alone."""

    squared_contributions: Noised | None
    """Sum over units of their squared weights, from which the design effect of a sample
    follows; `None` where the whole log was read."""

    design_effect_rho: Decimal
    """Privacy loss of `squared_contributions`; 0 where the whole log was read."""

    @property
    def sampled(self) -> bool:
        """Whether only a random sample of the log was read."""
        return self.squared_contributions is not None

    @property
    def omitted(self) -> tuple[PlannedTable, ...]:
        """Requested tables no part of which was precise enough to be published.

        New values are never among them: if that table is missing, no word was used by
        enough people.
        """
        names = [table.name for table in self.tables]
        return tuple(
            planned
            for planned in self.plan.tables
            if planned.name != "new_values"
            and not any(
                name == planned.name or name.startswith(f"{planned.name}-") for name in names
            )
        )


def draw(
    plan: Plan,
    conversations: Iterable[LabelledConversation],
    *,
    reservation: Reservation,
    label_errors: LabelErrors | None = None,
    sampled: bool = False,
) -> Drawn:
    """Draw every table of the plan that is precise enough for the policy.

    The number of conversations is drawn first. The plan is then made again for that noised
    number and decides which tables are drawn, and whether there is a release.

    Args:
        plan: from `prepare`; its number of conversations is not used.
        conversations: all labelled conversations of the period, in any order.
        reservation: an open reservation of the policy's whole `rho`. It pays once.
        label_errors: what is known of the labeller's errors.
        sampled: whether only a random sample of the log was read. Intervals then include
            the sampling error.

    Raises:
        BudgetExhausted: less was reserved than the release costs.
        Declined: the noised number of conversations is too small for the policy.
    """
    reserved, privacy = reservation.spend(), plan.privacy
    if reserved < privacy.rho:
        raise BudgetExhausted(
            f"This release needs rho = {privacy.rho}; only {reserved} was reserved.",
            remedy="reserve the policy's whole `privacy.rho` in the ledger first.",
        )
    units = bounds.bound_contributions(conversations, plan.bounds)
    design_rho = plan.sampling_rho if sampled else Decimal(0)
    population_rho = plan.population_rho - design_rho
    counted = CountedUnits(
        units=units,
        limits=plan.bounds,
        max_margin_points=privacy.max_margin_points,
        population=_population(units, plan.bounds, population_rho),
        squared_contributions=(
            _squared_contributions(units, plan.bounds, design_rho) if sampled else None
        ),
    )
    decided = plan.for_conversations(counted.population.value)
    try:
        decided.check()
    except PolicyInvalid as reason:
        raise Declined(reason, spent=plan.population_rho) from None
    errors = label_errors or LabelErrors()
    delta = privacy.new_values.delta if privacy.new_values else Decimal(0)
    tables: list[Table] = []
    for planned in decided.tables:
        if planned.published:
            tables += noisy_tables.tables(
                counted,
                planned.requested,
                planned.rho,
                label_errors=errors.of(planned.requested.spec.name),
                delta=delta,
            )
    return Drawn(
        plan=decided,
        tables=tuple(tables),
        population=counted.population,
        population_rho=population_rho,
        squared_contributions=counted.squared_contributions,
        design_effect_rho=design_rho,
    )


def _population(units: Units, limits: ContributionBounds, rho: Decimal) -> Noised:
    drawn = mechanism.draw(
        [bounds.population(units, limits)], l2=float(QUANTUM * limits.max_conversations), rho=rho
    )
    return Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)


def _squared_contributions(units: Units, limits: ContributionBounds, rho: Decimal) -> Noised:
    most = limits.max_conversations
    drawn = mechanism.draw(
        [bounds.squared_contributions(units, limits)], l2=float(QUANTUM * most * most), rho=rho
    )
    return Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)
