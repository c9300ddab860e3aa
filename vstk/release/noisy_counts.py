"""The counts of a release: exact sums, noised, as the rows of a table.

All tables of a release are made of the same units and refer to the same noised number
of conversations, which `CountedUnits` holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from vstk.release import bounds, estimate, mechanism
from vstk.release.bounds import QUANTUM, Bound, ContributionBounds, Units
from vstk.release.estimate import Noised
from vstk.release.label_error import TableLabelErrors
from vstk.release.table_specs import TableSpec
from vstk.types import Bounds, Row, Table

_LEAST_DESIGN_EFFECT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedUnits:
    """What all tables of a release share."""

    units: Units
    limits: ContributionBounds
    max_margin_points: Decimal
    """Widest margin that a table may be published with, in percentage points."""

    population: Noised
    """Number of conversations that shares refer to."""

    squared_contributions: Noised | None
    """Sum over units of their squared weights, from which the design effect of a sample
    follows; `None` where the whole log was read."""

    def too_wide(self, sigma: float, denominator: Noised) -> bool:
        """Whether the margin of a share of one half exceeds the policy's limit."""
        half = estimate.Z * (sigma**2 + (denominator.sigma / 2) ** 2) ** 0.5
        return denominator.value <= 0 or 100 * half / denominator.value > self.max_margin_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Noised counts of one table, row by row, and what their shares refer to."""

    rows: Sequence[Noised]
    denominator: Noised | None = None
    """`None` for the number of conversations of the whole release."""

    covariances: Sequence[float] = ()
    """Covariance of each row's noise with the denominator's; empty where there is none."""

    design_effect: float | None = None
    """Design effect measured for this table; `None` for the largest possible one."""

    label_errors: TableLabelErrors = field(default_factory=TableLabelErrors)


def noised(counted: CountedUnits, spec: TableSpec, rho: Decimal) -> list[Noised]:
    """Draw the vector of one table: a noised count for each of its keys."""
    limit = counted.limits.table(spec)
    exact = bounds.total(counted.units, spec, limit)
    drawn = mechanism.draw(exact, l2=limit.steps, rho=rho)
    return [Noised(value / QUANTUM, drawn.scale / QUANTUM) for value in drawn.values]


def design_effect(
    counted: CountedUnits, spec: TableSpec, counts: Sequence[Noised], rho: Decimal
) -> float:
    """Draw the design effect of one table: variance of this sample of people, over that of
    a sample of as many independent conversations.

    Each person's vector x varies around their total weight w times the shares p. Over
    rows and people that variance is sum |x|^2 - |p|^2 sum w^2, if shares do not depend on
    how much a person writes; for independent conversations it would be N sum p (1 - p).
    All rows of a table have the same design effect.
    """
    assert counted.squared_contributions is not None
    limit = counted.limits.table(spec)
    exact = bounds.squared_lengths(counted.units, spec, limit)
    drawn = mechanism.draw([exact], l2=limit.steps * limit.l2, rho=rho)
    lengths = Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)
    people = max(counted.population.value, 1.0)
    shares = np.array([count.value for count in counts]) / people
    noise = len(counts) * (counts[0].sigma / people) ** 2
    squared = max(float((shares**2).sum()) - noise, 0.0)
    independent = people * max(float(shares.sum()) - squared, 1 / people)
    spread = lengths.sigma + squared * counted.squared_contributions.sigma
    # One standard deviation upwards: a design effect that is too small would make every
    # interval of the table too narrow.
    excess = lengths.value - squared * counted.squared_contributions.value + spread
    return min(
        max(excess / independent, _LEAST_DESIGN_EFFECT), _largest_design_effect(counted, limit)
    )


def _largest_design_effect(counted: CountedUnits, limit: Bound) -> float:
    """The design effect if all conversations of a person had the same labels.

    Source:
        Kish (1965), Survey Sampling: sum w^2 / sum w, for weights w.
    """
    assert counted.squared_contributions is not None
    if limit.max_conversations == 1:
        return 1.0
    upper = counted.squared_contributions.value + counted.squared_contributions.sigma
    return min(max(upper / max(counted.population.value, 1.0), 1.0), float(limit.max_conversations))


def table(
    counted: CountedUnits, spec: TableSpec, counts: Counts, rho: Decimal, *, note: str = ""
) -> Table:
    """Noised counts as a table of shares with their intervals."""
    whole = counts.denominator or counted.population
    limit = counted.limits.table(spec)
    effective = None
    if counted.squared_contributions is not None:
        effect = counts.design_effect
        effect = _largest_design_effect(counted, limit) if effect is None else effect
        effective = max(whole.value, 1.0) / effect
    errors = counts.label_errors
    rows = []
    covariances = counts.covariances or [0.0] * len(counts.rows)
    for key, count, covariance in zip(spec.keys, counts.rows, covariances, strict=True):
        found = estimate.share(
            count,
            whole,
            confusion=errors.confusions.get(key.key),
            known=errors.rates.get(key.key),
            effective=effective,
            covariance=covariance,
        )
        rows.append(
            Row(
                key=key.key,
                title=key.title,
                count=count.value,
                share=found.share,
                low=found.low,
                high=found.high,
                found_low=found.found_low,
                found_high=found.found_high,
                corrected=found.corrected,
            )
        )
    return Table(
        name=spec.name,
        title=spec.title,
        level=spec.level,
        estimand=_estimand(spec, limit, per_conversation=counted.limits.per_conversation),
        denominator=whole.value,
        bounds=Bounds(weight=limit.max_conversations, l2=limit.l2),
        mechanism=mechanism.NAME,
        scale=max(count.sigma for count in counts.rows),
        rho=f"{rho:f}",
        rows=tuple(rows),
        label_error=errors.state,
        note=note,
    )


def _estimand(spec: TableSpec, limit: Bound, *, per_conversation: bool) -> str:
    if spec.shared:
        what = (
            "Share of votes; each labelled conversation that has any of the rows has one vote, "
            "split evenly over the rows it has"
        )
    elif spec.single:
        what = "Share of labelled conversations that have the row as their label"
    else:
        what = "Share of labelled conversations that have the row among their labels"
    if per_conversation:
        return what + "."
    most = limit.max_conversations
    weight = "one conversation's" if most == 1 else f"{most} conversations'"
    return (
        f"{what}; each person contributes at most {weight} worth of weight, spread evenly over "
        "their audited conversations."
    )
