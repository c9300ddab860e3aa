"""The noise has the distribution that its proof is about.

Each test fails for correct noise once in 10,000 runs; there are three.
"""

import math
from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

from vstk.release import mechanism

ALPHA = 1e-4


def test_small_noise_is_the_discrete_gaussian_by_chi_square():
    drawn = mechanism.draw([0] * 40_000, l2=1.0, rho=Decimal("0.125"))
    assert drawn.scale == pytest.approx(2)
    values = np.array(drawn.values)
    support = np.arange(-60, 61)
    mass = np.exp(-(support**2) / (2 * drawn.scale**2))
    mass /= mass.sum()
    # Cells of at least ten expected draws, the tails joined.
    inner = support[mass * len(values) >= 10]
    low, high = inner[0], inner[-1]
    observed = np.bincount(np.clip(values, low, high) - low, minlength=high - low + 1)
    expected = np.array([mass[support == k].sum() for k in inner])
    expected[0] += mass[support < low].sum()
    expected[-1] += mass[support > high].sum()

    assert stats.chisquare(observed, expected * len(values)).pvalue > ALPHA


def test_wide_noise_is_gaussian_by_kolmogorov_and_smirnov():
    drawn = mechanism.draw([0] * 40_000, l2=65536.0, rho=Decimal("0.01"))

    assert stats.kstest(np.array(drawn.values) / drawn.scale, "norm").pvalue > ALPHA


def test_cells_of_one_vector_have_noise_of_their_own():
    drawn = mechanism.draw([0] * 40_000, l2=65536.0, rho=Decimal("0.01"))
    values = np.array(drawn.values) / drawn.scale
    together = float((values[::2] * values[1::2]).mean()) * math.sqrt(len(values) / 2)

    assert abs(together) < stats.norm.isf(ALPHA / 2)
