"""Releases of made-up data, for the benchmarks that measure the release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vstk.policy import Privacy
from vstk.release import LabelErrors, Spec, draw, prepare
from vstk.types import LabelledConversation, Table


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Pays for drawings about people who do not exist, which no ledger has to record."""

    rho: Decimal

    def spend(self) -> Decimal:
        """As much as was asked for, again and again."""
        return self.rho


def release(
    conversations: Iterable[LabelledConversation],
    specs: Sequence[Spec],
    privacy: Privacy,
    *,
    label_errors: LabelErrors | None = None,
    sampled: bool = False,
) -> tuple[Table, ...]:
    """The tables of one release, drawn as in an audit."""
    return draw(
        prepare(specs, privacy, conversations=1),
        conversations,
        reservation=MadeUp(privacy.rho),
        label_errors=label_errors,
        sampled=sampled,
    ).tables
