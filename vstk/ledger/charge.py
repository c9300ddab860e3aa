"""What is asked of a dataset's budget: one privacy loss, and the limits that a policy states."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vstk.ledger.entries import exact
from vstk.ledger.population import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A privacy loss to reserve.

    Raises:
        ValueError: an amount is no privacy loss, or a delta no probability.
    """

    dataset: str
    request: str
    """Hash of the question (`request_hash`)."""

    rho: Decimal
    cap: Decimal
    """The most that the dataset may ever lose."""

    policy_hash: str
    delta: Decimal = Decimal(0)
    """Delta of finding new values."""

    delta_cap: Decimal = Decimal(1)
    """The most that these deltas may add up to."""

    unit: str = "unit"
    """The unit of privacy. Losses of different units are not added up."""

    labels: str = ""
    """Fingerprint of what is released, to tell whether it changed."""

    population: Population | None = None
    """Whose conversations they are."""

    approvers: tuple[str, ...] = ()
    """Public keys that may approve changes; those of a dataset's first entry stand."""

    def __post_init__(self) -> None:
        for probability in (self.delta, self.delta_cap):
            if not probability.is_finite() or not 0 <= probability <= 1:
                raise ValueError("delta is a probability")
        if exact(self.rho) == 0:
            raise ValueError("a release without privacy loss is not a release")
        exact(self.cap)
