"""Statistics that several parts of vstk share."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
"""The normal deviate of a two-sided 95 % interval."""


def wilson(hits: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval for a proportion.

    Args:
        hits: 0..trials.
        trials: number of observations.
        z: normal deviate; the default gives 95 %.

    Returns:
        Lower and upper limit, 0..1; (0, 1) without trials.

    Source:
        Wilson (1927), JASA 22, 209-212. Unlike the interval `share +- z * error`, it also
        holds for 0 hits.
    """
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
        / (1 + z * z / trials)
    )
    return max(0.0, centre - half), min(1.0, centre + half)
