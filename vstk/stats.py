"""How sure a share is that was counted."""

from __future__ import annotations

import math


def wilson(hits: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Interval of a share, 95 % at the default z; (0, 1) where nothing was tried.

    Source:
        Wilson (1927), JASA 22, 209-212. It holds for no hits at all, where the
        usual plus-or-minus does not.
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
