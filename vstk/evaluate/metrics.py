"""Measures of agreement, in numpy: evaluating needs no machine-learning library.

Every function returns `nan` where the data cannot say, such as the AUC of a
label that nobody ever gave; callers leave such a figure out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate.result import Bin

Flags = NDArray[np.bool_]
"""[conversations, labels]: whether the label was given."""

Scores = NDArray[np.float64]
"""[conversations, labels]: probabilities, 0..1, or any scores where only their order counts."""

BINS = 10
"""Bins of equal width in which probabilities are compared with what happened."""


def micro_f1(true: Flags, found: Flags) -> float:
    """F1 of all labels pooled."""
    both = float(np.sum(true & found))
    return _ratio(2 * both, float(np.sum(true)) + float(np.sum(found)))


def macro_f1(true: Flags, found: Flags) -> float:
    """Mean F1 over the labels that occur on either side; absent ones say nothing."""
    both = np.sum(true & found, axis=0)
    either = np.sum(true, axis=0) + np.sum(found, axis=0)
    used = either > 0
    return float(np.mean(2 * both[used] / either[used])) if used.any() else float("nan")


def prevalence_mae_points(true: Flags, found: Flags) -> float:
    """Mean over labels of |found share - true share|, in percentage points."""
    return 100 * float(np.mean(np.abs(true.mean(axis=0) - found.mean(axis=0))))


def kappa(true: Sequence[object], found: Sequence[object]) -> float:
    """Cohen's kappa: agreement beyond what the two shares alone would give."""
    labels = sorted(set(true) | set(found), key=str)
    index = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    for one, other in zip(true, found, strict=True):
        table[index[one], index[other]] += 1
    table /= len(true)
    chance = float(table.sum(axis=1) @ table.sum(axis=0))
    return _ratio(float(np.trace(table)) - chance, 1 - chance)


def auc(true: Flags, score: Scores) -> float:
    """Share of (positive, negative) pairs in the right order; a tie counts half."""
    positives = int(true.sum())
    negatives = len(true) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ranks = float(middle[inverse][true].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(true: Flags, score: Scores) -> float:
    """Mean precision over the positives, each at its own score; ties share a threshold."""
    positives = int(true.sum())
    if not positives:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    gained = np.diff(hits[last], prepend=0)
    return float(np.sum(gained * hits[last] / (last + 1)) / positives)


def reliability(true: Flags, score: Scores) -> list[Bin]:
    """The reliability diagram: one entry per bin that holds answers."""
    correct, likely = np.ravel(true), np.ravel(score)
    place = np.minimum((likely * BINS).astype(int), BINS - 1)
    return [
        Bin(
            probability=float(likely[place == b].mean()),
            share=float(correct[place == b].mean()),
            answers=int(np.sum(place == b)),
        )
        for b in range(BINS)
        if np.any(place == b)
    ]


def expected_calibration_error(true: Flags, score: Scores) -> float:
    """Mean |probability - share that was right| over the bins, by number of answers."""
    bins = reliability(true, score)
    total = sum(one.answers for one in bins)
    return _ratio(sum(one.answers * abs(one.probability - one.share) for one in bins), total)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
