"""Ridge regression where conversations are few and features many.

Everything happens on the conversations x conversations matrix of products: one
eigendecomposition gives the out-of-fold scores for every label and penalty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_LEVEL = 10.0
"""Product that a constant feature adds: far above all others, so that the level is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Which vectors of a layer count for how much, and how strong the penalty is."""

    vectors: tuple[float, ...]
    """Weight of the products of each vector, or of quadratic terms; they need not add up to one."""

    penalty: float
    """Per conversation, for products that are 1 on average."""


def standard(features: Floats) -> tuple[Floats, Floats, Floats]:
    """Features of one vector [conversations, width] as heads see them, mean and scale.

    Standardised, and each conversation's at length sqrt(width).
    """
    features = features.astype(np.float32)
    mean = features.mean(axis=0)
    # A dimension that never moves must not be divided by nothing.
    scale = np.maximum(features.std(axis=0), 1e-4)
    return unit_length((features - mean) / scale), mean, scale


def unit_length(x: Floats) -> Floats:
    """Each row at length sqrt(width); a row of nothing stays so."""
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x * np.float32(np.sqrt(x.shape[1])) / np.maximum(lengths, 1e-9))


def inner_products(features: Floats) -> Floats:
    """Products of all pairs of conversations, 1 for a pair of the same."""
    x, _, _ = standard(features)
    return np.asarray(x @ x.T / x.shape[1])


def components(kernel: Floats, count: int) -> tuple[Floats, Floats]:
    """The principal components of vectors whose products are `kernel`.

    Returns:
        Eigenvectors [conversations, at most `count`] and their values, largest first.
    """
    values, vectors = np.linalg.eigh(kernel)
    # What is nothing but rounding is no direction.
    kept = np.flatnonzero(values > 1e-5 * values[-1])[::-1][:count]
    return vectors[:, kept], values[kept]


def quadratic_products(kernel: Floats, count: int) -> Floats:
    """Products of the quadratic terms of the principal components, 1 for a pair of the same."""
    vectors, values = components(kernel, count)
    z = vectors * np.sqrt(values)
    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)
    return np.asarray((z @ z.T) ** 2, dtype=np.float32)


def quadratic_terms(x: Floats, directions: Floats) -> Floats:
    """Quadratic terms [conversations, terms] of features in some directions.

    The features on each direction, drawn to length one, and then all products of two of
    them, so weighted that products of the terms are squares of products; at
    length sqrt(terms), as any vector's features.
    """
    z = x @ directions.astype(np.float32).T
    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)
    one, other = np.triu_indices(z.shape[1])
    weight = np.sqrt(np.where(one == other, 1.0, 2.0) * len(one)).astype(np.float32)
    return np.asarray(z[:, one] * z[:, other] * weight)


def mixed_kernel(by_vector: Sequence[Floats], recipe: Hyperparameters) -> Floats:
    """The products of a recipe."""
    total = sum(recipe.vectors)
    pairs = zip(recipe.vectors, by_vector, strict=True)
    return np.asarray(sum((w / total) * one for w, one in pairs if w), dtype=np.float32)


def out_of_fold(
    kernel: Floats, targets: Floats, folds: NDArray[np.int_], penalties: Sequence[float]
) -> dict[float, Floats]:
    """Scores of every conversation by ridge that has not seen its fold, for each penalty.

    Exact, and without refitting: leaving out rows of a linear smoother H changes
    their residuals by the inverse of I - H on those rows.
    """
    n = len(kernel)
    values, vectors = np.linalg.eigh(kernel + np.float32(_LEVEL))
    values = np.maximum(values, 0)
    turned = vectors.T @ targets
    result = {}
    for penalty in penalties:
        kept = values / (values + penalty * n)
        fitted = vectors @ (kept[:, None] * turned)
        scores = np.empty_like(fitted)
        for fold in np.unique(folds):
            out = np.flatnonzero(folds == fold)
            block = (vectors[out] * kept) @ vectors[out].T
            missed = np.linalg.solve(
                np.eye(len(out), dtype=block.dtype) - block, targets[out] - fitted[out]
            )
            scores[out] = targets[out] - missed
        result[penalty] = scores
    return result


def held_out(kernel: Floats, targets: Floats, train: NDArray[np.int_], penalty: float) -> Floats:
    """Scores of every conversation by ridge that has seen only `train`."""
    square = kernel[np.ix_(train, train)] + np.float32(_LEVEL)
    square = square + penalty * len(train) * np.eye(len(train), dtype=np.float32)
    return np.asarray((kernel[:, train] + _LEVEL) @ np.linalg.solve(square, targets[train]))


def coefficients(
    by_vector: Sequence[Floats], kernel: Floats, targets: Floats, recipe: Hyperparameters
) -> tuple[Floats, Floats]:
    """The fit as weights [labels, vectors * width] over standard features, and levels.

    Args:
        by_vector: standard features of each vector, [conversations, width].
        kernel: their products under the recipe.
        targets: 0 or 1, [conversations, labels].
        recipe: what was chosen.
    """
    n, total = len(kernel), sum(recipe.vectors)
    square = kernel + np.float32(_LEVEL) + recipe.penalty * n * np.eye(n, dtype=np.float32)
    dual = np.linalg.solve(square, targets)
    weight = [
        (share / total / max(x.shape[1], 1)) * (dual.T @ x)
        for share, x in zip(recipe.vectors, by_vector, strict=True)
    ]
    return np.concatenate(weight, axis=1), _LEVEL * dual.sum(axis=0)


def assign_folds(
    groups: Sequence[str], strata: Sequence[str], count: int, seed: int
) -> NDArray[np.int_]:
    """Folds in which each stratum is spread evenly and no group is divided.

    A group is a question that several assistants answered: half of it would
    tell a fold the answer to the other half.
    """
    members: dict[str, dict[str, list[int]]] = {}
    stratum_of = dict(zip(groups, strata, strict=True))
    for index, group in enumerate(groups):
        members.setdefault(stratum_of[group], {}).setdefault(group, []).append(index)
    random = np.random.default_rng(seed)
    folds = np.zeros(len(groups), dtype=int)
    dealt = 0
    for stratum in sorted(members):
        rows = list(members[stratum].values())
        for place, which in enumerate(random.permutation(len(rows))):
            folds[rows[which]] = (dealt + place) % count
        dealt += len(rows)
    return folds
