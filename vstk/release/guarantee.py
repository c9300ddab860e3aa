"""The promise of a release, in numbers and in one sentence."""

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
    """Who is protected as a whole, by what the log really carries.

    Args:
        privacy: the policy's word: `person`, or the weaker `conversation`.
        kinds: every kind of id met in the log; the weakest decides.

    Raises:
        PolicyInvalid: if the policy promises more than the log supports.
    """
    if privacy.unit == "conversation":
        return "conversation"
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown or not kinds:
        raise PolicyInvalid(
            "The policy protects people, but conversations in the log carry no person's id.",
            remedy="add the id to the log (`vstk inspect` shows what was found), or set "
            "`privacy.unit: conversation`, which protects one conversation and not a person "
            "who had several.",
        )
    order = list(_KINDS)
    return _KINDS[max(kinds, key=order.index)]


def guarantee(privacy: Privacy, kinds: Collection[UnitKind]) -> Guarantee:
    """The promise of a release under this policy for a log with these ids."""
    # Finding new values has a delta of its own, which adds to the one epsilon is stated at.
    epsilon = mechanism.epsilon(privacy.rho, privacy.delta)
    return Guarantee(
        unit=unit(privacy, kinds),
        # Up, so that what is printed is never less than what is lost.
        epsilon=math.ceil(epsilon * 10_000) / 10_000,
        delta=f"{privacy.delta_in_all:f}",
        rho=f"{privacy.rho:f}",
        neighbouring=NEIGHBOURING,
    )


def combined(one: Guarantee, other: Guarantee) -> tuple[Decimal, float, Decimal]:
    """Rho, epsilon and delta of two releases about the same people, for whoever sees both.

    Losses in rho add up, and so do deltas. Of a release's delta, what finding new values cost
    is not there to turn rho into epsilon: only the part at which its own epsilon holds is.
    """
    rho = Decimal(one.rho) + Decimal(other.rho)
    epsilon = mechanism.epsilon(rho, _at(one) + _at(other))
    return rho, math.ceil(epsilon * 10_000) / 10_000, Decimal(one.delta) + Decimal(other.delta)


def _at(promise: Guarantee) -> Decimal:
    """The part of a promise's delta at which its rho comes to its epsilon, or a little less."""
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
    """The promise in words, for people who have to sign it."""
    return (
        f"Whatever somebody knows already, these tables tell them little about any one "
        f"{promise.unit}: they are differentially private with epsilon = {promise.epsilon:g} at "
        f"delta = {promise.delta} (rho = {promise.rho} zCDP), where two datasets are neighbours "
        f"by {promise.neighbouring}."
    )
