"""What can be published, how exactly and for how much, before it is spent.

The plan looks at the policy and at one number, how many conversations there
are (capped per unit). An audit plans with the noised number, so that which
tables are missing says nothing that the number itself does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy, TableShare
from vstk.release import bounds, estimate, mechanism
from vstk.release.table_specs import CrossSpec, NewValuesSpec, Spec, TableSpec, TreeSpec

SEGMENT_PART = Decimal("0.1")
"""Part of the budget of a table by segment for how large the segments are."""

SAMPLING_PART = Decimal("0.1")
"""Part of that part for how unevenly people are sampled, where a sample is read."""

_LEAST_PART = 0.01

_STEP = Decimal("1e-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """One table of the plan."""

    name: str
    title: str
    keys: int
    rho: Decimal
    """Privacy loss it is to have; 0 if it is left out."""

    sigma: float
    """Standard deviation of the noise on a count, in conversations."""

    points: float
    """Half-width of the 95 % interval of a share of one half, in points."""

    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The tables in the policy's order, and what the whole costs."""

    conversations: float
    population_rho: Decimal
    tables: tuple[PlannedTable, ...]

    @property
    def rho(self) -> Decimal:
        """Privacy loss of everything in the plan; at most the policy's."""
        return self.population_rho + sum((table.rho for table in self.tables), Decimal(0))

    @property
    def about(self) -> str:
        """The conversations in two digits: messages and mail of a cron job may travel."""
        return f"{float(f'{self.conversations:.2g}'):,.0f}"


def asked(specs: Sequence[Spec], privacy: Privacy) -> list[tuple[Spec, TableShare]]:
    """What the policy asks for, in its order.

    Raises:
        PolicyInvalid: if it asks for a table that there is not, or for one by
            segment that has none.
    """
    by_name = {spec.name: spec for spec in specs}
    for share in privacy.tables:
        if share.name not in by_name:
            raise PolicyInvalid(
                f"The policy asks for the table '{share.name}', which this audit does not have.",
                remedy="take it out of `privacy.tables`; there are: " + ", ".join(by_name) + ".",
            )
        if share.by is not None and not isinstance(by_name[share.name], TableSpec):
            raise PolicyInvalid(
                f"The table '{share.name}' cannot be published by {share.by}.",
                remedy="take `by` out: cross tables and trees have two dimensions already.",
            )
    return [(by_name[share.name], share) for share in privacy.tables]


def population_rho(specs: Sequence[Spec], privacy: Privacy) -> Decimal:
    """Privacy loss of the number of conversations that shares refer to.

    Its noise enters a share p as p times itself, so large shares need it more
    exact than small ones. The part f of the budget is the one that makes the
    sum of the variances smallest, over tables i of part w(i) of the rest:

        sum of 1 / ((1 - f) w(i)) + p(i)^2 / f

    with p^2 = 1 / (K + 3) for a table of K rows: shares are smaller where there
    are more of them, and one of a single row may be a half. Cross tables and
    trees are shares of their own votes and have no part in it.
    """
    shares = asked(specs, privacy)
    whole = sum(share.budget_share for _, share in shares)
    own = sum(whole / share.budget_share for _, share in shares)
    common = sum(1 / (len(s.keys) + 3) for s, _ in shares if isinstance(s, TableSpec))
    ratio = math.sqrt(common / own)
    part = Decimal(max(ratio / (1 + ratio), _LEAST_PART)).quantize(Decimal("0.001"))
    return _floor(privacy.rho * part)


def sampling_rho(specs: Sequence[Spec], privacy: Privacy) -> Decimal:
    """Privacy loss of the sample's design effect, out of `population_rho`."""
    return _floor(population_rho(specs, privacy) * SAMPLING_PART)


def plan(specs: Sequence[Spec], privacy: Privacy, *, conversations: float) -> Plan:
    """Decide which of the policy's tables are worth publishing.

    The widest table over the policy's limit is left out, and its part of the
    budget goes to the others, until all that remain are within the limit.

    Args:
        specs: the tables there are; the policy's list decides which are asked.
        conversations: how many conversations there are, each unit counting for
            at most `privacy.max_conversations_counted`.
    """
    weights = {share.label: share.budget_share for share in privacy.tables}
    wanted = asked(specs, privacy)
    rest = privacy.rho - population_rho(specs, privacy)
    before = _split(rest, weights)
    kept = list(weights)
    while True:
        budget = _split(rest, {label: weights[label] for label in kept})
        planned = [
            _planned(
                spec,
                share,
                budget.get(share.label),
                before[share.label],
                privacy,
                conversations,
                privacy.rho - rest,
            )
            for spec, share in wanted
        ]
        wide = [t for t in planned if t.published and t.points > privacy.max_margin_points]
        if not wide:
            break
        kept.remove(max(wide, key=lambda table: table.points).name)
    return Plan(
        conversations=conversations, population_rho=privacy.rho - rest, tables=tuple(planned)
    )


def counted(sizes: Mapping[int, int], privacy: Privacy) -> int:
    """How many conversations count, of units that have so many each.

    Args:
        sizes: conversations of a unit -> how many units have so many.
    """
    if privacy.unit == "conversation":
        return sum(size * units for size, units in sizes.items())
    return sum(
        min(size, privacy.max_conversations_counted) * units for size, units in sizes.items()
    )


def check(planned: Plan, privacy: Privacy) -> None:
    """Stop where the plan cannot be what the policy wants, before anything is spent.

    Looks at exact numbers where it is given them: that an audit stopped is for
    its operator, and a release that there is was planned with the noised one.

    Raises:
        PolicyInvalid: a table would be wider than the policy's limit, and it
            says `stop`; or all would be.
    """
    wide = [table.title for table in planned.tables if not table.published]
    all_of_them = len(wide) == len(planned.tables)
    if not wide or (privacy.on_wide_table == "omit" and not all_of_them):
        return
    raise PolicyInvalid(
        f"With about {planned.about} conversations that count, "
        + (f"all {len(wide)} tables" if all_of_them else f"{len(wide)} of {len(planned.tables)}")
        + f" would be wider than {privacy.max_margin_points:f} points to either side"
        + ("." if all_of_them else f": {'; '.join(wide)}."),
        remedy="audit more people or a longer period, or change the policy: a larger "
        "`privacy.rho` or `privacy.max_margin_points`"
        + (
            "."
            if all_of_them
            else ", fewer `privacy.tables`, or `privacy.on_wide_table: omit` to publish the "
            "others alone."
        )
        + " Nothing was spent.",
    )


def _split(rest: Decimal, weights: dict[str, int]) -> dict[str, Decimal]:
    whole = sum(weights.values())
    return {name: _floor(rest * weight / whole) for name, weight in weights.items()}


def _planned(
    spec: Spec,
    share: TableShare,
    rho: Decimal | None,
    before: Decimal,
    privacy: Privacy,
    conversations: float,
    for_population: Decimal,
) -> PlannedTable:
    # A table that is left out is shown with the interval it would have had.
    keys, limit, part, among = _shape(spec, share, privacy, conversations)
    sigma = mechanism.gaussian_scale(_floor((rho or before) * part), l2=limit.l2)
    most = mechanism.gaussian_scale(for_population, l2=float(bounds.max_conversations(privacy)))
    half = math.inf
    if conversations > 0:
        # The sum of a table's own votes is noised by sigma for every row: as much as one
        # row is, once it is multiplied by a share of 1 / sqrt(rows).
        of_all = isinstance(spec, (TableSpec, NewValuesSpec))
        denominator = most / conversations if of_all else 2 * sigma / among
        half = estimate.Z * math.hypot(sigma / among, denominator / 2)
    return PlannedTable(
        name=share.label,
        title=spec.title,
        keys=keys,
        rho=rho or Decimal(0),
        sigma=sigma,
        points=100 * half,
        published=rho is not None,
    )


def _shape(
    spec: Spec, share: TableShare, privacy: Privacy, conversations: float
) -> tuple[int, bounds.Bound, Decimal, float]:
    """Number of rows, bound, part of the budget and denominator of the first vector."""
    if isinstance(spec, CrossSpec):
        limit = bounds.bound(spec.flat, privacy)
        # Every unit counts once: no fewer than if all had the full weight.
        people = conversations * limit.max_conversations / bounds.max_conversations(privacy)
        return len(spec.flat.keys), limit, Decimal(1), people
    if isinstance(spec, TreeSpec):
        limit = bounds.bound(spec.leaves, privacy)
        rows = sum(len(keys) for _, keys in spec.levels)
        return rows, limit, Decimal(spec.parts[0]) / sum(spec.parts), conversations
    if isinstance(spec, NewValuesSpec):
        # How many words will be found is not known; several, so that the clip counts.
        some = spec.found(tuple(sorted(spec.words)[:100]))
        return len(spec.words), bounds.bound(some, privacy), Decimal("0.5"), conversations
    limit = bounds.bound(spec, privacy)
    if share.by is not None:
        values = len(privacy.segments[share.by])
        part = 1 - SEGMENT_PART
        return len(spec.keys) * values, limit, part, conversations / values
    return len(spec.keys), limit, Decimal(1), conversations


def _floor(amount: Decimal) -> Decimal:
    return amount.quantize(_STEP, rounding=ROUND_FLOOR)
