"""Hierarchy consistency: levels of a taxonomy that add up, from noised levels.

Each level of a taxonomy is drawn with noise of its own, so a parent's count is not the
sum of its children's. Least squares finds the counts that add up and are closest to
those drawn. This is post-processing and spends no privacy budget. For a tree it takes
two passes: upwards, each node's own count is averaged with the sum of its children,
weighted by precision; downwards, the remaining difference is distributed among the
children in proportion to their variance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def enforce_consistency(
    parents: Sequence[Sequence[int]], drawn: Sequence[Numbers], variances: Sequence[float]
) -> tuple[list[Numbers], list[Numbers], list[Numbers]]:
    """Least-squares estimates of all nodes.

    Args:
        parents: for each level but the first, the place of each node's parent.
        drawn: noised counts of each level, the coarsest level first.
        variances: variance of the noise of each level.

    Returns:
        For each level: the estimates, their variances, and their covariances with the
        sum of the first level.

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
        # A child moves with its parent by its part, and so does its covariance with the sum.
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
        # A node without children has only its own count.
        childless = uncertain == 0
        weight = np.where(childless, 1.0, uncertain / (uncertain + variances[level]))
        joined.insert(0, weight * own + (1 - weight) * total)
        spread.insert(0, weight * variances[level])
    return joined, spread
