"""The privacy guarantee of a release, in numbers and in one sentence."""

from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy
from vstk.release import mechanism
from vstk.types import Guarantee, UnitKind

_KINDS: dict[UnitKind, str] = {
    "account": "person (account id)",
    "api_key": "holder of an API key (a key that several people share counts as one person)",
    "ip_hash": "network address (people who share one count as one, people who move as several)",
}

NEIGHBOURING = "adding or removing one unit with everything it has in the period"


def unit(privacy: Privacy, kinds: Collection[UnitKind]) -> str:
    """The unit of privacy that the log's ids support, in words.

    Args:
        privacy: its unit is `person`, or the weaker `conversation`.
        kinds: every kind of id found in the log; the weakest decides.

    Raises:
        PolicyInvalid: the policy protects people, and some conversations have no id of
            a person.
    """
    if privacy.unit == "conversation":
        return "conversation"
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown or not kinds:
        raise PolicyInvalid(
            "The policy protects people, but some conversations in the log have no id of a person.",
            remedy="add the id to the log (`vstk inspect` shows which ids were found), or set "
            "`privacy.unit: conversation`, which protects single conversations and not people "
            "who had several.",
        )
    order = list(_KINDS)
    return _KINDS[max(kinds, key=order.index)]


def guarantee(privacy: Privacy, kinds: Collection[UnitKind]) -> Guarantee:
    """The guarantee of a release under this policy, for a log with these kinds of ids."""
    # Finding new values has a delta of its own, which is added to that of epsilon.
    epsilon = mechanism.epsilon(privacy.rho, privacy.delta)
    return Guarantee(
        unit=unit(privacy, kinds),
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
    """The guarantee in one sentence, for the people who have to approve it."""
    return (
        f"Whatever a reader knows already, these tables reveal little about any one "
        f"{promise.unit}: they are differentially private with epsilon = {promise.epsilon:g} at "
        f"delta = {promise.delta} (rho = {promise.rho} zCDP), where two datasets are neighbours "
        f"by {promise.neighbouring}."
    )
