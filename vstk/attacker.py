"""What an attacker can learn under a privacy guarantee, in plain sentences.

`vstk policy check`, the explain sheet and the report page all take their sentences from
`meaning`, so that none of them promises more than another.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, exp
from typing import Literal

from vstk.types import Guarantee

Strength = Literal["strong", "moderate", "weak", "none"]

STRONG, MODERATE, WEAK = 1.0, 4.0, 8.0
"""Largest epsilon of each strength. Above the last one nothing reassuring is said."""

PRIORS = ((0.01, "1 in 100"), (0.5, "1 in 2"))
"""Probability that an attacker gives to a person's presence before reading the tables."""

_CERTAIN = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """An attacker's probability that one unit was in the logs, before and after the tables."""

    before: str
    """In words, such as `1 in 100`."""

    after: str
    """In words, such as `7 in 100`, rounded up; `practically certain` from 99.9 in 100."""

    at_most: float
    """Upper bound of the probability after reading the tables, 0..1."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a guarantee limits, and what it does not."""

    strength: Strength
    verdict: str
    odds: tuple[Odds, ...]
    conditions: tuple[str, ...]
    """What the odds assume, and what they leave out."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything as a list of sentences."""
        return (self.verdict, *(one.sentence for one in self.odds), *self.conditions)


def posterior(prior: float, epsilon: float, delta: float) -> float:
    """Largest probability, after the tables, that one unit was in the logs.

    An (epsilon, delta)-private mechanism behaves, for any two neighbouring datasets, like one
    that reveals everything with probability delta and is epsilon-private otherwise. In the
    second case the attacker's odds grow by a factor of at most e^epsilon (Bayes' rule). Both
    cases together give delta + (1 - delta) * p, with p the probability that belongs to odds of
    e^epsilon * prior / (1 - prior).

    Args:
        prior: probability before reading the tables, above 0 and below 1.
        epsilon, delta: the guarantee.

    Source:
        Kairouz, Oh & Viswanath (2015), "The Composition Theorem for Differential Privacy".
    """
    odds = (1 - prior) / prior * exp(-epsilon)
    return delta + (1 - delta) / (1 + odds)


def strength(epsilon: float) -> Strength:
    """How much a guarantee with this epsilon limits."""
    if epsilon <= STRONG:
        return "strong"
    if epsilon <= MODERATE:
        return "moderate"
    return "weak" if epsilon <= WEAK else "none"


def meaning(guarantee: Guarantee) -> Meaning:
    """What a guarantee means for one unit, in sentences that hold for its epsilon and delta."""
    unit = guarantee.unit.partition(" (")[0]
    delta = Decimal(guarantee.delta)
    level = strength(guarantee.epsilon)
    conditions = (
        "The attacker in these figures knows everything about everybody else and has every table "
        f"of this release. The figures include delta, a probability of at most 1 in "
        f"{int(1 / delta):,} that the limit fails.",
        f"An attacker who already knows that a {unit} was in the logs, and wants to learn the "
        "content, is limited less: changed content counts as one removal and one addition, so up "
        "to 4 times the rho applies.",
        "Every further release about the same people weakens these limits.",
    )
    return Meaning(
        strength=level,
        verdict=_VERDICTS[level].format(unit=unit, epsilon=f"{guarantee.epsilon:g}"),
        odds=tuple(
            _odds(words, unit, posterior(prior, guarantee.epsilon, float(delta)), level)
            for prior, words in PRIORS
        ),
        # Without a meaningful limit, its conditions would only suggest that there is one.
        conditions=() if level == "none" else conditions,
    )


def _odds(before: str, unit: str, at_most: float, level: Strength) -> Odds:
    start = f"An attacker who gives a certain {unit} a chance of {before} of being in the logs"
    if at_most >= _CERTAIN:
        return Odds(
            before=before,
            after="practically certain",
            at_most=at_most,
            sentence=f"{start} can become practically certain of it.",
        )
    # A limit that protects nobody is not called one.
    limit = "" if level == "none" else "at most "
    after = f"{ceil(at_most * 1000 - 1e-9) / 10:g} in 100"
    return Odds(
        before=before,
        after=after,
        at_most=at_most,
        sentence=f"{start} can raise this to {limit}{after} by reading the tables.",
    )


_VERDICTS: dict[Strength, str] = {
    "strong": "The tables tell an attacker little about any one {unit}.",
    "moderate": "The tables can tell an attacker something about any one {unit}, within limits.",
    "weak": "Weak protection: an attacker who already suspects that a certain {unit} was in the "
    "logs can become nearly certain of it.",
    "none": "No meaningful protection: epsilon = {epsilon} is above 8, so the tables can reveal "
    "whether any one {unit} was in the logs. Do not publish them if the conversations were real.",
}
