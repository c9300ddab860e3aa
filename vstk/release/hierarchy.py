"""One tree from several noisy levels.

Every level of a taxonomy is measured with noise of its own, so a parent's
number is not the sum of its children's. Least squares finds the numbers that
are, and that lie closest to what was drawn; no privacy is spent on it. For a
tree that takes two passes: upwards each node joins what it was measured at with
what its children add up to, downwards what is still missing is shared out among
the children, more to the less certain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def enforce_consistency(
    parents: Sequence[Sequence[int]], drawn: Sequence[Numbers], variances: Sequence[float]
) -> tuple[list[Numbers], list[Numbers], list[Numbers]]:
    """Least-squares estimates of all nodes, their variances, and covariances with the sum.

    Args:
        parents: for each level but the first, the place of each node's parent.
        drawn: what each level was measured at, the coarsest first.
        variances: variance of the noise of each level.

    Source:
        Hay et al. (2010), VLDB 3(1), for complete trees of equal noise; here
        nodes have any number of children, and levels any noise.
    """
    joined, joined_variance = _upwards(parents, drawn, variances)
    estimates, spread = [joined[0]], [joined_variance[0]]
    shared = [joined_variance[0]]
    for level, places in enumerate(parents):
        place = np.asarray(places)
        below, variance = joined[level + 1], joined_variance[level + 1]
        size = len(estimates[level])
        total = np.bincount(place, weights=below, minlength=size)
        uncertain = np.bincount(place, weights=variance, minlength=size)
        part = variance / uncertain[place]
        estimates.append(below + part * (estimates[level] - total)[place])
        spread.append(variance - part * variance + part**2 * spread[level][place])
        # A child follows its parent by its part, and the sum of all by that of its parent.
        shared.append(part * shared[level][place])
    return estimates, spread, shared


def _upwards(
    parents: Sequence[Sequence[int]], drawn: Sequence[Numbers], variances: Sequence[float]
) -> tuple[list[Numbers], list[Numbers]]:
    joined = [np.asarray(drawn[-1], dtype=np.float64)]
    spread = [np.full(len(drawn[-1]), variances[-1])]
    for level in range(len(drawn) - 2, -1, -1):
        own = np.asarray(drawn[level], dtype=np.float64)
        place = np.asarray(parents[level])
        total = np.bincount(place, weights=joined[0], minlength=len(own))
        uncertain = np.bincount(place, weights=spread[0], minlength=len(own))
        # A node without children has nothing but its own measurement.
        childless = uncertain == 0
        weight = np.where(childless, 1.0, uncertain / (uncertain + variances[level]))
        joined.insert(0, weight * own + (1 - weight) * total)
        spread.insert(0, weight * variances[level])
    return joined, spread
