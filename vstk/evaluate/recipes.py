"""Choosing recipes: which hidden states a facet is read from, and how strictly.

A recipe says how much the products of each vector count, those of the quadratic terms
last, and how strong the penalty is. For each facet the one with the least squared
error out of fold is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import ridge
from vstk.evaluate.ridge import Floats, Recipe
from vstk.types import Facet

KINDS: Mapping[Facet, str] = {
    "subjectivity": "ordinal",
    "task": "single",
    "ai_value": "multi",
    "human_value": "multi",
    "response_type": "single",
    "jailbreak_attempt": "binary",
    "harmful_values": "binary",
}

MIXES: Mapping[str, tuple[float, ...]] = {
    "user": (2, 0.3, 0, 0.2, 0, 0.2),
    "user and task": (2, 0, 0, 1, 0.3, 0.3),
    "both sides": (1, 2, 0.5, 0.3, 0.3, 0.3),
    "assistant": (0.5, 3, 0.2, 0.1, 0.1, 0.1),
}
"""Mixes of a layer's vectors to choose from: user mean, assistant mean, last assistant turn,
three taps."""

# Smaller ones gain nothing: harm, with quadratic terms, AUC .944 at .0002, .943 at .0001.
PENALTIES = (0.00025, 0.0005, 0.001, 0.002, 0.004)

QUADRATIC = (0.0, 0.3)
"""Shares of quadratic terms among all products, to choose from. What makes a reply
harmful is not only what it says, but what it says to whom."""

CURVED = frozenset({"single", "ordinal", "binary"})
"""Kinds that may choose quadratic terms. With many labels the squared error falls,
but so does F1 (AI values: .598 to .591)."""

COMPONENTS = 128
"""Principal components of the two means whose quadratic terms are taken."""

SIDES = (0, 1)
"""The vectors that quadratic terms are of, user and assistant mean, of the sheet's last layer."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """The recipe of one facet, and what it comes to."""

    name: Facet
    labels: tuple[str, ...]
    true: Floats
    recipe: Recipe
    scores: Floats
    """Out of fold."""


def choose(
    true: Mapping[Facet, tuple[tuple[str, ...], Floats]],
    by_vector: Sequence[Floats],
    folds: NDArray[np.int_],
    *,
    copies_of: Sequence[int] = (),
) -> list[Chosen]:
    """For each facet the recipe with the least squared error out of fold.

    Copies, whose products follow those of the conversations, are learned from in the folds
    of their originals and not judged.
    """
    every = np.concatenate([flags for _, flags in true.values()], axis=1)
    learned = np.concatenate([np.arange(len(every)), np.asarray(copies_of, dtype=int)])
    ends = np.cumsum([flags.shape[1] for _, flags in true.values()])[:-1]
    best: dict[Facet, tuple[float, Chosen]] = {}
    for vectors in _mixes(len(by_vector) - 1):
        kernel = ridge.mixed(by_vector, Recipe(vectors=vectors, penalty=0))
        for penalty, scores in _out_of_fold(kernel, every, folds, learned).items():
            recipe = Recipe(vectors=vectors, penalty=penalty)
            parts = zip(true.items(), np.split(scores, ends, axis=1), strict=True)
            for (facet, (labels, flags)), part in parts:
                if vectors[-1] and KINDS[facet] not in CURVED:
                    continue
                error = float(np.sum((flags - part) ** 2))
                if facet not in best or error < best[facet][0]:
                    best[facet] = error, Chosen(facet, labels, flags, recipe, part)
    return [found for _, found in best.values()]


def _out_of_fold(
    kernel: Floats, true: Floats, folds: NDArray[np.int_], learned: NDArray[np.int_]
) -> dict[float, Floats]:
    """By penalty the scores of the conversations, which stand first among what is learned from."""
    scores = ridge.out_of_fold(kernel, true[learned], folds[learned], PENALTIES)
    return {penalty: found[: len(true)] for penalty, found in scores.items()}


def _mixes(vectors: int) -> list[tuple[float, ...]]:
    """Each mix on each layer alone and on all of them alike, with quadratic terms and without."""
    found: dict[tuple[float, ...], None] = {}
    for mix in MIXES.values():
        layers = vectors // len(mix)
        for wanted in [*({layer} for layer in range(layers)), set(range(layers))]:
            recipe = tuple(float(w) * (layer in wanted) for layer in range(layers) for w in mix)
            for share in QUADRATIC:
                curved = sum(recipe) * share / (1 - share)
                found[(*recipe, curved)] = None  # of one layer, alone and all are the same
    return list(found)


def quadratic_products(by_vector: Sequence[Floats]) -> Floats:
    """Products of the quadratic terms, given those of each vector, layer by layer."""
    last = by_vector[-len(next(iter(MIXES.values()))) :]
    both = Recipe(vectors=(1.0,) * len(SIDES), penalty=0)
    return ridge.quadratic_products(ridge.mixed([last[i] for i in SIDES], both), COMPONENTS)
