"""From noised counts to shares with one interval.

The interval joins what makes a published share differ from the true one: the
noise on the count and on the number of conversations, sampling where only some
conversations were read, and the labeller's errors where those are known. What
it does not hold is the bias of clipping, which the report states in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Z = 1.959963984540054
"""Half-width of a 95 % interval in standard deviations."""

_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Noised:
    """A noised amount of conversations, and the noise's standard deviation."""

    value: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How the labeller did on one key, in labelled conversations."""

    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int

    def __post_init__(self) -> None:
        if (
            min(self.true_positives, self.false_negatives) < 0
            or min(self.false_positives, self.true_negatives) < 0
        ):
            raise ValueError("counts of a confusion cannot be negative")


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval."""

    share: float
    low: float
    high: float
    corrected: float | None = None


def variance(count: Noised, population: Noised, *, effective: float | None) -> float:
    """Variance of count / population.

    Args:
        count: the noised count of one key.
        population: the noised number of conversations, above zero.
        effective: number of independent conversations the sample is worth;
            `None` where every conversation was read, and the share is of those.
    """
    share = count.value / population.value
    noise = (count.sigma / population.value) ** 2
    noise += (share * population.sigma / population.value) ** 2
    if effective is None:
        return noise
    # Two conversations more, half of them with the key: a share of zero in the
    # sample does not mean that its variance is zero.
    near = min(max((max(share, 0.0) * effective + 2) / (effective + 4), 0.0), 1.0)
    return noise + near * (1 - near) / effective


def share(
    count: Noised,
    population: Noised,
    *,
    confusion: Confusion | None = None,
    effective: float | None = None,
) -> Share:
    """A share with the interval that covers it 19 times in 20.

    With a confusion the interval is for the share that people would have found
    (`corrected`), and otherwise for the share that the labeller would find.
    """
    value = count.value / population.value
    spread = math.sqrt(variance(count, population, effective=effective))
    if confusion is None:
        return Share(value, _within(value - Z * spread), _within(value + Z * spread))
    low, middle, high = corrected(value, spread, confusion)
    return Share(value, low, high, middle)


def corrected(value: float, spread: float, confusion: Confusion) -> tuple[float, float, float]:
    """Low, middle and high of the share that people would have found.

        true = (found + specificity - 1) / (sensitivity + specificity - 1)

    The two rates are known from so many labelled conversations and no better:
    they are drawn from their Jeffreys posteriors, the found share from its
    normal interval, and the quantiles of the result are the interval. A delta
    method would be narrower than the truth where the positives are few.

    Source:
        Rogan & Gladen (1978), Am. J. Epidemiol. 107(1); the intervals follow
        the Monte Carlo of Reiczigel et al. and of Izbicki et al.
    """
    # Arithmetic on numbers that are already public: no noise is drawn here, and
    # a fixed seed gives the same interval for the same release.
    random = np.random.default_rng(20250101)
    sensitivity = random.beta(
        confusion.true_positives + 0.5, confusion.false_negatives + 0.5, _DRAWS
    )
    specificity = random.beta(
        confusion.true_negatives + 0.5, confusion.false_positives + 0.5, _DRAWS
    )
    found = random.normal(value, spread, _DRAWS)
    gain = sensitivity + specificity - 1
    # A labeller that might be no better than chance says nothing: both ends are open.
    with np.errstate(divide="ignore", invalid="ignore"):
        true = np.where(gain > 0.02, (found + specificity - 1) / gain, np.nan)
    silent = np.isnan(true)
    low, middle, high = (
        float(np.quantile(np.where(silent, fill, true), q))
        for fill, q in ((-np.inf, 0.025), (0.5, 0.5), (np.inf, 0.975))
    )
    return _within(low), _within(middle), _within(high)


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)
