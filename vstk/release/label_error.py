"""The labeller's errors: its sensitivity and false-positive rate, label by label.

They are measured on public labelled conversations, where many labels have few
examples. So each label's sensitivity is shrunk towards the average of its table:
the fewer examples a label has the more, and no further than the labels of the
table differ from each other (beta-binomial shrinkage; the spread between labels
is estimated by the method of moments).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vstk.types import Confusion, LabelError

_MOST_SPREAD, _LEAST_SPREAD = 0.5, 0.02
"""Bounds on the spread between labels, as a part of what it could be at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Two error rates of one label, each with the variance of its estimate."""

    found: float
    """Sensitivity: of conversations that have the label, the share in which it is found."""

    found_variance: float
    mistaken: float
    """False-positive rate: of conversations without it, the share in which it is found."""

    mistaken_variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLabelErrors:
    """What is known of the labeller's errors in one table, by key; empty for nothing."""

    confusions: Mapping[str, Confusion] = field(default_factory=dict)
    """Known well enough to correct shares."""

    rates: Mapping[str, Rates] = field(default_factory=dict)
    """Known less well: intervals include the errors, shares are not corrected."""

    @property
    def state(self) -> LabelError:
        """How the table's intervals treat the errors."""
        return "corrected" if self.confusions else "in_interval" if self.rates else "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelErrors:
    """What is known of the labeller's errors: table -> key -> confusion matrix."""

    correctable: Mapping[str, Mapping[str, Confusion]] = field(default_factory=dict)
    """Tables whose errors are known well enough to correct shares."""

    uncorrectable: Mapping[str, Mapping[str, Confusion]] = field(default_factory=dict)
    """Tables whose errors are known less well: their intervals include them."""

    def of(self, table: str) -> TableLabelErrors:
        """What is known of the errors in one table."""
        return TableLabelErrors(
            confusions=self.correctable.get(table, {}),
            rates=rates(self.uncorrectable.get(table, {})),
        )


def rates(confusions: Mapping[str, Confusion]) -> dict[str, Rates]:
    """The rates of every key of one table."""
    hits = np.array([one.true_positives for one in confusions.values()], dtype=float)
    there = hits + [one.false_negatives for one in confusions.values()]
    before_hits, before_misses = _common(hits, there)
    known = {}
    for key, one in confusions.items():
        hit, missed = one.true_positives + before_hits, one.false_negatives + before_misses
        # Conversations without a label are many: Jeffreys' prior, no shrinkage.
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
    """Interval of the true share, given the share that the labeller found.

    It holds every share p whose expected finding, p * found + (1 - p) * mistaken, is
    within z standard deviations of `value`. The inequality is solved for p instead of
    divided by (found - mistaken), so that a labeller that is hardly better than chance
    gives a wide interval and not a wrong one.

    Args:
        value: share found by the labeller.
        noise: variance of `value` due to noise.
        known: the labeller's error rates.
        conversations: how many were read, if the whole log was read.
        effective: effective sample size, if a sample was read.
        z: half-width in standard deviations.

    Returns:
        Low and high, 0..1; `None` if no share fits, because `value` is mostly noise.

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
        # All were read, but which of them are labelled wrongly is still random.
        constant = known.mistaken * (1 - known.mistaken) / conversations
        linear = known.found * (1 - known.found) / conversations - constant
        square = 0.0
    a = gain**2 - z * z * (known.found_variance + known.mistaken_variance + square)
    b = -2 * gain * gap - z * z * (linear - 2 * known.mistaken_variance)
    c = gap**2 - z * z * (noise + known.mistaken_variance + constant)
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    # Where the labeller may be no better than chance the two roots do not bound the shares, so
    # each end and each root between them is tested. The textbook formula loses one root where
    # `a` is near zero, and that root is the bound.
    q = -(b + math.copysign(root, b)) / 2
    ends = [0.0, 1.0, *(top / bottom for top, bottom in ((q, a), (c, q)) if bottom != 0)]
    among = [p for p in ends if 0 <= p <= 1 and a * p * p + b * p + c <= 1e-12]
    return (min(among), max(among)) if among else None


def _common(hits: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    """Prior hits and misses: the average of the table's labels, as strong as they are alike."""
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
