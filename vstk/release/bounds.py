"""Contribution bounds: the most that one unit may add to a table.

A unit with n conversations has a total weight of min(n, max_conversations), spread
evenly over all n. Its contribution to a table is a vector of whole numbers, in
`QUANTUM`ths of a conversation, whose L2 norm is at most the bound. The vector
depends on the unit's own conversations alone, so adding or removing the unit
changes the sum over units by exactly that vector.

The numbers are integers because the L2 bound has to hold exactly, and
floating-point sums depend on the order of their terms.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from vstk.policy import Privacy
from vstk.release.table_specs import TableSpec
from vstk.types import LabelledConversation

QUANTUM = 1 << 16
"""Steps per conversation. Rounding down loses less than one step per cell and unit."""

Units = Mapping[str, Sequence[LabelledConversation]]
"""Unit -> the conversations of it that are counted."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that one unit adds to the vector of one table."""

    max_conversations: int
    """Largest total weight of a unit, in conversations."""

    square: Fraction
    """Square of the L2 bound, in conversations squared. Exact; its root is not."""

    @property
    def l2(self) -> float:
        """The L2 bound in conversations, rounded up."""
        return math.nextafter(math.sqrt(self.square), math.inf)

    @property
    def steps(self) -> float:
        """The L2 bound in `QUANTUM`ths, rounded up: what the mechanism is told."""
        return math.nextafter(QUANTUM * math.sqrt(self.square), math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionBounds:
    """How much of each unit is counted: what a policy says of it, in one value."""

    per_conversation: bool
    """Whether each conversation is a unit of its own."""

    max_read: int
    """At most so many conversations of a unit are counted at all."""

    max_conversations: int
    """Largest total weight of a unit, in conversations."""

    l2_clip: Decimal
    """L2 norm to which vectors with several labels per conversation are clipped, as a
    multiple of the total weight."""

    @classmethod
    def of(cls, privacy: Privacy) -> ContributionBounds:
        """The bounds of a policy. A conversation that is its own unit weighs one."""
        alone = privacy.unit == "conversation"
        return cls(
            per_conversation=alone,
            max_read=privacy.max_conversations_read,
            max_conversations=1 if alone else privacy.max_conversations_counted,
            l2_clip=privacy.l2_clip,
        )

    def table(self, spec: TableSpec) -> Bound:
        """The bound of one table.

        Where a conversation has one vote, the L2 norm of a unit's vector is at most its
        total weight. Where it can have several labels, the vector is clipped to the
        policy's `l2_clip`, or to the longest vector that so few keys allow.
        """
        most = min(self.max_conversations, spec.max_conversations or self.max_conversations)
        factor = Fraction(1)
        if not (spec.single or spec.shared):
            factor = min(Fraction(self.l2_clip) ** 2, Fraction(len(spec.keys)))
        return Bound(most, most * most * factor)

    def counted(self, sizes: Mapping[int, int]) -> int:
        """How many conversations count, of units of these sizes.

        Args:
            sizes: conversations of a unit -> how many units have that many.
        """
        if self.per_conversation:
            return sum(size * units for size, units in sizes.items())
        return sum(min(size, self.max_conversations) * units for size, units in sizes.items())


def bound_contributions(
    conversations: Iterable[LabelledConversation], limits: ContributionBounds
) -> Units:
    """Group conversations by unit, and take the first `max_read` of each by keyed hash.

    A conversation that occurs twice is taken once. Sampling applies the same limit before
    labels exist; it is applied again here so that the bound holds whatever was stored.
    """
    units: dict[str, dict[str, LabelledConversation]] = {}
    for conversation in conversations:
        unit = conversation.key if limits.per_conversation else conversation.unit_id
        units.setdefault(unit, {})[conversation.key] = conversation
    return {
        unit: [found[key] for key in sorted(found)[: limits.max_read]]
        for unit, found in units.items()
    }


def unit_vector(
    conversations: Sequence[LabelledConversation], spec: TableSpec, limit: Bound
) -> dict[int, int]:
    """The contribution of one unit: place in the table -> `QUANTUM`ths of a conversation.

    If c(k) of the unit's n conversations have key k, and w = min(n, max_conversations),
    cell k is floor(QUANTUM * w * c(k) / n). A vector longer than the L2 bound is clipped
    to it; rounding down only shortens it further.
    """
    n = len(conversations)
    w = min(n, limit.max_conversations)
    if spec.shared:
        return _shared(conversations, spec, w)
    counts = Counter(cell for conversation in conversations for cell in spec.cells(conversation))
    squares = sum(count * count for count in counts.values())
    p, q = limit.square.numerator, limit.square.denominator
    if w * w * squares * q > p * n * n:
        # floor(QUANTUM * l2 * c / |c|), with the root taken last and exactly.
        return {
            cell: math.isqrt(QUANTUM * QUANTUM * p * count * count // (q * squares))
            for cell, count in counts.items()
        }
    return {cell: QUANTUM * w * count // n for cell, count in counts.items()}


def _shared(
    conversations: Sequence[LabelledConversation], spec: TableSpec, w: int
) -> dict[int, int]:
    # Each conversation has QUANTUM * w / n steps. Together they are the total weight, which
    # bounds the vector's L1 norm, and so the L2 norm of the vector and of any sums of cells.
    vector: Counter[int] = Counter()
    for conversation in conversations:
        cells = spec.cells(conversation)
        for cell in cells:
            vector[cell] += QUANTUM * w // (len(conversations) * len(cells))
    return vector


def total(units: Units, spec: TableSpec, limit: Bound) -> list[int]:
    """The exact vector of a table, in `QUANTUM`ths: one number for every key."""
    summed = [0] * len(spec.keys)
    for conversations in units.values():
        for cell, steps in unit_vector(conversations, spec, limit).items():
            summed[cell] += steps
    return summed


def population(units: Units, limits: ContributionBounds) -> int:
    """The exact number of conversations that shares refer to, in `QUANTUM`ths.

    One unit changes it by at most `limits.max_conversations` conversations.
    """
    return QUANTUM * sum(min(len(found), limits.max_conversations) for found in units.values())


def squared_contributions(units: Units, limits: ContributionBounds) -> int:
    """The exact sum over units of their squared total weights, in `QUANTUM`ths.

    One unit changes it by at most the square of `limits.max_conversations`.
    """
    return QUANTUM * sum(min(len(found), limits.max_conversations) ** 2 for found in units.values())


def squared_lengths(units: Units, spec: TableSpec, limit: Bound) -> int:
    """The exact sum over units of the squared L2 norms of their vectors, in `QUANTUM`ths.

    One unit changes it by at most the square of the L2 bound.
    """
    return sum(
        sum(steps * steps for steps in unit_vector(found, spec, limit).values()) // QUANTUM
        for found in units.values()
    )
