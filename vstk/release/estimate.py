"""From noised counts to shares with one interval.

The interval joins what makes a published share differ from the true one: the
noise on the count and on the number of conversations, sampling where only some
conversations were read, and the labeller's errors where those were measured. What
it does not hold is the bias of clipping, which the report states in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vstk.release.label_error import Rates, limits
from vstk.types import Confusion

Z = 1.959963984540054
"""Half-width of a 95 % interval in standard deviations."""

_OUTSIDE = 1.5
"""Standard deviations of noise outside 0 to 1 from which a share is taken as nearer. Less
than `Z`, so that an interval keeps some width; it then covers a little more often."""

_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Noised:
    """A noised amount of conversations, and the noise's standard deviation."""

    value: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval."""

    share: float
    low: float
    high: float
    found_low: float
    found_high: float
    """95 % interval of the share that the labeller would find."""

    corrected: float | None = None


def share(
    count: Noised,
    population: Noised,
    *,
    confusion: Confusion | None = None,
    known: Rates | None = None,
    effective: float | None = None,
    covariance: float = 0.0,
) -> Share:
    """A share with the interval that covers it 19 times in 20.

    With a confusion or with rates the interval is for the share that people
    would have found, and otherwise for the share that the labeller would find.
    A confusion says enough of the errors to correct them (`corrected`); rates
    say how far they may have led, and then the interval reaches from the share
    found to wherever that is.

    Args:
        count: the noised count of one key.
        population: the noised number of conversations, above zero.
        confusion: the labeller's errors on this key, where they are known well.
        known: the same where they are known less well.
        effective: how many independent conversations the sample is worth;
            `None` where every conversation was read, and the share is of those.
        covariance: of the noises of count and population, where the one is
            part of the other.
    """
    value = count.value / population.value
    noise = count.sigma**2 + (value * population.sigma) ** 2 - 2 * value * covariance
    noise = max(noise, 0.0) / population.value**2
    near = _credible(value, noise)
    found_low, found_high = map(_within, _interval(near, noise, effective))
    if confusion is not None:
        low, middle, high = _corrected(near, noise, confusion, population.value, effective)
        return Share(value, low, high, found_low, found_high, middle)
    if known is not None:
        reach = limits(near, noise, known, conversations=population.value, effective=effective, z=Z)
        low, high = reach or (found_low, found_high)
        return Share(value, min(low, found_low), max(high, found_high), found_low, found_high)
    return Share(value, found_low, found_high, found_low, found_high)


def _credible(value: float, noise: float) -> float:
    """A share no further outside 0 to 1 than noise alone often puts it.

    Beyond that no share at all would explain what was drawn, and the interval
    would be empty or, just before, of no width: precise where it must not be.
    """
    room = _OUTSIDE * math.sqrt(noise)
    return min(max(value, -room), 1 + room)


def _interval(value: float, noise: float, effective: float | None) -> tuple[float, float]:
    """All shares p with |value - p| <= Z * sqrt(noise + p (1 - p) / effective).

    Without sampling that is the normal interval, without noise it is Wilson's.
    The variance is that of the share in question, not of the one found: a share
    of nothing in a sample does not mean that there is nothing to find.
    """
    sampling = Z * Z / effective if effective is not None else 0.0
    middle = (value + sampling / 2) / (1 + sampling)
    square = middle**2 - (value**2 - Z * Z * noise) / (1 + sampling)
    half = math.sqrt(max(square, 0.0))
    return middle - half, middle + half


def _corrected(
    value: float,
    noise: float,
    confusion: Confusion,
    conversations: float,
    effective: float | None,
) -> tuple[float, float, float]:
    """Low, middle and high of the share that people would have found.

        true = (found + specificity - 1) / (sensitivity + specificity - 1)

    The two rates are known from so many labelled conversations and no better:
    they are drawn from their Jeffreys posteriors, the found share from its
    normal interval, and quantiles of the result are the interval. The delta
    method would be narrower than the truth where positives are few.

    Source:
        Rogan & Gladen (1978), Am. J. Epidemiol. 107(1), 71-76.
    """
    # Arithmetic on numbers that are public already: no noise is drawn here, and
    # a fixed seed gives the same interval for the same release.
    random = np.random.default_rng(20250101)
    sensitivity = random.beta(
        confusion.true_positives + 0.5, confusion.false_negatives + 0.5, _DRAWS
    )
    specificity = random.beta(
        confusion.true_negatives + 0.5, confusion.false_positives + 0.5, _DRAWS
    )
    gain = sensitivity + specificity - 1
    # A labeller that might be no better than chance says nothing of this draw.
    silent = gain < 0.02
    gain[silent] = 1.0
    if effective is not None:
        near = _within((value * effective + 2) / (effective + 4))
        chance = np.full(_DRAWS, near * (1 - near) / effective)
    else:
        # All were read, but which of them were labelled wrongly is chance still.
        true = np.clip((value + specificity - 1) / gain, 0, 1)
        chance = true * sensitivity * (1 - sensitivity)
        chance = (chance + (1 - true) * specificity * (1 - specificity)) / conversations
    found = random.normal(value, np.sqrt(noise + chance))
    true = (found + specificity - 1) / gain
    low, middle, high = (
        float(np.quantile(np.where(silent, fill, true), q))
        for fill, q in ((0.0, 0.025), (0.5, 0.5), (1.0, 0.975))
    )
    return _within(low), _within(middle), _within(high)


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)
