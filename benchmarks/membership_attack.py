"""An attacker who decides from published numbers whether one person is in a log.

The attacker gets releases of a log with and without the person, learns the direction and
the threshold that separate them best on one half of them, and is scored on the other half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the attacker's error rates prove."""

    mu: float
    """Lower bound on mu of a Gaussian trade-off."""

    epsilon: float
    """Lower bound on epsilon at the policy's delta, from the error rates alone."""


def attack(without: np.ndarray, with_: np.ndarray, *, confidence: float, delta: float) -> Verdict:
    """Learn on the first half of the releases, count errors on the second."""
    half = len(without) // 2
    apart = with_[:half].mean(axis=0) - without[:half].mean(axis=0)
    spread = (with_[:half].var(axis=0) + without[:half].var(axis=0)) / 2
    direction = apart / np.maximum(spread, 1e-12)
    scores = [numbers @ direction for numbers in (without, with_)]
    threshold = max(
        np.quantile(np.concatenate([s[:half] for s in scores]), np.linspace(0.02, 0.98, 49)),
        key=lambda t: _bounds(scores[0][:half], scores[1][:half], t, confidence, delta).mu,
    )
    return _bounds(scores[0][half:], scores[1][half:], threshold, confidence, delta)


def _bounds(
    without: np.ndarray, with_: np.ndarray, threshold: float, confidence: float, delta: float
) -> Verdict:
    each = (1 - confidence) / 2
    false_alarm = _upper(int((without > threshold).sum()), len(without), each)
    miss = _upper(int((with_ <= threshold).sum()), len(with_), each)
    mu = stats.norm.ppf(1 - false_alarm) - stats.norm.ppf(miss)
    epsilon = max(
        math.log(max(1 - miss - delta, 1e-300) / false_alarm),
        math.log(max(1 - false_alarm - delta, 1e-300) / miss),
        0.0,
    )
    return Verdict(max(float(mu), 0.0), epsilon)


def _upper(count: int, trials: int, alpha: float) -> float:
    return 1.0 if count == trials else float(stats.beta.ppf(1 - alpha, count + 1, trials - count))


def gaussian_epsilon(mu: float, delta: float) -> float:
    """Epsilon at delta of a mu-Gaussian trade-off (Dong, Roth & Su 2019)."""
    if mu <= 0:
        return 0.0

    def excess(epsilon: float) -> float:
        first = stats.norm.cdf(mu / 2 - epsilon / mu)
        second = stats.norm.logcdf(-mu / 2 - epsilon / mu) + epsilon
        return float(first - math.exp(second) - delta)

    low, high = 0.0, 1.0
    while excess(high) > 0:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low
