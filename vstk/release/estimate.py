"""From noised counts to shares, each with one interval.

The interval includes the noise of the count and of the number of conversations, the
sampling error where a sample was read, and the labeller's errors where they were
measured. It does not include the bias of clipping, which the explain sheet states.
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
"""A share is moved to at most this many standard deviations of noise outside 0 to 1. It is
less than `Z`, so that an interval keeps some width; coverage then rises slightly."""

_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Noised:
    """A noised number of conversations, and the standard deviation of its noise."""

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
    """A share with its 95 % interval.

    With a confusion matrix or error rates the interval is for the share that human
    annotators would have found, otherwise for the share that the labeller would find.
    A confusion matrix is precise enough to correct the share (`corrected`); with error
    rates the share is not corrected, and the interval is widened to include the errors.

    Args:
        count: the noised count of one key.
        population: the noised number of conversations, above zero.
        confusion: the labeller's errors on this key, where they are known well.
        known: the labeller's error rates on this key, where they are known less well.
        effective: effective sample size; `None` where every conversation was read.
        covariance: covariance of the noise of count and population, where the count is
            part of the population.
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
    """The share, moved to where noise alone often puts one that is between 0 and 1.

    Further outside, no share would fit what was drawn: the interval would be empty or
    almost without width, although nothing is known precisely.
    """
    room = _OUTSIDE * math.sqrt(noise)
    return min(max(value, -room), 1 + room)


def _interval(value: float, noise: float, effective: float | None) -> tuple[float, float]:
    """All shares p with |value - p| <= Z * sqrt(noise + p (1 - p) / effective).

    Without sampling this is the normal interval, without noise it is Wilson's. The
    variance is that of each share p and not of the share found, because a share of zero
    in a sample does not mean that the true share is zero.
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
    """Low, median and high of the share that human annotators would have found.

        true = (found + specificity - 1) / (sensitivity + specificity - 1)

    Both rates are estimated from a limited number of labelled conversations: they are
    drawn from their Jeffreys posteriors and the found share from its normal interval, and
    the quantiles of the result are the interval. The delta method would be too narrow
    where positives are few.

    Source:
        Rogan & Gladen (1978), Am. J. Epidemiol. 107(1), 71-76.
    """
    # Post-processing of noised numbers: this randomness protects nobody, and a fixed seed
    # gives the same interval for the same release.
    random = np.random.default_rng(20250101)
    sensitivity = random.beta(
        confusion.true_positives + 0.5, confusion.false_negatives + 0.5, _DRAWS
    )
    specificity = random.beta(
        confusion.true_negatives + 0.5, confusion.false_positives + 0.5, _DRAWS
    )
    gain = sensitivity + specificity - 1
    # In draws where the labeller is no better than chance, every share is possible.
    silent = gain < 0.02
    gain[silent] = 1.0
    if effective is not None:
        near = _within((value * effective + 2) / (effective + 4))
        chance = np.full(_DRAWS, near * (1 - near) / effective)
    else:
        # All were read, but which of them are labelled wrongly is still random.
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
