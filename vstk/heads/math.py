"""Functions that training and the forward pass share.

All of them work along the last axis, so that they take one conversation or many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_SMALLEST_LENGTH = 1e-9
"""Vectors are divided by no smaller length, so that a vector of zeros stays one."""


def unit_length(x: Floats) -> Floats:
    """Scale vectors [..., width] to Euclidean length sqrt(width), in the precision of `x`.

    The length of a hidden state says how long and how unusual a text is, not what is in it,
    and a vector that is longer than the others must not outweigh them.
    """
    lengths = np.linalg.norm(x, axis=-1, keepdims=True)
    root = x.dtype.type(np.sqrt(x.shape[-1]))
    return np.asarray(x * root / np.maximum(lengths, _SMALLEST_LENGTH))


def quadratic_terms(x: Floats, directions: Floats) -> Floats:
    """Quadratic terms of features along some directions, in the precision of `x`.

    The features are projected on the directions and scaled to length one; the terms are all
    products z[i] * z[j], i <= j in order of i, times sqrt(2) where i < j, times sqrt(terms).
    So weighted, the inner product of two conversations' terms is proportional to the square of
    that of their projections.

    Args:
        x: standardised features [..., dimensions].
        directions: [components, dimensions].

    Returns:
        [..., components * (components + 1) / 2], of length sqrt(terms).
    """
    z = x @ directions.astype(x.dtype).T
    lengths = np.sqrt(z[..., None, :] @ z[..., :, None])[..., 0]
    z = z / np.maximum(lengths, _SMALLEST_LENGTH)
    one, other = np.triu_indices(z.shape[-1])
    weights = np.sqrt(np.where(one == other, 1.0, 2.0) * len(one)).astype(x.dtype)
    return np.asarray(z[..., one] * z[..., other] * weights)


def sigmoid(logits: Floats) -> NDArray[np.float64]:
    """Log-odds to probabilities 0..1, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))


def softmax(logits: Floats) -> NDArray[np.float64]:
    """Logits of exclusive labels [..., labels] to probabilities that add up to one."""
    logits = np.asarray(logits, dtype=np.float64)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
