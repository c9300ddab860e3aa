"""From a planned table to noised tables: one function for each form of table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from vstk.release import bounds, estimate, hierarchy, independence, mechanism, partition_selection
from vstk.release.bounds import QUANTUM
from vstk.release.estimate import Noised
from vstk.release.label_error import TableLabelErrors
from vstk.release.noisy_counts import CountedUnits, Counts, design_effect, noised, table
from vstk.release.plan import DISCOVERY_PART, SEGMENT_PART, floor_rho
from vstk.release.requested import RequestedTable
from vstk.release.table_specs import (
    CrossSpec,
    NewValuesSpec,
    TableSpec,
    TreeSpec,
    segment_sizes,
    segmented,
)
from vstk.types import Table

DESIGN_PART = Decimal("0.05")
"""Part of a table's budget that measures its design effect, where a sample was read."""


def tables(
    counted: CountedUnits,
    requested: RequestedTable,
    rho: Decimal,
    *,
    label_errors: TableLabelErrors,
    delta: Decimal,
) -> Iterator[Table]:
    """Draw one entry of the policy: a table, or one for each level or segment.

    Args:
        counted: what all tables of the release share.
        requested: the entry.
        rho: privacy loss of the entry as a whole.
        label_errors: what is known of the labeller's errors in this table.
        delta: of finding new values; other tables do not use it.
    """
    spec = requested.spec
    if isinstance(spec, CrossSpec):
        yield from _cross(counted, spec, rho)
    elif isinstance(spec, TreeSpec):
        yield from _tree(counted, spec, rho)
    elif isinstance(spec, NewValuesSpec):
        yield from _new_values(counted, spec, rho, delta)
    elif requested.by is not None:
        yield from _by_segment(counted, spec, requested, rho, label_errors)
    else:
        yield _plain(counted, spec, rho, label_errors)


def _plain(
    counted: CountedUnits, spec: TableSpec, rho: Decimal, label_errors: TableLabelErrors
) -> Table:
    if counted.squared_contributions is None:
        counts = Counts(rows=noised(counted, spec, rho), label_errors=label_errors)
        return table(counted, spec, counts, rho)
    design_rho = floor_rho(rho * DESIGN_PART)
    rows = noised(counted, spec, rho - design_rho)
    effect = design_effect(counted, spec, rows, design_rho)
    counts = Counts(rows=rows, design_effect=effect, label_errors=label_errors)
    return table(counted, spec, counts, rho)


def _by_segment(
    counted: CountedUnits,
    spec: TableSpec,
    requested: RequestedTable,
    rho: Decimal,
    label_errors: TableLabelErrors,
) -> Iterator[Table]:
    by, values = requested.by, requested.segment_values
    assert by is not None
    sizes_rho = floor_rho(rho * SEGMENT_PART)
    sizes = noised(counted, segment_sizes(by, values), sizes_rho)
    counts = noised(counted, segmented(spec, by, values), rho - sizes_rho)
    width = len(spec.keys)
    for place, (value, size) in enumerate(zip(values, sizes, strict=True)):
        own = counts[place * width : (place + 1) * width]
        # Decided by noised numbers alone, so that a missing segment reveals nothing else.
        if counted.too_wide(own[0].sigma, size):
            continue
        yield table(
            counted,
            replace(
                spec,
                name=f"{spec.name}__{by}-{place + 1}-{_slug(value)}",
                title=f"{spec.title} ({by}: {value})",
            ),
            Counts(rows=own, denominator=size, label_errors=label_errors),
            rho,
            note=f"Drawn as one vector with the other declared values of '{by}'; the privacy "
            "loss is that of all of them together.",
        )


def _cross(counted: CountedUnits, spec: CrossSpec, rho: Decimal) -> Iterator[Table]:
    flat = spec.flat
    counts = noised(counted, flat, rho)
    sigma = counts[0].sigma
    grid = np.array([count.value for count in counts]).reshape(
        len(spec.rows.keys), len(spec.columns.keys)
    )
    votes = float(grid.sum())
    # The plan's rule with the votes that there are: few conversations may have pairs.
    if votes <= 0 or 100 * estimate.Z * sigma * 2**0.5 / votes > counted.max_margin_points:
        return
    tested = independence.independence_test(grid, sigma)
    found = table(
        counted,
        flat,
        Counts(
            rows=counts,
            denominator=Noised(votes, sigma * len(counts) ** 0.5),
            covariances=[sigma**2] * len(counts),
        ),
        rho,
        note=f"Test of independence of the whole table, noise included: p = {tested.p_value:.3f}. "
        f"A pair is associated at 5 % over all {len(counts)} pairs if its residual exceeds "
        f"{tested.critical:.2f} in absolute value (Bonferroni). Each person counts once here.",
    )
    rows = tuple(
        replace(row, residual=round(float(residual), 4))
        for row, residual in zip(found.rows, tested.residuals.ravel(), strict=True)
    )
    yield replace(found, rows=rows)


def _new_values(
    counted: CountedUnits, spec: NewValuesSpec, rho: Decimal, delta: Decimal
) -> Iterator[Table]:
    words = {
        unit: _by_keyed_hash(unit, {w for found in conversations for w in spec.project(found)})
        for unit, conversations in counted.units.items()
    }
    discovery_rho = floor_rho(rho * DISCOVERY_PART)
    names = partition_selection.discover(words, spec.words, rho=discovery_rho, delta=delta)
    if names:
        # Counted anew: the weights that found a word are large because it was found.
        counts = _plain(counted, spec.found(names), rho - discovery_rho, TableLabelErrors())
        yield replace(
            counts,
            rho=f"{rho:f}",
            note="Words of a public list, published because their noised weight passed a "
            "threshold. The probability that a word used by only one unit passes it is at most "
            f"{delta:f}. A word that is missing was used by few people, or by nobody.",
        )


def _by_keyed_hash(unit: str, words: set[str]) -> list[str]:
    # The unit's id is a keyed hash, so nobody outside can predict or arrange the order.
    return sorted(words, key=lambda w: hashlib.blake2b(f"{unit} {w}".encode()).digest())


def _tree(counted: CountedUnits, spec: TreeSpec, rho: Decimal) -> Iterator[Table]:
    limit = counted.limits.table(spec.leaves)
    exact = [np.array(bounds.total(counted.units, spec.leaves, limit), dtype=object)]
    for places, (_, keys) in zip(reversed(spec.places), reversed(spec.levels[:-1]), strict=True):
        above = np.zeros(len(keys), dtype=object)
        # Integers of any size, so that every level is the exact sum of the next.
        np.add.at(above, places, exact[0])
        exact.insert(0, above)
    budget = [floor_rho(rho * (Decimal(part) / sum(spec.parts))) for part in spec.parts]
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
        if counted.too_wide(max(count.sigma for count in counts), votes):
            continue
        yield table(
            counted,
            replace(spec.leaves, name=f"{spec.name}-{level}", level=level, keys=keys),
            Counts(
                rows=counts,
                denominator=votes,
                covariances=[float(covariance) for covariance in covariances],
            ),
            part,
            note="Each level was drawn with noise of its own; least squares then made the levels "
            "add up, weighting each by its precision. The scale is the noise that remains.",
        )


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:24] or "value"
