"""Training heads: hidden states of labelled conversations become linear probes.

Per facet: ridge regression of 0 or 1 on the standardised vectors of one layer or of all and on
quadratic terms of what the two sides said, with hyperparameters selected out of fold; then a
calibration of the out-of-fold scores, and thresholds at which found shares are unbiased. All of it
is affine in the inputs, so that a head is one matrix and one bias. It takes a minute or two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import calibrated_answers, model_selection, ridge
from vstk.evaluate.gold import GoldConversation, labelled_facets, speaking
from vstk.evaluate.label_arrays import annotator_arrays
from vstk.evaluate.model_selection import SelectedModel, Targets
from vstk.evaluate.render import render
from vstk.evaluate.result import EvaluationResult
from vstk.facets import Facets
from vstk.heads import FacetHead, Heads
from vstk.heads.math import Floats, quadratic_terms
from vstk.types import Facet

FOLDS = 10


@dataclass(frozen=True, eq=False)
class TrainedHeads:
    """Heads, and how well their training does on conversations that it has not seen."""

    heads: Heads
    cross_validation: EvaluationResult
    """Out of fold, against the first annotator. Hyperparameters were selected on the scores that
    it judges, so that its figures are a little too good."""

    rare: Mapping[Facet, tuple[str, ...]]
    """Labels with too few positives to have coefficients: their probability is their share."""

    def summary(self, facets: Facets) -> str:
        """What cross-validation found, as text for a terminal."""
        return "\n".join(
            [
                f"Out of fold, {FOLDS} folds, against one annotator:",
                render(self.cross_validation, facets),
                *(
                    f"No coefficients for rare labels of {facet}: {', '.join(labels)}"
                    for facet, labels in self.rare.items()
                ),
            ]
        )


@dataclass(frozen=True, eq=False)
class _Inputs:
    """What heads read, and how it is computed of features: shared by all facets."""

    used: tuple[int, ...]
    """Indexes of the linear kernels whose vectors are blocks."""

    blocks: tuple[tuple[int, int], ...]
    mean: Floats
    scale: Floats
    paired: tuple[int, ...]
    directions: Floats
    values: tuple[Floats, ...]
    """Standardised features of each block, then the quadratic terms [conversations, ...]."""


def train(
    features: NDArray[np.floating[Any]],
    records: Sequence[GoldConversation],
    facets: Facets,
    *,
    copies_of: Sequence[int] = (),
    seed: int = 0,
    meta: Mapping[str, Any] | None = None,
) -> TrainedHeads:
    """Train heads on the labels of the first annotator of each conversation.

    Args:
        features: hidden states [conversations and copies, layers, vectors, width].
        records: the conversations, in the same order.
        facets: of the question sheet; those that annotators did not label get no head.
        copies_of: for each copy, whose states follow those of the conversations, the index
            of its original. It is learned from with the original's labels, in its fold;
            calibration and cross-validation do not use it.
        seed: of the folds.
        meta: what the header of the heads file says of weights, sheet and source.
    """
    facets = labelled_facets(records, facets)
    kernels = model_selection.kernels(features)
    wanted = targets(records, facets)
    selected, result = cross_validate(
        kernels, records, facets, copies_of=copies_of, seed=seed, wanted=wanted
    )
    inputs = _inputs(features, selected)
    heads: dict[str, FacetHead] = {}
    rare: dict[Facet, tuple[str, ...]] = {}
    for one in selected:
        learned, origins = model_selection.learned_from(one.rows, len(records), copies_of)
        kernel = ridge.mixed_kernel(kernels, one.hyperparameters.vectors)
        weight, intercept = ridge.coefficients(
            [values[learned] for values in inputs.values],
            kernel[np.ix_(learned, learned)],
            wanted[one.spec.key].flags[origins],
            replace(
                one.hyperparameters,
                vectors=tuple(
                    one.hyperparameters.vectors[i] for i in (*inputs.used, len(kernels) - 1)
                ),
            ),
        )
        calibration = calibrated_answers.fit(one.scores, one.true, exclusive=one.spec.is_choice)
        matrix = calibration.matrix / calibration.std[:, None]
        bias = (intercept - calibration.mean) @ matrix + calibration.offset
        heads[one.spec.key] = FacetHead(
            labels=one.spec.keys,
            kind=one.spec.kind,
            weight=(matrix.T @ weight).astype(np.float16),
            bias=bias.astype(np.float32),
            thresholds=calibration.thresholds.astype(np.float32),
        )
        if calibration.rare.any():
            rare[one.spec.key] = tuple(one.spec.keys[i] for i in np.flatnonzero(calibration.rare))
    return TrainedHeads(
        heads=Heads(
            meta=dict(meta or {}) | _meta(records, copies_of, selected, rare, result),
            facets=heads,
            mean=inputs.mean,
            scale=inputs.scale,
            blocks=inputs.blocks,
            paired=inputs.paired,
            directions=inputs.directions,
        ),
        cross_validation=result,
        rare=rare,
    )


def cross_validate(
    kernels: Sequence[Floats],
    records: Sequence[GoldConversation],
    facets: Facets,
    *,
    copies_of: Sequence[int] = (),
    seed: int = 0,
    wanted: Mapping[Facet, Targets] | None = None,
) -> tuple[list[SelectedModel], EvaluationResult]:
    """Select hyperparameters for each facet, and evaluate all facets out of fold.

    Args:
        kernels: `model_selection.kernels` of the features.
        records: the conversations, in the same order.
        facets: of the question sheet.
        copies_of: for each copy the index of its original; see `train`.
        seed: of the folds.
        wanted: `targets` of the records; computed if absent.
    """
    facets = labelled_facets(records, facets)
    selected = model_selection.select(
        targets(records, facets) if wanted is None else wanted,
        kernels,
        assign_folds(records, seed),
        copies_of=copies_of,
    )
    return selected, calibrated_answers.cross_validated(
        selected, records, assign_folds(records, seed + 1), facets
    )


def targets(records: Sequence[GoldConversation], facets: Facets) -> dict[Facet, Targets]:
    """What is to be learned of each facet: the first annotator's labels."""
    facets = labelled_facets(records, facets)
    flags = annotator_arrays([record.annotations[0] for record in records], facets).flags
    return {
        facet: Targets(
            spec=spec,
            flags=flags[facet].astype(np.float32),
            rows=np.flatnonzero(np.array(speaking(records, spec))),
        )
        for facet, spec in facets.items()
    }


def assign_folds(records: Sequence[GoldConversation], seed: int) -> NDArray[np.int_]:
    """Folds: answers to one question stay together, sources (`source:id`) are spread."""
    return ridge.assign_folds(
        [_hash([turn.text for turn in record.turns[:1]]) for record in records],
        [record.id.rpartition(":")[0] for record in records],
        FOLDS,
        seed,
    )


def _inputs(features: NDArray[np.floating[Any]], selected: Sequence[SelectedModel]) -> _Inputs:
    """The vectors that any facet uses, and quadratic terms where one uses those."""
    _, layers, vectors, _ = features.shape
    places = [(layer, vector) for layer in range(layers) for vector in range(vectors)]
    quadratic = len(places)
    in_use = {
        i for one in selected for i, weight in enumerate(one.hyperparameters.vectors) if weight
    }
    sides = (
        [places.index((layers - 1, vector)) for vector in model_selection.QUADRATIC_VECTORS]
        if quadratic in in_use
        else []
    )
    used = tuple(sorted({*in_use, *sides} - {quadratic}))
    standard = [ridge.standardised(features[:, places[i][0], places[i][1]]) for i in used]
    paired = tuple(used.index(i) for i in sides)
    spoken = np.concatenate([standard[0][0][:, :0], *(standard[i][0] for i in paired)], axis=1)
    directions = _principal_directions(spoken)
    return _Inputs(
        used=used,
        blocks=tuple(places[i] for i in used),
        mean=np.concatenate([mean for _, mean, _ in standard]),
        scale=np.concatenate([scale for _, _, scale in standard]),
        paired=paired,
        directions=directions,
        values=(*(x for x, _, _ in standard), quadratic_terms(spoken, directions)),
    )


def _principal_directions(x: Floats) -> Floats:
    """Principal components of features [conversations, dimensions], each of length one.

    Returns:
        [components, dimensions], in half precision.
    """
    if not x.shape[1]:
        return np.zeros((0, 0), dtype=np.float16)
    vectors, values = ridge.components(x @ x.T, model_selection.COMPONENTS)
    return np.asarray((vectors / np.sqrt(values)).T @ x, dtype=np.float16)


def _meta(
    records: Sequence[GoldConversation],
    copies_of: Sequence[int],
    selected: Sequence[SelectedModel],
    rare: Mapping[Facet, tuple[str, ...]],
    result: EvaluationResult,
) -> dict[str, Any]:
    """What the header of a heads file says of training, for people."""
    return {
        "conversations": len(records),
        "copies": len(copies_of),
        "ids_sha256": _hash([record.id for record in records]),
        "method": "ridge regression on standardised hidden states of unit length and on quadratic "
        "terms of both sides' means, calibrated out of fold",
        "recipes": {
            one.spec.key: {
                "blocks": list(one.hyperparameters.vectors[:-1]),
                "quadratic": one.hyperparameters.vectors[-1],
                "penalty": one.hyperparameters.penalty,
            }
            for one in selected
        },
        "prior_only": {facet: list(labels) for facet, labels in rare.items()},
        "folds": FOLDS,
        "cross_validation": {name: one.known for name, one in result.features.items()},
        "calibration_error": {
            facet: one.expected_calibration_error for facet, one in result.calibration.items()
        },
    }


def _hash(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in sorted(texts):
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()
