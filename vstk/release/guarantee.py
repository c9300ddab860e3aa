"""The privacy guarantee of a release, in numbers and in one sentence."""

from __future__ import annotations

import math
from decimal import Decimal

from vstk.policy import Privacy
from vstk.policy.privacy import WeakestId
from vstk.release import mechanism
from vstk.types import Guarantee

_KINDS: dict[WeakestId, str] = {
    "account": "person (account id)",
    "api_key": "holder of an API key (a key that several people share counts as one person)",
    "ip_hash": "network address (people who share one count as one, people who move as several)",
}

NEIGHBOURING = "adding or removing one unit with everything it has in the period"


def unit(privacy: Privacy) -> str:
    """The unit of privacy of a policy, in words.

    It does not depend on the log: records with a weaker id than the policy's `weakest_id`
    are set aside before anything is counted.
    """
    if privacy.unit == "conversation":
        return "conversation"
    return _KINDS[privacy.weakest_id]


def guarantee(privacy: Privacy) -> Guarantee:
    """The guarantee of a release under this policy."""
    # Finding new values has a delta of its own, which is added to that of epsilon.
    epsilon = mechanism.epsilon(privacy.rho, privacy.delta)
    return Guarantee(
        unit=unit(privacy),
        # Rounded up, so that the stated epsilon is never less than the loss.
        epsilon=math.ceil(epsilon * 10_000) / 10_000,
        delta=f"{privacy.delta_in_all:f}",
        rho=f"{privacy.rho:f}",
        neighbouring=NEIGHBOURING,
    )


def combined(one: Guarantee, other: Guarantee) -> tuple[Decimal, float, Decimal]:
    """Rho, epsilon and delta of two releases about the same people together.

    Rho and delta add up. The part of a release's delta that paid for finding new values
    does not help to convert rho to epsilon; only the part at which its epsilon is stated does.
    """
    rho = Decimal(one.rho) + Decimal(other.rho)
    epsilon = mechanism.epsilon(rho, _at(one) + _at(other))
    return rho, math.ceil(epsilon * 10_000) / 10_000, Decimal(one.delta) + Decimal(other.delta)


def _at(promise: Guarantee) -> Decimal:
    """The part of a guarantee's delta at which its rho amounts to its epsilon, rounded down."""
    rho, delta = Decimal(promise.rho), Decimal(promise.delta)
    low, high = delta / 10**12, delta
    for _ in range(40):
        middle = (low * high).sqrt()
        if mechanism.epsilon(rho, middle) >= promise.epsilon:
            low = middle
        else:
            high = middle
    return low


def sentence(promise: Guarantee) -> str:
    """The guarantee's parameters in one sentence. `vstk.attacker` says what they mean."""
    return (
        f"The tables are differentially private at the level of one {promise.unit}, with epsilon "
        f"= {promise.epsilon:g} at delta = {promise.delta} (rho = {promise.rho} zCDP), where two "
        f"datasets are neighbours by {promise.neighbouring}."
    )
