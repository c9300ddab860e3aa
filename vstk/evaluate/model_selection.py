"""Choosing recipes: which hidden states a facet is read from, and how strictly.

A recipe says how much the products of each vector count, those of the quadratic terms
last, and how strong the penalty is. For each facet the one with the least squared
error out of fold is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import ridge
from vstk.evaluate.ridge import Floats, Hyperparameters
from vstk.types import ABOUT, Facet

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

# Smaller ones were tried and gain nothing.
PENALTIES = (0.00025, 0.0005, 0.001, 0.002, 0.004)

QUADRATIC = (0.0, 0.3)
"""Shares of quadratic terms among all products, to choose from. What makes a reply
harmful is not only what it says, but what it says to whom."""

CURVED = frozenset({"single", "ordinal", "binary"})
"""Kinds that may choose quadratic terms. With many labels the squared error falls,
and so does F1."""

OF_REPLY = frozenset(facet for facet, role in ABOUT.items() if role == "assistant")
"""Learned from, and judged by, conversations in which the assistant says something."""

COMPONENTS = 128
"""Principal components of the two means whose quadratic terms are taken."""

SIDES = (0, 1)
"""The vectors that quadratic terms are of, user and assistant mean, of the sheet's last layer."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """The recipe of one facet, and what it comes to."""

    name: Facet
    labels: tuple[str, ...]
    rows: NDArray[np.int_]
    """Places of the conversations that are learned from."""

    true: Floats
    """Their labels, 0 or 1 [rows, labels]."""

    recipe: Hyperparameters
    scores: Floats
    """Theirs, out of fold."""


def choose(
    true: Mapping[Facet, tuple[tuple[str, ...], Floats]],
    by_vector: Sequence[Floats],
    folds: NDArray[np.int_],
    *,
    replied: NDArray[np.bool_] | None = None,
    copies_of: Sequence[int] = (),
) -> list[Chosen]:
    """For each facet the recipe with the least squared error out of fold.

    Args:
        true: per facet its labels, and 0 or 1 for each [conversations, labels].
        by_vector: products of each vector, layer by layer, those of the quadratic terms last.
        folds: of each conversation.
        replied: in which conversations the assistant says something; in all of them if absent.
        copies_of: of which conversations the copies are whose products follow. They are
            learned from in the folds of their originals, and not judged.
    """
    everyone = np.arange(len(folds))
    of_reply = everyone if replied is None else np.flatnonzero(replied)
    best: dict[Facet, tuple[float, Chosen]] = {}
    for rows, facets in _groups(true, everyone, of_reply):
        learned, origins = learned_from(rows, len(folds), copies_of)
        flags = np.concatenate([true[facet][1] for facet in facets], axis=1)
        ends = np.cumsum([true[facet][1].shape[1] for facet in facets])[:-1]
        for vectors in _mixes(len(by_vector) - 1):
            kernel = ridge.mixed_kernel(by_vector, Hyperparameters(vectors=vectors, penalty=0))
            if len(learned) < len(kernel):
                kernel = kernel[np.ix_(learned, learned)]
            found = ridge.out_of_fold(kernel, flags[origins], folds[origins], PENALTIES)
            for penalty, scores in found.items():
                recipe = Hyperparameters(vectors=vectors, penalty=penalty)
                parts = np.split(scores[: len(rows)], ends, axis=1)
                for facet, part in zip(facets, parts, strict=True):
                    if vectors[-1] and KINDS[facet] not in CURVED:
                        continue
                    labels, own = true[facet]
                    error = float(np.sum((own[rows] - part) ** 2))
                    if facet not in best or error < best[facet][0]:
                        chosen = Chosen(facet, labels, rows, own[rows], recipe, part)
                        best[facet] = error, chosen
    return [best[facet][1] for facet in true]


def learned_from(
    rows: NDArray[np.int_], count: int, copies_of: Sequence[int]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Places of some of `count` conversations and then of their copies, and of the originals."""
    of = np.asarray(copies_of, dtype=int)
    copies = np.flatnonzero(np.isin(of, rows))
    return np.concatenate([rows, count + copies]), np.concatenate([rows, of[copies]])


def _groups(
    facets: Iterable[Facet], everyone: NDArray[np.int_], of_reply: NDArray[np.int_]
) -> list[tuple[NDArray[np.int_], list[Facet]]]:
    """Facets that are learned from the same conversations."""
    if len(of_reply) == len(everyone):
        return [(everyone, list(facets))]
    groups: tuple[list[Facet], list[Facet]] = ([], [])
    for facet in facets:
        groups[facet in OF_REPLY].append(facet)
    pairs = zip((everyone, of_reply), groups, strict=True)
    return [(rows, group) for rows, group in pairs if group]


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
    both = Hyperparameters(vectors=(1.0,) * len(SIDES), penalty=0)
    return ridge.quadratic_products(ridge.mixed_kernel([last[i] for i in SIDES], both), COMPONENTS)
