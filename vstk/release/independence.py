"""Test of independence for cross tables whose cells are noised.

The usual chi-square test mistakes noise for association and nearly always rejects
independence on a noised table. Here the variance of a cell under independence includes
the noise of the cell and of its margins, and the distribution of the whole table's
statistic is simulated with the noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

LEVEL = 0.05
_SIMULATIONS = 999


@dataclass(frozen=True, slots=True)
class Association:
    """A test of one cross table."""

    residuals: Matrix
    """Adjusted residuals, rows x columns: about standard normal under independence."""

    critical: float
    """A residual above this in absolute value is significant at 5 % over all cells (Bonferroni)."""

    p_value: float
    """Of the whole table, by simulation under independence and noise."""


def independence_test(counts: Matrix, sigma: float) -> Association:
    """Test a noised table to which each unit contributes at most one vote.

    Args:
        counts: rows x columns, in votes.
        sigma: standard deviation of the noise of each cell, in votes.
    """
    residuals = _residuals(counts, sigma)
    statistic = float((residuals**2).sum())
    critical = NormalDist().inv_cdf(1 - LEVEL / (2 * counts.size))
    return Association(residuals, critical, _p_value(counts, sigma, statistic))


def _residuals(counts: Matrix, sigma: float) -> Matrix:
    """(observed - expected) / its standard deviation under independence.

    With a and b the row's and the column's share of the total T, of R rows and
    C columns: expected is a * b * T, and its difference from the observed has
    the variance a b T (1 - a)(1 - b) of counting, the noise of the cell and of
    both margins, and the product of the margins' noises.
    """
    rows, columns = counts.shape
    total = max(float(counts.sum()), 1.0)
    a = counts.sum(axis=1, keepdims=True) / total
    b = counts.sum(axis=0, keepdims=True) / total
    expected = a * b * total
    counting = np.maximum(expected, 0) * np.clip(1 - a, 0, 1) * np.clip(1 - b, 0, 1)
    noise = sigma**2 * (1 - 2 * a + rows * a**2) * (1 - 2 * b + columns * b**2)
    product = rows * columns * sigma**4 / total**2
    return np.asarray((counts - expected) / np.sqrt(counting + noise + product))


def _p_value(counts: Matrix, sigma: float, statistic: float) -> float:
    # Post-processing of noised counts: this randomness protects nobody, and a fixed seed gives
    # the same table the same p-value.
    random = np.random.default_rng(20250101)
    a, b = (np.maximum(counts.sum(axis=axis), 0) for axis in (1, 0))
    if a.sum() == 0 or b.sum() == 0:
        return 1.0
    chances = np.outer(a / a.sum(), b / b.sum()).ravel()
    votes = max(int(counts.sum()), 1)
    above = 0
    for table in random.multinomial(votes, chances, size=_SIMULATIONS):
        noisy = table.reshape(counts.shape) + random.normal(0, sigma, counts.shape)
        above += float((_residuals(noisy, sigma) ** 2).sum()) >= statistic
    return (1 + above) / (1 + _SIMULATIONS)
