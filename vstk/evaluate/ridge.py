"""Kernel ridge regression, for few conversations and many features.

Everything happens on the kernel, the conversations x conversations matrix of inner products: one
eigendecomposition gives the out-of-fold scores for every label and penalty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vstk.heads.math import Floats, unit_length

CONSTANT_FEATURE = np.float32(10.0)
"""Inner product that a constant feature adds: far above all others, so that the intercept is
hardly penalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """How much each vector counts, and how strong the penalty is."""

    vectors: tuple[float, ...]
    """Weight of the kernel of each vector, or of quadratic terms; they need not add up to one."""

    penalty: float
    """L2 penalty per conversation, for kernels that are 1 on the diagonal on average."""


def standardised(features: Floats) -> tuple[Floats, Floats, Floats]:
    """Features of one vector as heads read them.

    Args:
        features: [conversations, width].

    Returns:
        Features with mean 0 and standard deviation 1 in each dimension, then each conversation's
        scaled to length sqrt(width); the mean [width]; the standard deviation [width].
    """
    features = features.astype(np.float32)
    mean = features.mean(axis=0)
    # A dimension that is constant must not be divided by zero.
    scale = np.maximum(features.std(axis=0), 1e-4)
    return unit_length((features - mean) / scale), mean, scale


def inner_products(features: Floats) -> Floats:
    """Kernel of one vector's features [conversations, width]; 1 on its diagonal."""
    x, _, _ = standardised(features)
    return np.asarray(x @ x.T / x.shape[1])


def components(kernel: Floats, count: int) -> tuple[Floats, Floats]:
    """The principal components of vectors whose inner products are `kernel`.

    Returns:
        Eigenvectors [conversations, at most `count`] and eigenvalues, largest first.
    """
    values, vectors = np.linalg.eigh(kernel)
    # Eigenvalues that are rounding errors have no direction.
    kept = np.flatnonzero(values > 1e-5 * values[-1])[::-1][:count]
    return vectors[:, kept], values[kept]


def quadratic_kernel(kernel: Floats, count: int) -> Floats:
    """Kernel of the quadratic terms of the first principal components; 1 on its diagonal."""
    vectors, values = components(kernel, count)
    z = vectors * np.sqrt(values)
    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)
    return np.asarray((z @ z.T) ** 2, dtype=np.float32)


def mixed_kernel(kernels: Sequence[Floats], vectors: Sequence[float]) -> Floats:
    """Weighted mean of kernels; the weights need not add up to one."""
    total = sum(vectors)
    pairs = zip(vectors, kernels, strict=True)
    return np.asarray(sum((w / total) * one for w, one in pairs if w), dtype=np.float32)


def out_of_fold(
    kernel: Floats, targets: Floats, folds: NDArray[np.int_], penalties: Sequence[float]
) -> dict[float, Floats]:
    """Scores of every conversation by a fit that has not seen its fold, for each penalty.

    Exact, and without refitting: leaving out rows of a linear smoother H changes
    their residuals by the inverse of I - H on those rows.

    Args:
        kernel: [conversations, conversations].
        targets: 0 or 1, [conversations, labels].
        folds: fold of each conversation.
        penalties: to be tried.
    """
    n = len(kernel)
    values, vectors = np.linalg.eigh(kernel + CONSTANT_FEATURE)
    values = np.maximum(values, 0)
    rotated = vectors.T @ targets
    result = {}
    for penalty in penalties:
        shrinkage = values / (values + penalty * n)
        fitted = vectors @ (shrinkage[:, None] * rotated)
        scores = np.empty_like(fitted)
        for fold in np.unique(folds):
            out = np.flatnonzero(folds == fold)
            smoother = (vectors[out] * shrinkage) @ vectors[out].T
            residual = np.linalg.solve(
                np.eye(len(out), dtype=smoother.dtype) - smoother, targets[out] - fitted[out]
            )
            scores[out] = targets[out] - residual
        result[penalty] = scores
    return result


def coefficients(
    features: Sequence[Floats],
    kernel: Floats,
    targets: Floats,
    hyperparameters: Hyperparameters,
) -> tuple[Floats, Floats]:
    """The fit as an affine map of standardised features.

    Args:
        features: of each vector, standardised [conversations, width].
        kernel: their mixed kernel under the hyperparameters.
        targets: 0 or 1, [conversations, labels].
        hyperparameters: weights of the vectors, and the penalty.

    Returns:
        Coefficients [labels, vectors * width] and intercepts [labels].
    """
    n, total = len(kernel), sum(hyperparameters.vectors)
    ridge = hyperparameters.penalty * n * np.eye(n, dtype=np.float32)
    dual = np.linalg.solve(kernel + CONSTANT_FEATURE + ridge, targets)
    weight = [
        (share / total / max(x.shape[1], 1)) * (dual.T @ x)
        for share, x in zip(hyperparameters.vectors, features, strict=True)
    ]
    return np.concatenate(weight, axis=1), float(CONSTANT_FEATURE) * dual.sum(axis=0)


def assign_folds(
    groups: Sequence[str], strata: Sequence[str], count: int, seed: int
) -> NDArray[np.int_]:
    """Folds in which each stratum is spread evenly and no group is divided.

    A group is a question that several assistants answered: half of it would
    tell a fold the answer to the other half.

    Args:
        groups: of each conversation.
        strata: of each conversation; that of a group's last conversation holds for the group.
        count: of folds.
        seed: of the random order.

    Returns:
        Fold of each conversation, 0 to count - 1.
    """
    members: dict[str, dict[str, list[int]]] = {}
    stratum_of = dict(zip(groups, strata, strict=True))
    for index, group in enumerate(groups):
        members.setdefault(stratum_of[group], {}).setdefault(group, []).append(index)
    random = np.random.default_rng(seed)
    folds = np.zeros(len(groups), dtype=int)
    assigned = 0
    for stratum in sorted(members):
        rows = list(members[stratum].values())
        for place, which in enumerate(random.permutation(len(rows))):
            folds[rows[which]] = (assigned + place) % count
        assigned += len(rows)
    return folds
