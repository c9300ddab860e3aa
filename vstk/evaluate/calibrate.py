"""From scores to probabilities, and from probabilities to labels that count.

All of it is fitted on out-of-fold scores: a fit is more confident on the conversations that it was
fitted on than on new ones.
"""

from __future__ import annotations

import numpy as np

from vstk.heads.math import Floats, sigmoid, softmax

UNREACHABLE = 2.0
"""A threshold above every probability: the label is never chosen."""

_MULTINOMIAL_STEPS = 400
_PLATT_STEPS = 30
_CLASS_OFFSET_STEPS = 200

_SHRINKAGE = 3.0
"""Weight, in conversations, with which a label's slope is drawn towards that of its facet."""


def platt_lines(scores: Floats, true: Floats) -> tuple[Floats, Floats]:
    """Platt scaling of each label: log-odds = slope * score + offset.

    A dozen positives do not determine a slope: each label's is shrunken towards the one that
    suits all labels of the facet.

    Args:
        scores: standardised scores [conversations, labels].
        true: 0 or 1, of the same shape.

    Returns:
        Slopes and offsets, [labels] each.

    Source:
        Platt (1999), Probabilistic outputs for support vector machines.
    """
    shared = shrunken_platt(scores.ravel()[:, None], true.ravel()[:, None], 1.0, 1.0)[0][0]
    return shrunken_platt(scores, true, float(shared), _SHRINKAGE)


def shrunken_platt(
    scores: Floats, true: Floats, prior: float, weight: float
) -> tuple[Floats, Floats]:
    """Platt scaling by Newton's method, each slope shrunken towards `prior`.

    Args:
        scores: [conversations, labels].
        true: 0 or 1, of the same shape.
        prior: slope that all are drawn towards.
        weight: how strongly, in conversations.
    """
    share = (true.sum(axis=0) + 0.5) / (len(true) + 1)
    slope, offset = np.full(scores.shape[1], prior), np.log(share / (1 - share))
    for _ in range(_PLATT_STEPS):
        likely = sigmoid(slope * scores + offset)
        variance = likely * (1 - likely)
        residual = likely - true
        g0 = (residual * scores).sum(axis=0) + weight * (slope - prior)
        g1 = residual.sum(axis=0)
        h00 = (variance * scores**2).sum(axis=0) + weight
        h01 = (variance * scores).sum(axis=0)
        h11 = variance.sum(axis=0) + 1e-3
        det = h00 * h11 - h01**2
        slope = slope - np.clip((h11 * g0 - h01 * g1) / det, -1, 1)
        offset = offset - np.clip((h00 * g1 - h01 * g0) / det, -1, 1)
    return slope, offset


def multinomial(scores: Floats, true: Floats, penalty: float = 0.02) -> tuple[Floats, Floats]:
    """Multinomial logistic regression on the standardised scores of one facet.

    Steps are by Böhning's bound on the curvature, so that each one improves the
    fit and no step size has to be tuned.

    Args:
        scores: [conversations, labels].
        true: 0 or 1, of the same shape; one label each.
        penalty: L2 penalty on the coefficients, per conversation.

    Returns:
        Coefficients [labels, labels] and intercepts [labels]: logits = scores @ coefficients +
        intercepts.

    Source:
        Böhning (1992), Multinomial logistic regression algorithm.
    """
    n, labels = true.shape
    x = np.concatenate([scores, np.ones((n, 1))], axis=1)
    penalties = np.full((labels + 1, 1), penalty)
    penalties[-1] = 1e-4
    bound = np.linalg.inv(x.T @ x / (2 * n) + np.diag(penalties[:, 0]))
    weight = np.zeros((labels + 1, labels))
    weight[-1] = np.log(true.mean(axis=0) + 1e-4)
    for _ in range(_MULTINOMIAL_STEPS):
        weight = weight - bound @ (x.T @ (softmax(x @ weight) - true) / n + penalties * weight)
    return weight[:-1], weight[-1]


def unbiased_thresholds(likely: Floats, true: Floats) -> Floats:
    """Thresholds [labels] at which each label is found as often as annotators gave it.

    Found shares are then unbiased where the mix of conversations is the same,
    and F1 lies within a point of its best.

    Args:
        likely: probabilities [conversations, labels].
        true: 0 or 1, of the same shape.
    """
    thresholds = np.empty(likely.shape[1])
    for label in range(likely.shape[1]):
        ranked = np.sort(likely[:, label])[::-1]
        wanted = round(float(true[:, label].sum()))
        if wanted == 0 or wanted >= len(ranked):
            thresholds[label] = UNREACHABLE if wanted == 0 else 0.0
        else:
            thresholds[label] = (ranked[wanted - 1] + ranked[wanted]) / 2
    return thresholds


def class_offsets(likely: Floats, true: Floats, strength: float) -> Floats:
    """Divisors [labels] for exclusive labels: the largest probability / divisor wins.

    Args:
        likely: probabilities [conversations, labels].
        true: 0 or 1, of the same shape.
        strength: at 1 each label wins as often as annotators gave it; at 0 all divisors are one
            and the likeliest label wins.
    """
    wanted = np.log(true.mean(axis=0) + 0.005)
    log_likely = np.log(likely + 1e-9)
    offsets = np.zeros(likely.shape[1])
    for step in range(_CLASS_OFFSET_STEPS):
        best = (log_likely - offsets).argmax(axis=1)
        won = np.bincount(best, minlength=len(offsets)) / len(log_likely)
        offsets += 0.3 * 0.97**step * (np.log(won + 0.005) - wanted)
    return np.asarray(np.exp(strength * (offsets - offsets.mean())))
