"""Model selection: which hidden states a facet is read from, and how strongly it is regularised.

Hyperparameters say how much the kernel of each vector counts, that of the quadratic terms last, and
how strong the penalty is. For each facet those with the least squared error out of fold are
selected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import ridge
from vstk.evaluate.ridge import Hyperparameters
from vstk.facets import FacetSpec, Kind
from vstk.heads.math import Floats
from vstk.types import Facet

MIXES: Mapping[str, tuple[float, ...]] = {
    "user": (2, 0.3, 0, 0.2, 0, 0.2),
    "user and task": (2, 0, 0, 1, 0.3, 0.3),
    "both sides": (1, 2, 0.5, 0.3, 0.3, 0.3),
    "assistant": (0.5, 3, 0.2, 0.1, 0.1, 0.1),
}
"""Candidate weights of a layer's vectors: user mean, assistant mean, mean of the last assistant
turn, three probe positions."""

# Smaller ones were tried and gain nothing.
PENALTIES = (0.00025, 0.0005, 0.001, 0.002, 0.004)

QUADRATIC_SHARES = (0.0, 0.3)
"""Candidate shares of the quadratic terms in the whole kernel. What makes a reply
harmful is not only what it says, but what it says to whom."""

QUADRATIC_KINDS: frozenset[Kind] = frozenset({"single", "ordinal", "binary"})
"""Kinds of facets that may use quadratic terms. With many labels the squared error falls,
and so does F1."""

COMPONENTS = 128
"""Principal components of the two means whose quadratic terms are computed."""

QUADRATIC_VECTORS = (0, 1)
"""Vectors of the sheet's last layer that quadratic terms are computed of: user and assistant
mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is to be learned of one facet."""

    spec: FacetSpec
    flags: Floats
    """0 or 1, [conversations, labels]."""

    rows: NDArray[np.int_]
    """Indexes of the conversations that are learned from: those in which the side that the facet
    is about says something."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectedModel:
    """The hyperparameters selected for one facet, and what they achieve."""

    spec: FacetSpec
    rows: NDArray[np.int_]
    """Indexes of the conversations that are learned from."""

    true: Floats
    """Their labels, 0 or 1 [rows, labels]."""

    hyperparameters: Hyperparameters
    scores: Floats
    """Their scores out of fold, [rows, labels]."""


def kernels(features: Floats) -> list[Floats]:
    """Kernels of all vectors, layer by layer, and of the quadratic terms last.

    Args:
        features: hidden states [conversations, layers, vectors, width].
    """
    _, layers, vectors, _ = features.shape
    linear = [
        ridge.inner_products(features[:, a, b]) for a in range(layers) for b in range(vectors)
    ]
    return [*linear, quadratic_kernel(linear)]


def quadratic_kernel(linear: Sequence[Floats]) -> Floats:
    """Kernel of the quadratic terms, given those of each vector, layer by layer."""
    last = linear[-len(next(iter(MIXES.values()))) :]
    both = ridge.mixed_kernel([last[i] for i in QUADRATIC_VECTORS], (1.0,) * len(QUADRATIC_VECTORS))
    return ridge.quadratic_kernel(both, COMPONENTS)


def select(
    targets: Mapping[Facet, Targets],
    kernels: Sequence[Floats],
    folds: NDArray[np.int_],
    *,
    copies_of: Sequence[int] = (),
) -> list[SelectedModel]:
    """For each facet the hyperparameters with the least squared error out of fold.

    Args:
        targets: what is to be learned.
        kernels: of each vector, layer by layer, that of the quadratic terms last.
        folds: of each conversation.
        copies_of: for each copy, whose kernel rows follow those of the conversations, the index
            of its original. Copies are learned from in the folds of their originals, and not
            scored.
    """
    best: dict[Facet, tuple[float, SelectedModel]] = {}
    for rows, group in _by_rows(targets):
        learned, origins = learned_from(rows, len(folds), copies_of)
        flags = np.concatenate([one.flags for one in group], axis=1)
        ends = np.cumsum([one.flags.shape[1] for one in group])[:-1]
        for vectors in _candidates(len(kernels) - 1):
            kernel = ridge.mixed_kernel(kernels, vectors)
            if len(learned) < len(kernel):
                kernel = kernel[np.ix_(learned, learned)]
            fits = ridge.out_of_fold(kernel, flags[origins], folds[origins], PENALTIES)
            for penalty, scores in fits.items():
                parts = np.split(scores[: len(rows)], ends, axis=1)
                for one, part in zip(group, parts, strict=True):
                    if vectors[-1] and one.spec.kind not in QUADRATIC_KINDS:
                        continue
                    error = float(np.sum((one.flags[rows] - part) ** 2))
                    if one.spec.key not in best or error < best[one.spec.key][0]:
                        best[one.spec.key] = (
                            error,
                            SelectedModel(
                                spec=one.spec,
                                rows=rows,
                                true=one.flags[rows],
                                hyperparameters=Hyperparameters(vectors=vectors, penalty=penalty),
                                scores=part,
                            ),
                        )
    return [best[facet][1] for facet in targets]


def learned_from(
    rows: NDArray[np.int_], count: int, copies_of: Sequence[int]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Indexes of conversations and then of their copies, and indexes of the originals.

    Args:
        rows: indexes of the conversations.
        count: of all conversations; copies follow these.
        copies_of: for each copy the index of its original.
    """
    of = np.asarray(copies_of, dtype=int)
    copies = np.flatnonzero(np.isin(of, rows))
    return np.concatenate([rows, count + copies]), np.concatenate([rows, of[copies]])


def _by_rows(
    targets: Mapping[Facet, Targets],
) -> list[tuple[NDArray[np.int_], list[Targets]]]:
    """Facets that are learned from the same conversations, together: one fit serves them all."""
    groups: dict[bytes, list[Targets]] = {}
    for one in targets.values():
        groups.setdefault(one.rows.tobytes(), []).append(one)
    return [(group[0].rows, group) for group in groups.values()]


def _candidates(vectors: int) -> list[tuple[float, ...]]:
    """Each mix on each layer alone and on all of them, with quadratic terms and without."""
    found: dict[tuple[float, ...], None] = {}
    for mix in MIXES.values():
        layers = vectors // len(mix)
        for wanted in [*({layer} for layer in range(layers)), set(range(layers))]:
            weights = tuple(float(w) * (layer in wanted) for layer in range(layers) for w in mix)
            for share in QUADRATIC_SHARES:
                quadratic = sum(weights) * share / (1 - share)
                found[(*weights, quadratic)] = None  # of one layer, alone and all are the same
    return list(found)
