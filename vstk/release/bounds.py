"""Contribution bounds: what one unit may add to a table.

A unit with n conversations counts for min(n, max_conversations) of them, shared evenly
over all it has, so that nothing has to be chosen and nothing is thrown away.
The result is a vector of whole numbers, in `QUANTUM`ths of a conversation,
whose length is at most the bound. All of it is a function of the unit's own
conversations: the sum over units changes by at most that vector when the unit
comes or goes.

Whole numbers on purpose. The L2 bound has to hold exactly, and floating-point
sums depend on their order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vstk.policy import Privacy
from vstk.release.table_specs import TableSpec
from vstk.types import LabelledConversation

QUANTUM = 1 << 16
"""Steps a conversation is divided into; rounding down loses under one a cell."""

Units = Mapping[str, Sequence[LabelledConversation]]
"""The conversations that are kept of each unit."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that one unit adds to one vector."""

    max_conversations: int
    """A unit counts for at most this many conversations."""

    square: Fraction
    """Square of the L2 bound, in conversations: exact, where the bound is not."""

    @property
    def l2(self) -> float:
        """The L2 bound in conversations, rounded up."""
        return math.nextafter(math.sqrt(self.square), math.inf)

    @property
    def steps(self) -> float:
        """The L2 bound in `QUANTUM`ths, rounded up: what the mechanism is told."""
        return math.nextafter(QUANTUM * math.sqrt(self.square), math.inf)


def max_conversations(privacy: Privacy) -> int:
    """How many conversations a unit may count for: one, where it is one."""
    return 1 if privacy.unit == "conversation" else privacy.max_conversations_counted


def bound(spec: TableSpec, privacy: Privacy) -> Bound:
    """The bound of a table.

    Where a conversation has one vote, a unit's vector is no longer than its
    weight. Where it may have several, it is clipped to the policy's `l2_clip`,
    unless the table has so few keys that it cannot grow that long.
    """
    most = min(max_conversations(privacy), spec.max_conversations or max_conversations(privacy))
    factor = Fraction(1)
    if not (spec.single or spec.shared):
        factor = min(Fraction(privacy.l2_clip) ** 2, Fraction(len(spec.keys)))
    return Bound(most, most * most * factor)


def keep_bounded(conversations: Iterable[LabelledConversation], privacy: Privacy) -> Units:
    """Group conversations by unit, keeping of each the first by keyed hash.

    The same conversation met twice is kept once. The cap is applied upstream
    already, before labels exist; here it makes the bound independent of that.
    """
    units: dict[str, dict[str, LabelledConversation]] = {}
    for conversation in conversations:
        unit = conversation.key if privacy.unit == "conversation" else conversation.unit_id
        units.setdefault(unit, {})[conversation.key] = conversation
    return {
        unit: [found[key] for key in sorted(found)[: privacy.max_conversations_read]]
        for unit, found in units.items()
    }


def unit_vector(
    conversations: Sequence[LabelledConversation], spec: TableSpec, limit: Bound
) -> dict[int, int]:
    """What one unit adds: place in the table -> `QUANTUM`ths of a conversation.

    With c(k) conversations that have key k among n, and w = min(n, max_conversations), it
    is floor(QUANTUM * w * c(k) / n), shortened to the L2 bound if it is longer.
    Rounding down only ever shortens it.
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
    # Each conversation has QUANTUM * w / n steps to give: all of them make the weight,
    # which bounds the vector's L1 norm and so its L2 norm, and that of any sums of cells.
    vector: Counter[int] = Counter()
    for conversation in conversations:
        cells = spec.cells(conversation)
        for cell in cells:
            vector[cell] += QUANTUM * w // (len(conversations) * len(cells))
    return vector


def total(units: Units, spec: TableSpec, limit: Bound) -> list[int]:
    """The exact vector of a table, in `QUANTUM`ths: every key, zeros included."""
    summed = [0] * len(spec.keys)
    for conversations in units.values():
        for cell, steps in unit_vector(conversations, spec, limit).items():
            summed[cell] += steps
    return summed


def population(units: Units, privacy: Privacy) -> int:
    """The exact number of conversations that shares refer to, in `QUANTUM`ths."""
    most = max_conversations(privacy)
    return QUANTUM * sum(min(len(found), most) for found in units.values())


def squares(units: Units, privacy: Privacy) -> int:
    """Sum of the squares of what units count for, in `QUANTUM`ths.

    A unit changes it by the square of its weight at most.
    """
    most = max_conversations(privacy)
    return QUANTUM * sum(min(len(found), most) ** 2 for found in units.values())


def squared_lengths(units: Units, spec: TableSpec, limit: Bound) -> int:
    """Sum of the squared lengths of units' vectors, in `QUANTUM`ths.

    A unit changes it by the square of the L2 bound at most.
    """
    return sum(
        sum(steps * steps for steps in unit_vector(found, spec, limit).values()) // QUANTUM
        for found in units.values()
    )
