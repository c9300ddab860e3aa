"""The mechanism: the only place where noise is drawn, all of it by OpenDP.

OpenDP requires the flag `contrib` for every mechanism: it means that the library's
authors have not finished vetting the proof of that component. The explain sheet names
the components used here.

Under zCDP the discrete Gaussian has the narrower interval for every table: at loss rho
its half-width is 1.96 * l2 / sqrt(2 rho), against 3.00 * l1 / sqrt(2 rho) for the
discrete Laplace, and l2 is at most l1. So there is one mechanism. A test checks both
against OpenDP's own maps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

FEATURES = ("contrib",)
"""OpenDP features that are switched on; the explain sheet names them."""

NAME = "discrete Gaussian"

_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Drawn:
    """A noised vector."""

    values: tuple[int, ...]
    scale: float
    """Standard deviation of the noise, in the vector's own steps."""

    loss: float
    """Privacy loss by OpenDP's map, rho; at most what was asked for."""


@cache
def _opendp() -> Any:
    # Sub-modules and not `opendp.prelude`, which also loads scikit-learn if it is installed.
    import opendp.combinators
    import opendp.domains
    import opendp.measurements
    import opendp.metrics
    import opendp.mod

    opendp.mod.enable_features(*FEATURES)
    return opendp


@lru_cache(maxsize=256)
def _gaussian(size: int, scale: float) -> Any:
    dp = _opendp()
    # T="i64" and not `int`, which has 32 bits in OpenDP and saturates silently.
    return dp.measurements.make_gaussian(
        dp.domains.vector_domain(dp.domains.atom_domain(T="i64"), size=size),
        dp.metrics.l2_distance(T="f64"),
        scale=scale,
    )


@lru_cache(maxsize=1024)
def gaussian_scale(rho: Decimal, *, l2: float) -> float:
    """Standard deviation of the noise that makes a vector rho-zCDP.

        sigma = l2 / sqrt(2 * rho)

    raised by rounding steps until OpenDP's own map confirms the loss.

    Args:
        rho: zero-concentrated privacy loss of the whole vector, > 0.
        l2: the most that one unit changes the vector, in the vector's own steps, > 0.

    Raises:
        ValueError: for a rho or a bound that is not finite and positive.

    Source:
        Bun & Steinke (2016), Proposition 1.6, arXiv:1605.02065; for whole
        numbers Canonne, Kamath & Steinke (2020), arXiv:2004.00010.
    """
    if not (rho.is_finite() and rho > 0 and math.isfinite(l2) and l2 > 0):
        raise ValueError("rho and the bound must be finite and above zero")
    if not 1e-15 < float(rho) < 1e15:
        raise ValueError("rho is too small or too large for a scale")
    scale = l2 / math.sqrt(2 * float(rho))
    while Decimal(_gaussian(1, scale).map(l2)) > rho:
        scale *= 1 + 1e-12
    return scale


def draw(vector: Sequence[int], *, l2: float, rho: Decimal) -> Drawn:
    """Add noise to a whole vector at once.

    Every call draws anew, so the ledger must have recorded the loss before.
    """
    scale = gaussian_scale(rho, l2=l2)
    if any(abs(value) > _LARGEST for value in vector):
        raise ValueError("a count is too large for 64 bits with noise")
    measurement = _gaussian(len(vector), scale)
    loss = measurement.map(l2)
    if not math.isfinite(loss) or Decimal(loss) > rho:
        raise ValueError("the noise would cost more than was reserved")
    values = tuple(measurement(list(vector)))
    if len(values) != len(vector):
        raise ValueError("OpenDP returned a vector of another length")
    return Drawn(values, scale, loss)


def epsilon(rho: Decimal, delta: Decimal) -> float:
    """The epsilon at which a rho-zCDP release is (epsilon, delta)-private.

    It is OpenDP's conversion for a Gaussian with this loss, rounded so that it is at
    least what the loss requires.
    """
    dp = _opendp()
    scale = gaussian_scale(rho, l2=1.0)
    # The map at `scale` is at or just below rho: step back until it is at or above.
    while Decimal(_gaussian(1, scale).map(1.0)) < rho:
        scale *= 1 - 1e-12
    profile = dp.combinators.make_zCDP_to_approxDP(_gaussian(1, scale))
    found, _ = dp.combinators.make_fix_delta(profile, float(delta)).map(1.0)
    return float(found)


def select(
    weights: Mapping[str, int],
    *,
    most: int,
    weight: Callable[[int], int],
    l2: float,
    rho: Decimal,
    delta: Decimal,
) -> set[str]:
    """Names whose noised weight passes a threshold that one unit alone hardly passes.

    Args:
        weights: name -> summed weight. The keys are private, too.
        most: the most names that one unit contributes to.
        weight: what a unit that contributes to t names adds to each of them.
        l2: the most that one unit changes the vector of weights.
        rho, delta: what the selection may cost.

    Source:
        OpenDP's thresholded discrete Gaussian. Version 0.16 does not include the mass
        exactly at the threshold in the delta it states, so the threshold used is one
        step higher than the one whose delta is paid for.
    """
    scale = gaussian_scale(rho, l2=l2)
    threshold = max(weight(names) for names in range(1, most + 1))
    # From many names to few, because the first threshold is nearly always high enough for all.
    for names in range(most, 0, -1):
        d_in = (names, l2, float(weight(names)))
        threshold = _threshold(scale, d_in, at_least=threshold, delta=delta)
        paid_rho, paid_delta = _thresholded(scale, threshold).map(d_in)
        if Decimal(paid_rho) > rho or Decimal(paid_delta) > delta:
            raise ValueError("no threshold is high enough for this loss")
    chosen = _thresholded(scale, threshold + 1)({k: v for k, v in weights.items() if v > 0})
    return set(chosen)


@lru_cache(maxsize=256)
def _thresholded(scale: float, threshold: int) -> Any:
    dp = _opendp()
    return dp.measurements.make_gaussian_threshold(
        dp.domains.map_domain(dp.domains.atom_domain(T="String"), dp.domains.atom_domain(T="i64")),
        dp.metrics.l02inf_distance(dp.metrics.absolute_distance(T="f64")),
        scale=scale,
        threshold=threshold,
    )


def _threshold(
    scale: float, d_in: tuple[int, float, float], *, at_least: int, delta: Decimal
) -> int:
    """The smallest threshold from `at_least` that OpenDP's map confirms to be within delta."""

    def enough(threshold: int) -> bool:
        return Decimal(_thresholded(scale, threshold).map(d_in)[1]) <= delta

    if enough(at_least):
        return at_least
    low, high = at_least, at_least + math.ceil(d_in[2] + 60 * scale)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
