"""From what was asked to what is drawn: one function for each form of table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from vstk.policy import Privacy, Segment
from vstk.release import (
    bounds,
    estimate,
    hierarchy,
    independence,
    mechanism,
    partition_selection,
)
from vstk.release.bounds import QUANTUM, Units
from vstk.release.estimate import Noised
from vstk.release.label_error import Rates
from vstk.release.plan import SEGMENT_PART
from vstk.release.table_specs import (
    CrossSpec,
    NewValuesSpec,
    Spec,
    TableSpec,
    TreeSpec,
    segment_sizes,
    segmented,
)
from vstk.types import Bounds, Confusion, LabelError, Row, Table

DESIGN_PART = Decimal("0.05")
"""Part of a table's budget for how alike a person's conversations are, in a sample."""

NAMES_PART = Decimal("0.5")
"""Part of the budget of new values for finding them; the rest counts them."""

_LEAST_DESIGN = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLabelError:
    """What is known of the labeller's errors in one table, by key; empty for nothing."""

    confusions: Mapping[str, Confusion] = field(default_factory=dict)
    rates: Mapping[str, Rates] = field(default_factory=dict)

    @property
    def error(self) -> LabelError:
        """What the table's intervals make of it."""
        return "corrected" if self.confusions else "in_interval" if self.rates else "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedUnits:
    """What all tables of a release share."""

    units: Units
    privacy: Privacy
    population: Noised
    squares: Noised | None
    """Sum of the squares of what units count for, of a sample; `None` for a whole log."""


def tables(
    counted: CountedUnits, spec: Spec, rho: Decimal, *, by: Segment | None, labels: TableLabelError
) -> Iterator[Table]:
    """Draw what one entry of the policy asks for: a table, or one per level or segment."""
    if isinstance(spec, CrossSpec):
        yield from _cross(counted, spec, rho)
    elif isinstance(spec, TreeSpec):
        yield from _tree(counted, spec, rho)
    elif isinstance(spec, NewValuesSpec):
        yield from _new_values(counted, spec, rho)
    elif by is not None:
        yield from _by_segment(counted, spec, rho, by, labels)
    else:
        yield _plain(counted, spec, rho, labels)


def _plain(counted: CountedUnits, spec: TableSpec, rho: Decimal, labels: TableLabelError) -> Table:
    if counted.squares is None:
        return _table(counted, spec, _draw(counted, spec, rho), rho, labels=labels)
    for_design = _part(rho, DESIGN_PART)
    counts = _draw(counted, spec, rho - for_design)
    design = _design(counted, spec, counts, for_design)
    return _table(counted, spec, counts, rho, labels=labels, design=design)


def _design(
    counted: CountedUnits, spec: TableSpec, counts: Sequence[Noised], rho: Decimal
) -> float:
    """How many times wider a sample of people is than one of conversations: its variance.

    Each person's vector x varies around what their weight w would make of the
    shares p. Summed over rows and people that is sum |x|^2 - |p|^2 sum w^2, if
    shares do not depend on how much a person writes; of independent
    conversations it would be N sum p (1 - p). Rows of a table share one ratio.
    """
    assert counted.squares is not None
    limit = bounds.bound(spec, counted.privacy)
    exact = bounds.squared_lengths(counted.units, spec, limit)
    drawn = mechanism.draw([exact], l2=limit.steps * limit.l2, rho=rho)
    lengths = Noised(drawn.values[0] / QUANTUM, drawn.scale / QUANTUM)
    people = max(counted.population.value, 1.0)
    shares = np.array([count.value for count in counts]) / people
    noise = len(counts) * (counts[0].sigma / people) ** 2
    squared = max(float((shares**2).sum()) - noise, 0.0)
    independent = people * max(float(shares.sum()) - squared, 1 / people)
    spread = lengths.sigma + squared * counted.squares.sigma
    # One standard deviation upwards: a sample that seems worth more than it is would
    # make every interval of the table too narrow.
    ratio = (lengths.value - squared * counted.squares.value + spread) / independent
    return min(max(ratio, _LEAST_DESIGN), _kish(counted, limit))


def _kish(counted: CountedUnits, limit: bounds.Bound) -> float:
    """The same if all conversations of a person were alike, which is the most it can be."""
    assert counted.squares is not None
    if limit.max_conversations == 1:
        return 1.0
    upper = counted.squares.value + counted.squares.sigma
    return min(max(upper / max(counted.population.value, 1.0), 1.0), float(limit.max_conversations))


def _draw(counted: CountedUnits, spec: TableSpec, rho: Decimal) -> list[Noised]:
    limit = bounds.bound(spec, counted.privacy)
    exact = bounds.total(counted.units, spec, limit)
    drawn = mechanism.draw(exact, l2=limit.steps, rho=rho)
    return [Noised(value / QUANTUM, drawn.scale / QUANTUM) for value in drawn.values]


def _table(
    counted: CountedUnits,
    spec: TableSpec,
    counts: Sequence[Noised],
    rho: Decimal,
    *,
    labels: TableLabelError,
    population: Noised | None = None,
    covariances: Sequence[float] | None = None,
    design: float | None = None,
    note: str = "",
) -> Table:
    whole = counted.population if population is None else population
    limit = bounds.bound(spec, counted.privacy)
    effective = None
    if counted.squares is not None:
        effective = max(whole.value, 1.0) / (_kish(counted, limit) if design is None else design)
    rows = []
    shared = [0.0] * len(counts) if covariances is None else covariances
    for key, count, covariance in zip(spec.keys, counts, shared, strict=True):
        found = estimate.share(
            count,
            whole,
            confusion=labels.confusions.get(key.key),
            known=labels.rates.get(key.key),
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
        estimand=_estimand(spec, counted.privacy),
        denominator=whole.value,
        bounds=Bounds(weight=limit.max_conversations, l2=limit.l2),
        mechanism=mechanism.NAME,
        scale=max(count.sigma for count in counts),
        rho=f"{rho:f}",
        rows=tuple(rows),
        label_error=labels.error,
        note=note,
    )


def _by_segment(
    counted: CountedUnits, spec: TableSpec, rho: Decimal, by: Segment, labels: TableLabelError
) -> Iterator[Table]:
    values = counted.privacy.segments[by]
    for_sizes = _part(rho, SEGMENT_PART)
    sizes = _draw(counted, segment_sizes(by, values), for_sizes)
    counts = _draw(counted, segmented(spec, by, values), rho - for_sizes)
    width = len(spec.keys)
    for place, (value, size) in enumerate(zip(values, sizes, strict=True)):
        own = counts[place * width : (place + 1) * width]
        # By noised numbers alone, so that what is missing says nothing more.
        if too_wide(own[0].sigma, size, counted.privacy):
            continue
        yield _table(
            counted,
            replace(
                spec,
                name=f"{spec.name}__{by}-{place + 1}-{_slug(value)}",
                title=f"{spec.title} ({by}: {value})",
            ),
            own,
            rho,
            labels=labels,
            population=size,
            note=f"Drawn as one vector with the other declared values of '{by}', which the "
            "privacy loss stands for together.",
        )


def _cross(counted: CountedUnits, spec: CrossSpec, rho: Decimal) -> Iterator[Table]:
    flat = spec.flat
    counts = _draw(counted, flat, rho)
    sigma = counts[0].sigma
    grid = np.array([count.value for count in counts]).reshape(
        len(spec.rows.keys), len(spec.columns.keys)
    )
    votes = float(grid.sum())
    # As the plan has it, but with the votes that there are: few conversations may have pairs.
    if votes <= 0 or 100 * estimate.Z * sigma * 2**0.5 / votes > counted.privacy.max_margin_points:
        return
    whole = Noised(votes, sigma * len(counts) ** 0.5)
    tested = independence.independence_test(grid, sigma)
    table = _table(
        counted,
        flat,
        counts,
        rho,
        labels=TableLabelError(),
        population=whole,
        covariances=[sigma**2] * len(counts),
        note=f"Association of the table as a whole: p = {tested.p_value:.3f}, noise included. A "
        f"pair is associated at 5 % over all {len(counts)} pairs if its residual is beyond "
        f"{tested.critical:.2f} (Bonferroni). A person counts once here.",
    )
    rows = tuple(
        replace(row, residual=round(float(residual), 4))
        for row, residual in zip(table.rows, tested.residuals.ravel(), strict=True)
    )
    yield replace(table, rows=rows)


def _new_values(counted: CountedUnits, spec: NewValuesSpec, rho: Decimal) -> Iterator[Table]:
    settings = counted.privacy.new_values
    assert settings is not None
    words = {
        unit: _by_keyed_hash(unit, {w for found in conversations for w in spec.project(found)})
        for unit, conversations in counted.units.items()
    }
    for_names = _part(rho, NAMES_PART)
    names = partition_selection.discover(words, spec.words, rho=for_names, delta=settings.delta)
    if names:
        # Counted anew: the weights that found a word are large because it was found.
        table = _plain(counted, spec.found(names), rho - for_names, TableLabelError())
        yield replace(
            table,
            rho=f"{rho:f}",
            note="Words of a public list, named because their noised weight passed a threshold "
            f"that one unit alone passes with probability {settings.delta:f} at most. A word that "
            "is missing was brought up by few, or by nobody.",
        )


def _by_keyed_hash(unit: str, words: set[str]) -> list[str]:
    # The unit's id is a keyed hash, so nobody outside can foresee or arrange the order.
    return sorted(words, key=lambda w: hashlib.blake2b(f"{unit} {w}".encode()).digest())


def _tree(counted: CountedUnits, spec: TreeSpec, rho: Decimal) -> Iterator[Table]:
    limit = bounds.bound(spec.leaves, counted.privacy)
    exact = [np.array(bounds.total(counted.units, spec.leaves, limit), dtype=object)]
    for places, (_, keys) in zip(reversed(spec.places), reversed(spec.levels[:-1]), strict=True):
        above = np.zeros(len(keys), dtype=object)
        # Whole numbers of any size, so that every level is the exact sum of the next.
        np.add.at(above, places, exact[0])
        exact.insert(0, above)
    budget = [_part(rho, Decimal(part) / sum(spec.parts)) for part in spec.parts]
    drawn = [
        mechanism.draw([int(value) for value in level], l2=limit.steps, rho=part)
        for level, part in zip(exact, budget, strict=True)
    ]
    estimates, variances, shared = hierarchy.enforce_consistency(
        spec.places,
        [np.array(level.values, dtype=np.float64) / QUANTUM for level in drawn],
        [(level.scale / QUANTUM) ** 2 for level in drawn],
    )
    votes = Noised(float(estimates[0].sum()), float(variances[0].sum()) ** 0.5)
    for (level, keys), values, variance, covariances, part in zip(
        spec.levels, estimates, variances, shared, budget, strict=True
    ):
        counts = [
            Noised(float(value), float(spread) ** 0.5)
            for value, spread in zip(values, variance, strict=True)
        ]
        if too_wide(max(count.sigma for count in counts), votes, counted.privacy):
            continue
        yield _table(
            counted,
            replace(spec.leaves, name=f"{spec.name}-{level}", level=level, keys=keys),
            counts,
            part,
            labels=TableLabelError(),
            population=votes,
            covariances=[float(covariance) for covariance in covariances],
            note="All levels were drawn apart and then made to add up, each by how exact it is; "
            "the scale is what is left of the noise after that.",
        )


def too_wide(sigma: float, population: Noised, privacy: Privacy) -> bool:
    """Whether a share of one half would be less exact than the policy wants."""
    half = estimate.Z * (sigma**2 + (population.sigma / 2) ** 2) ** 0.5
    return population.value <= 0 or 100 * half / population.value > privacy.max_margin_points


def _part(rho: Decimal, share: Decimal) -> Decimal:
    return (rho * share).quantize(Decimal("1e-12"), rounding=ROUND_FLOOR)


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:24] or "value"


def _estimand(spec: TableSpec, privacy: Privacy) -> str:
    most = bounds.bound(spec, privacy).max_conversations
    if spec.shared:
        what = (
            "Share of votes; each labelled conversation that has any of the rows has one vote, "
            "shared evenly over those that it has"
        )
    elif spec.single:
        what = "Share of labelled conversations that have the row as their label"
    else:
        what = "Share of labelled conversations that have the row among their labels"
    if privacy.unit == "conversation":
        return what + "."
    return (
        f"{what}; a person with more than {most} counts as {most}, spread evenly over what was "
        "read of them."
    )
