"""What can be published, how precisely and at what privacy loss, before any of it is spent.

A plan depends on the policy and on one number, how many conversations count. Before an
audit labels, that number is exact and the plan is for the operator's screen alone. What is
published, and whether there is a release at all, is decided by the plan for the noised
number, so that a missing table or release reveals nothing that the noised number does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy
from vstk.release import estimate, mechanism
from vstk.release.bounds import Bound, ContributionBounds
from vstk.release.requested import RequestedTable, requested_tables
from vstk.release.table_specs import CrossSpec, NewValuesSpec, Spec, TableSpec, TreeSpec

SEGMENT_PART = Decimal("0.1")
"""Part of the budget of a table by segment that measures how large the segments are."""

DISCOVERY_PART = Decimal("0.5")
"""Part of the budget of new values that finds them; the rest counts them."""

SAMPLING_PART = Decimal("0.1")
"""Part of `population_rho` that measures the design effect, where a sample was read."""

_LEAST_PART = 0.01

_STEP = Decimal("1e-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """One table of a plan."""

    requested: RequestedTable
    keys: int
    """Number of rows."""

    rho: Decimal
    """Privacy loss that the table will have; 0 if it is omitted."""

    sigma: float
    """Standard deviation of the noise on a count, in conversations."""

    points: float
    """Half-width of the 95 % interval of a share of one half, in percentage points. For an
    omitted table: the half-width that it would have had."""

    published: bool

    @property
    def name(self) -> str:
        """Name of the policy's entry."""
        return self.requested.label

    @property
    def title(self) -> str:
        """What the table is called for people."""
        return self.requested.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The tables that a policy requests, in its order, each with its privacy loss."""

    privacy: Privacy
    bounds: ContributionBounds
    conversations: float
    """How many conversations count: exact before labelling, noised when drawn."""

    population_rho: Decimal
    """Privacy loss of the number of conversations. In a sample `sampling_rho` is a part of
    it and measures the design effect."""

    sampling_rho: Decimal
    requested: tuple[RequestedTable, ...]
    tables: tuple[PlannedTable, ...]

    @property
    def rho(self) -> Decimal:
        """Privacy loss of everything in the plan; at most the policy's."""
        return self.population_rho + sum((table.rho for table in self.tables), Decimal(0))

    @property
    def rounded_conversations(self) -> str:
        """The conversations in two digits, because messages of a cron job may be mailed."""
        return f"{float(f'{self.conversations:.2g}'):,.0f}"

    def for_conversations(self, conversations: float) -> Plan:
        """The plan for another number of conversations, such as the noised one."""
        return _plan(self.requested, self.privacy, self.population_rho, conversations)

    def check(self) -> None:
        """Refuse a plan that does not meet its policy.

        A release may depend on this check only if the plan is for the noised number of
        conversations.

        Raises:
            PolicyInvalid: a margin would exceed the policy's limit, and the policy says
                `stop`; or the margins of all tables would.
        """
        wide = [table.title for table in self.tables if not table.published]
        all_wide = len(wide) == len(self.tables)
        if not wide or (self.privacy.on_wide_table == "omit" and not all_wide):
            return
        subject = f"all {len(wide)} tables" if all_wide else f"{len(wide)} of {len(self.tables)}"
        raise PolicyInvalid(
            f"With about {self.rounded_conversations} conversations that count, {subject} "
            f"would be wider than {self.privacy.max_margin_points:f} points to either side"
            + ("." if all_wide else f": {'; '.join(wide)}."),
            remedy="audit more people or a longer period, or change the policy: a larger "
            "`privacy.rho` or `privacy.max_margin_points`"
            + (
                "."
                if all_wide
                else ", fewer `privacy.tables`, or `privacy.on_wide_table: omit` to publish only "
                "the others."
            ),
        )


def prepare(specs: Sequence[Spec], privacy: Privacy, *, conversations: float) -> Plan:
    """Decide which of the policy's tables can be published, and what each may cost.

    The table with the widest margin over the policy's limit is omitted and its part of the
    budget goes to the others, until all remaining tables are within the limit.

    Args:
        specs: the tables that exist; the policy's list decides which are requested.
        privacy: the policy's section on privacy.
        conversations: how many conversations count (`ContributionBounds.counted`).

    Raises:
        PolicyInvalid: the policy requests a table that does not exist, or one by segment
            that cannot be published by segment.
    """
    requested = requested_tables(specs, privacy)
    return _plan(requested, privacy, _population_rho(requested, privacy.rho), conversations)


def _population_rho(requested: Sequence[RequestedTable], rho: Decimal) -> Decimal:
    """Privacy loss of the number of conversations that shares refer to.

    Its noise enters a share p in proportion to p, so large shares need it more
    precise than small ones. The part f of the budget minimises the sum of the
    variances over tables i, where table i gets the part w(i) of the rest:

        sum of 1 / ((1 - f) w(i)) + p(i)^2 / f

    with p^2 = 1 / (K + 3) for a table of K rows: shares are smaller where there are more
    rows, and a single row may have a share of a half. Cross tables and trees are shares
    of their own votes, and do not enter.
    """
    whole = sum(table.budget_share for table in requested)
    own = sum(whole / table.budget_share for table in requested)
    plain = [table.spec for table in requested if isinstance(table.spec, TableSpec)]
    ratio = math.sqrt(sum(1 / (len(spec.keys) + 3) for spec in plain) / own)
    part = Decimal(max(ratio / (1 + ratio), _LEAST_PART)).quantize(Decimal("0.001"))
    return floor_rho(rho * part)


def _plan(
    requested: tuple[RequestedTable, ...],
    privacy: Privacy,
    population_rho: Decimal,
    conversations: float,
) -> Plan:
    limits = ContributionBounds.of(privacy)
    shares = {table.label: table.budget_share for table in requested}
    rest = privacy.rho - population_rho
    of_all = _split(rest, shares)
    population_sigma = mechanism.gaussian_scale(population_rho, l2=float(limits.max_conversations))
    kept = list(shares)
    while True:
        budget = _split(rest, {label: shares[label] for label in kept})
        planned = tuple(
            _planned(
                table,
                rho=budget.get(table.label),
                rho_of_all=of_all[table.label],
                limits=limits,
                conversations=conversations,
                population_sigma=population_sigma,
            )
            for table in requested
        )
        wide = [t for t in planned if t.published and t.points > privacy.max_margin_points]
        if not wide:
            break
        kept.remove(max(wide, key=lambda table: table.points).name)
    return Plan(
        privacy=privacy,
        bounds=limits,
        conversations=conversations,
        population_rho=population_rho,
        sampling_rho=floor_rho(population_rho * SAMPLING_PART),
        requested=requested,
        tables=planned,
    )


def _split(rest: Decimal, shares: Mapping[str, int]) -> dict[str, Decimal]:
    whole = sum(shares.values())
    return {name: floor_rho(rest * share / whole) for name, share in shares.items()}


def _planned(
    requested: RequestedTable,
    *,
    rho: Decimal | None,
    rho_of_all: Decimal,
    limits: ContributionBounds,
    conversations: float,
    population_sigma: float,
) -> PlannedTable:
    # An omitted table (`rho` is None) is shown with the margin it would have had among all.
    shape = _shape(requested, limits, conversations)
    sigma = mechanism.gaussian_scale(floor_rho((rho or rho_of_all) * shape.part), l2=shape.bound.l2)
    half = math.inf
    if conversations > 0:
        # The sum of a table's own votes has the noise of all its rows; multiplied by a share
        # of 1 / sqrt(rows) that is the noise of one row.
        of_population = isinstance(requested.spec, (TableSpec, NewValuesSpec))
        own = 2 * sigma / shape.denominator
        denominator = population_sigma / conversations if of_population else own
        half = estimate.Z * math.hypot(sigma / shape.denominator, denominator / 2)
    return PlannedTable(
        requested=requested,
        keys=shape.rows,
        rho=rho or Decimal(0),
        sigma=sigma,
        points=100 * half,
        published=rho is not None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What decides how precise a table is: of its first vector, where it has several."""

    rows: int
    bound: Bound
    part: Decimal
    """Part of the table's budget that the vector gets."""

    denominator: float
    """Conversations that its shares refer to."""


def _shape(table: RequestedTable, limits: ContributionBounds, conversations: float) -> _Shape:
    spec, rows, part, denominator = table.spec, 0, Decimal(1), conversations
    if isinstance(spec, CrossSpec):
        bound, rows = limits.table(spec.flat), len(spec.flat.keys)
        # Every unit counts once: no fewer than if all had the largest weight.
        denominator = conversations * bound.max_conversations / limits.max_conversations
    elif isinstance(spec, TreeSpec):
        bound, rows = limits.table(spec.leaves), sum(len(keys) for _, keys in spec.levels)
        part = Decimal(spec.parts[0]) / sum(spec.parts)
    elif isinstance(spec, NewValuesSpec):
        # How many words will be found is not known: assume enough that vectors are clipped.
        some = spec.found(tuple(sorted(spec.words)[:100]))
        bound, rows, part = limits.table(some), len(spec.words), 1 - DISCOVERY_PART
    else:
        bound, rows = limits.table(spec), len(spec.keys)
        if table.by is not None:
            rows *= len(table.segment_values)
            part = 1 - SEGMENT_PART
            denominator = conversations / len(table.segment_values)
    return _Shape(rows=rows, bound=bound, part=part, denominator=denominator)


def floor_rho(amount: Decimal) -> Decimal:
    """An amount of privacy loss, rounded down to the ledger's smallest unit."""
    return amount.quantize(_STEP, rounding=ROUND_FLOOR)
