"""What the labeller's errors leave open: how often it finds a label that is there, or is not.

Known from public labelled conversations, label by label, where many labels have
few examples. So the labels of a table lend each other what they have in common:
each one's sensitivity is drawn towards that of all, the more the fewer examples
it has, and no further than labels of this table differ from each other (beta
distributions whose spread is estimated by the method of moments).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vstk.types import Confusion

_MOST_SPREAD, _LEAST_SPREAD = 0.5, 0.02
"""Bounds on the spread between labels, as a part of what it could be at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Two rates of one key, each with the variance of what is known of it."""

    found: float
    """Of conversations that have the label, the share in which it is found."""

    found_variance: float
    mistaken: float
    """Of conversations that have it not, the share in which it is found all the same."""

    mistaken_variance: float


def rates(confusions: Mapping[str, Confusion]) -> dict[str, Rates]:
    """The rates of every key of one table."""
    hits = np.array([one.true_positives for one in confusions.values()], dtype=float)
    there = hits + [one.false_negatives for one in confusions.values()]
    before_hits, before_misses = _common(hits, there)
    known = {}
    for key, one in confusions.items():
        hit, missed = one.true_positives + before_hits, one.false_negatives + before_misses
        # Where a label is not, there are examples enough: Jeffreys' prior and no pooling.
        wrong, right = one.false_positives + 0.5, one.true_negatives + 0.5
        known[key] = Rates(
            found=hit / (hit + missed),
            found_variance=_variance(hit, missed),
            mistaken=wrong / (wrong + right),
            mistaken_variance=_variance(wrong, right),
        )
    return known


def limits(
    value: float,
    noise: float,
    known: Rates,
    *,
    conversations: float,
    effective: float | None,
    z: float,
) -> tuple[float, float] | None:
    """The lowest and the highest true share that could have been found as `value`.

    All shares p for which what would be found, p * found + (1 - p) * mistaken,
    is within z standard deviations of what was. Solved for p rather than divided
    through by (found - mistaken), so that a labeller that tells little gives a
    wide interval and not a wrong one.

    Args:
        noise: variance of `value` by noise.
        conversations: how many were read, if all were.
        effective: how many independent ones a sample is worth, if one was.

    Returns:
        `None` where no share could: what was found is noise.

    Source:
        The inversion of Rogan & Gladen (1978) as a quadratic, as Fieller (1954)
        does for ratios.
    """
    gain = known.found - known.mistaken
    gap = value - known.mistaken
    if effective is not None:
        constant = known.mistaken * (1 - known.mistaken) / effective
        linear = gain * (1 - 2 * known.mistaken) / effective
        square = -(gain**2) / effective
    else:
        # All were read, but which of them were labelled wrongly is chance still.
        constant = known.mistaken * (1 - known.mistaken) / conversations
        linear = known.found * (1 - known.found) / conversations - constant
        square = 0.0
    a = gain**2 - z * z * (known.found_variance + known.mistaken_variance + square)
    b = -2 * gain * gap - z * z * (linear - 2 * known.mistaken_variance)
    c = gap**2 - z * z * (noise + known.mistaken_variance + constant)
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    # Not bounded by two roots where the labeller may be no better than chance, so ask
    # of each end, and of each root between them, whether it is among the shares.
    # Of the usual formula one root is lost where `a` is near zero, and it is the one that bounds.
    q = -(b + math.copysign(root, b)) / 2
    ends = [0.0, 1.0, *(top / bottom for top, bottom in ((q, a), (c, q)) if bottom != 0)]
    among = [p for p in ends if 0 <= p <= 1 and a * p * p + b * p + c <= 1e-12]
    return (min(among), max(among)) if among else None


def _common(hits: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    """Hits and misses that stand for what the labels of a table have in common."""
    whole = there.sum()
    mean = (hits.sum() + 0.5) / (whole + 1)
    if (there > 0).sum() < 2:
        return 0.5, 0.5
    share = np.where(there > 0, hits / np.maximum(there, 1), mean)
    most = mean * (1 - mean)
    expected = ((there > 0).sum() - 1) * most
    between = ((there * (share - mean) ** 2).sum() - expected) / (whole - (there**2).sum() / whole)
    spread = min(max(between / most, _LEAST_SPREAD), _MOST_SPREAD)
    weight = 1 / spread - 1
    return float(mean * weight), float((1 - mean) * weight)


def _variance(one: float, other: float) -> float:
    both = one + other
    return one * other / (both * both * (both + 1))
