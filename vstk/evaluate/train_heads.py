"""Learning heads: hidden states of labelled conversations become affine maps.

Per facet: ridge regression of 0 or 1 on the standardised vectors of one layer
or of all and on quadratic terms of what the two sides said, its recipe chosen out
of fold; then a calibration of the out-of-fold scores, and thresholds at which found
shares are unbiased. All of it is affine in these, so that a head is one matrix and one
offset. Numpy does it in a minute or two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import agreement, calibrated_answers, model_selection, result_table, ridge
from vstk.evaluate.gold import SUBJECTIVITY, TASK_KEYS, GoldConversation
from vstk.evaluate.model_selection import KINDS, Chosen
from vstk.evaluate.ridge import Floats
from vstk.types import Answer, Extraction, Facet

FOLDS = 10

_, _REPLY = model_selection.SIDES
"""The vector that is nothing where the assistant says nothing: its mean."""


@dataclass(frozen=True, eq=False)
class FittedHead:
    """The head of one facet, as arrays."""

    labels: tuple[str, ...]
    kind: str
    weight: Floats
    """[labels, dimensions], over standardised features and then quadratic terms."""

    bias: Floats
    thresholds: Floats
    """Multi and binary: the probability from which a label counts. Otherwise all
    zero: the likeliest label counts."""


@dataclass(frozen=True, eq=False)
class FittedHeads:
    """What was learned, and what cross-validation says of it."""

    facets: Mapping[str, FittedHead]
    mean: Floats
    scale: Floats
    blocks: tuple[tuple[int, int], ...]
    """(layer index, vector index), in the order of the weights."""

    paired: tuple[int, ...]
    """Which of the blocks quadratic terms are of."""

    directions: Floats
    """[components, paired * width], over standardised features."""

    meta: dict[str, Any]
    cross_validation: dict[str, Any]
    """A result document like that of `evaluate`, out of fold."""

    summary: str

    def read(self, features: NDArray[np.floating[Any]]) -> list[Extraction]:
        """What the heads find in hidden states [conversations, layers, vectors, width]."""
        x = np.concatenate([features[:, layer, vector] for layer, vector in self.blocks], axis=1)
        x = (x.astype(np.float32) - self.mean) / self.scale
        by_block = [ridge.unit_length(one) for one in np.split(x, len(self.blocks), axis=1)]
        terms = ridge.quadratic_terms(_hstack(by_block, self.paired), self.directions)
        x = np.concatenate([*by_block, terms], axis=1)
        found: list[list[Answer]] = [[] for _ in x]
        is_silent = np.asarray(~features[:, :, _REPLY].any(axis=(1, 2)))
        for name, head in self.facets.items():
            logits = x @ head.weight.T.astype(np.float32) + head.bias
            silent = is_silent if name in model_selection.OF_REPLY else np.zeros_like(is_silent)
            calibrated_answers.add(found, name, head.labels, logits, head.thresholds, silent)
        return [calibrated_answers.extraction("", given) for given in found]


def fit(
    features: NDArray[np.floating[Any]],
    records: Sequence[GoldConversation],
    *,
    categories: Sequence[str],
    copies_of: Sequence[int] = (),
    seed: int = 0,
) -> FittedHeads:
    """Learn heads from the first annotator of each conversation.

    Args:
        features: hidden states [conversations and copies, layers, vectors, width].
        records: the conversations, in the same order.
        categories: keys that an AI or human value can have.
        copies_of: for each copy, whose states follow those of the conversations, the place
            of its original. It is learned from with the original's labels, in its fold;
            calibration and cross-validation do not look at it.
        seed: deals the folds.
    """
    places = [(a, b) for a in range(features.shape[1]) for b in range(features.shape[2])]
    by_vector = [ridge.inner_products(features[:, layer, vector]) for layer, vector in places]
    products = [*by_vector, model_selection.quadratic_products(by_vector)]
    chosen, result = _cross_validate(
        products, records, categories=categories, copies_of=copies_of, seed=seed
    )
    used = [i for i in range(len(products)) if any(one.recipe.vectors[i] for one in chosen)]
    last = features.shape[1] - 1
    is_curved = len(places) in used
    sides = [places.index((last, vector)) for vector in model_selection.SIDES] if is_curved else []
    linear = sorted({*used, *sides} - {len(places)})
    blocks = tuple(places[i] for i in linear)
    standards = [ridge.standard(features[:, layer, vector]) for layer, vector in blocks]
    x = [one for one, _, _ in standards]
    paired = tuple(linear.index(i) for i in sides)
    directions = _principal_directions(_hstack(x, paired))
    x.append(ridge.quadratic_terms(_hstack(x, paired), directions))
    true = targets(records, categories)
    heads: dict[str, FittedHead] = {}
    rare: dict[str, list[str]] = {}
    for one in chosen:
        kernel = ridge.mixed_kernel(products, one.recipe)
        vectors = tuple(one.recipe.vectors[i] for i in (*linear, len(places)))
        recipe = replace(one.recipe, vectors=vectors)
        learned, origins = model_selection.learned_from(one.rows, len(records), copies_of)
        weight, level = ridge.coefficients(
            [block[learned] for block in x],
            kernel[np.ix_(learned, learned)],
            true[one.name][1][origins],
            recipe,
        )
        calibration = calibrated_answers.fit(one.scores, one.true, one.name)
        turned = calibration.matrix / calibration.spread[:, None]
        heads[one.name] = FittedHead(
            labels=one.labels,
            kind=KINDS[one.name],
            weight=(turned.T @ weight).astype(np.float16),
            bias=((level - calibration.centre) @ turned + calibration.offset).astype(np.float32),
            thresholds=calibration.thresholds.astype(np.float32),
        )
        if calibration.rare.any():
            rare[one.name] = [one.labels[i] for i in np.flatnonzero(calibration.rare)]
    return FittedHeads(
        facets=heads,
        mean=np.concatenate([mean for _, mean, _ in standards]),
        scale=np.concatenate([scale for _, _, scale in standards]),
        blocks=blocks,
        paired=paired,
        directions=directions,
        meta={
            "conversations": len(records),
            "copies": len(copies_of),
            "ids_sha256": _hash([record.id for record in records]),
            "method": "ridge on evened standard hidden states and quadratic terms of both "
            "sides' means, calibrated out of fold",
            "recipes": {
                one.name: {
                    "blocks": list(one.recipe.vectors[:-1]),
                    "quadratic": one.recipe.vectors[-1],
                    "penalty": one.recipe.penalty,
                }
                for one in chosen
            },
            "prior_only": rare,
            "folds": FOLDS,
            "cross_validation": result["features"],
            "calibration_error": {
                facet: one["expected_calibration_error"]
                for facet, one in result["calibration"].items()
            },
        },
        cross_validation=result,
        summary="\n".join(
            [
                f"Out of fold, {FOLDS} folds, against one annotator:",
                result_table.render(result),
                *(f"No weights for rare labels of {f}: {', '.join(k)}" for f, k in rare.items()),
            ]
        ),
    )


def cross_validate(
    by_vector: Sequence[Floats],
    records: Sequence[GoldConversation],
    *,
    categories: Sequence[str],
    seed: int = 0,
) -> tuple[list[Chosen], dict[str, Any]]:
    """Choose a recipe per facet, and say how all of them fare out of fold.

    Args:
        by_vector: `ridge.products` of each vector, layer by layer.
        records: the conversations, in the same order.
        categories: keys that an AI or human value can have.
        seed: deals the folds.

    Returns:
        What was chosen, and a result document like that of `evaluate`. Recipes were chosen on
        the scores that it judges, so that it leans high.
    """
    products = [*by_vector, model_selection.quadratic_products(by_vector)]
    return _cross_validate(products, records, categories=categories, seed=seed)


def _cross_validate(
    products: Sequence[Floats],
    records: Sequence[GoldConversation],
    *,
    categories: Sequence[str],
    copies_of: Sequence[int] = (),
    seed: int,
) -> tuple[list[Chosen], dict[str, Any]]:
    chosen = model_selection.choose(
        targets(records, categories),
        products,
        assign_folds(records, seed),
        replied=np.array([record.has("assistant") for record in records]),
        copies_of=copies_of,
    )
    return chosen, calibrated_answers.judge(
        chosen, records, assign_folds(records, seed + 1), categories=categories
    )


def targets(
    records: Sequence[GoldConversation], categories: Sequence[str]
) -> dict[Facet, tuple[tuple[str, ...], Floats]]:
    """Per facet its labels, and 0 or 1 for each [conversations, labels], first annotator."""
    first = [record.annotations[0] for record in records]
    words: dict[Facet, tuple[str, ...]] = {
        "subjectivity": SUBJECTIVITY,
        "task": TASK_KEYS,
        "ai_value": tuple(categories),
        "human_value": tuple(categories),
        "response_type": tuple(agreement.GROUPS),
        "jailbreak_attempt": ("yes",),
        "harmful_values": ("yes",),
    }
    side = agreement.annotator_arrays(first, words)
    return {
        facet: (labels, side.flags[facet].astype(np.float32)) for facet, labels in words.items()
    }


def assign_folds(records: Sequence[GoldConversation], seed: int) -> NDArray[np.int_]:
    """Folds: answers to one question stay together, sources (`source:id`) are spread."""
    return ridge.assign_folds(
        [_hash([turn.text for turn in record.turns[:1]]) for record in records],
        [record.id.rpartition(":")[0] for record in records],
        FOLDS,
        seed,
    )


def _hstack(blocks: Sequence[Floats], which: Sequence[int]) -> Floats:
    """Some of the blocks, one beside the other."""
    return np.concatenate([blocks[0][:, :0], *(blocks[i] for i in which)], axis=1)


def _principal_directions(spoken: Floats) -> Floats:
    """Principal components of features, as directions [components, dimensions] of length one."""
    if not spoken.shape[1]:
        return np.zeros((0, 0), dtype=np.float16)
    vectors, values = ridge.components(spoken @ spoken.T, model_selection.COMPONENTS)
    return np.asarray((vectors / np.sqrt(values)).T @ spoken, dtype=np.float16)


def _hash(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in sorted(texts):
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()
