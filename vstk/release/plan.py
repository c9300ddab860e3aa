"""What can be published, how exactly and for how much, before it is spent.

The plan looks at the policy and at one number, how many conversations there
are (capped per unit). An audit plans with the noised number, so that which
tables are missing says nothing that the number itself does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy
from vstk.release import bounds, estimate, mechanism
from vstk.release.tables import TableSpec

POPULATION_PART = Decimal("0.1")
"""Part of the budget for the number of conversations that all shares refer to.

Its noise enters a share p as p times itself. With eight tables a tenth widens
the interval of a share of one half by an eighth, and of one tenth by nothing
that shows; less would cost large shares more than it gives to small ones.
"""

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


def asked(specs: Sequence[TableSpec], privacy: Privacy) -> list[TableSpec]:
    """The tables that the policy asks for, in its order.

    Raises:
        PolicyInvalid: if it asks for one that there is not.
    """
    by_name = {spec.name: spec for spec in specs}
    for share in privacy.tables:
        if share.name not in by_name:
            raise PolicyInvalid(
                f"The policy asks for the table '{share.name}', which this audit does not have.",
                remedy="take it out of `privacy.tables`; there are: " + ", ".join(by_name) + ".",
            )
    return [by_name[share.name] for share in privacy.tables]


def population_rho(privacy: Privacy) -> Decimal:
    """Privacy loss of the number of conversations."""
    return _floor(privacy.rho * POPULATION_PART)


def plan(specs: Sequence[TableSpec], privacy: Privacy, *, conversations: float) -> Plan:
    """Decide which of the policy's tables are worth publishing.

    The widest table over the policy's limit is left out, and its part of the
    budget goes to the others, until all that remain are within the limit.

    Args:
        specs: the tables there are; the policy's list decides which are asked.
        conversations: how many conversations there are, each unit counting for
            at most `privacy.weight`.
    """
    weights = {share.name: share.weight for share in privacy.tables}
    specs = asked(specs, privacy)
    before = _split(privacy, weights)
    kept = list(weights)
    while True:
        budget = _split(privacy, {name: weights[name] for name in kept})
        planned = [
            _planned(spec, budget.get(spec.name), before[spec.name], privacy, conversations)
            for spec in specs
        ]
        wide = [t for t in planned if t.published and t.points > privacy.max_halfwidth]
        if not wide:
            break
        kept.remove(max(wide, key=lambda table: table.points).name)
    return Plan(
        conversations=conversations, population_rho=population_rho(privacy), tables=tuple(planned)
    )


def _split(privacy: Privacy, weights: dict[str, int]) -> dict[str, Decimal]:
    rest = privacy.rho - population_rho(privacy)
    whole = sum(weights.values())
    return {name: _floor(rest * weight / whole) for name, weight in weights.items()}


def _planned(
    spec: TableSpec,
    rho: Decimal | None,
    before: Decimal,
    privacy: Privacy,
    conversations: float,
) -> PlannedTable:
    # A table that is left out is shown with the interval it would have had.
    limit = bounds.bound(spec, privacy)
    sigma = mechanism.gaussian_scale(rho or before, l2=limit.l2)
    most = mechanism.gaussian_scale(population_rho(privacy), l2=float(limit.weight))
    half = math.inf
    if conversations > 0:
        half = estimate.Z * math.hypot(sigma, most / 2) / conversations
    return PlannedTable(
        name=spec.name,
        title=spec.title,
        keys=len(spec.keys),
        rho=rho or Decimal(0),
        sigma=sigma,
        points=100 * half,
        published=rho is not None,
    )


def _floor(amount: Decimal) -> Decimal:
    return amount.quantize(_STEP, rounding=ROUND_FLOOR)
