"""From scores to probabilities, and from probabilities to labels that count.

All of it is fitted on out-of-fold scores, because a fit's own scores are surer
of themselves than those of a new conversation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

NEVER = 2.0
"""A threshold that no probability passes."""

_STEPS = 400
_SHRINKAGE = 3.0
"""How many conversations' worth a label's slope is drawn towards that of its facet."""


def logistic(logits: Floats) -> Floats:
    """Log-odds to probability."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))


def softmax(logits: Floats) -> Floats:
    """Scores of exclusive labels to probabilities, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def platt_lines(scores: Floats, true: Floats) -> tuple[Floats, Floats]:
    """Platt's line per label: slope and offset of the log-odds over standard scores.

    A label of a dozen positives cannot tell a slope of its own: each is drawn
    towards the one that suits all labels of the facet.

    Source:
        Platt (1999), Probabilistic outputs for support vector machines.
    """
    shared = shrunken_platt(scores.ravel()[:, None], true.ravel()[:, None], 1.0, 1.0)[0][0]
    return shrunken_platt(scores, true, float(shared), _SHRINKAGE)


def shrunken_platt(
    scores: Floats, true: Floats, prior: float, weight: float
) -> tuple[Floats, Floats]:
    """Each label's line, its slope drawn towards `prior` by `weight` conversations."""
    share = (true.sum(axis=0) + 0.5) / (len(true) + 1)
    slope, offset = np.full(scores.shape[1], prior), np.log(share / (1 - share))
    for _ in range(30):
        likely = logistic(slope * scores + offset)
        spread = likely * (1 - likely)
        down = (likely - true) * scores
        g0 = down.sum(axis=0) + weight * (slope - prior)
        g1 = (likely - true).sum(axis=0)
        h00 = (spread * scores**2).sum(axis=0) + weight
        h01 = (spread * scores).sum(axis=0)
        h11 = spread.sum(axis=0) + 1e-3
        det = h00 * h11 - h01**2
        slope = slope - np.clip((h11 * g0 - h01 * g1) / det, -1, 1)
        offset = offset - np.clip((h00 * g1 - h01 * g0) / det, -1, 1)
    return slope, offset


def multinomial(scores: Floats, true: Floats, penalty: float = 0.02) -> tuple[Floats, Floats]:
    """Multinomial logistic over the standard scores of one facet: matrix and offsets.

    Steps are by Böhning's bound on the curvature, so that each one improves the
    fit and none needs to be tuned.

    Source:
        Böhning (1992), Multinomial logistic regression algorithm.
    """
    n, labels = true.shape
    x = np.concatenate([scores, np.ones((n, 1))], axis=1)
    held = np.full((labels + 1, 1), penalty)
    held[-1] = 1e-4
    bound = np.linalg.inv(x.T @ x / (2 * n) + np.diag(held[:, 0]))
    weight = np.zeros((labels + 1, labels))
    weight[-1] = np.log(true.mean(axis=0) + 1e-4)
    for _ in range(_STEPS):
        weight = weight - bound @ (x.T @ (softmax(x @ weight) - true) / n + held * weight)
    return weight[:-1], weight[-1]


def unbiased_thresholds(likely: Floats, true: Floats) -> Floats:
    """Thresholds at which each label is found as often as annotators gave it.

    Found shares are then unbiased where the mix of conversations is the same,
    and F1 lies within a point of its best.
    """
    cut = np.empty(likely.shape[1])
    for label in range(likely.shape[1]):
        ranked = np.sort(likely[:, label])[::-1]
        wanted = round(float(true[:, label].sum()))
        if wanted == 0 or wanted >= len(ranked):
            cut[label] = NEVER if wanted == 0 else 0.0
        else:
            cut[label] = (ranked[wanted - 1] + ranked[wanted]) / 2
    return cut


def class_offsets(likely: Floats, true: Floats, strength: float) -> Floats:
    """Divisors for exclusive labels: the largest probability / divisor wins.

    At strength 1 each label wins as often as annotators gave it; at 0 all
    divisors are one and the likeliest label wins.
    """
    wanted = np.log(true.mean(axis=0) + 0.005)
    held = np.log(likely + 1e-9)
    off = np.zeros(likely.shape[1])
    for step in range(200):
        won = np.bincount((held - off).argmax(axis=1), minlength=len(off)) / len(held)
        off += 0.3 * 0.97**step * (np.log(won + 0.005) - wanted)
    return np.asarray(np.exp(strength * (off - off.mean())))
