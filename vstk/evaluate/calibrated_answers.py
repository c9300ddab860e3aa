"""Scores become answers: a facet's calibration, its thresholds, and how good it is out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import agreement, calibrate
from vstk.evaluate.gold import GoldConversation, first_annotator
from vstk.evaluate.model_selection import SelectedModel
from vstk.evaluate.result import EvaluationResult
from vstk.facets import Facets, FacetSpec
from vstk.heads import choices, probabilities
from vstk.heads.math import Floats, sigmoid, softmax
from vstk.types import Answer, Extraction

RARE = 8
"""A label with fewer positives gets its share as probability and no coefficients."""

_CLASS_BALANCE = 0.75
"""Strength of `calibrate.class_offsets`: it mends shares and kappa, at the price of
probabilities that lean towards rare labels. At 1 shares are a little better,
and kappa is worse."""


@dataclass(frozen=True, eq=False)
class FittedCalibration:
    """logits = (scores - mean) / std @ matrix + offset."""

    mean: Floats
    """[labels]"""

    std: Floats
    """[labels], above 0."""

    matrix: Floats
    """[labels, labels]"""

    offset: Floats
    """[labels]"""

    thresholds: Floats
    """[labels]: probability from which a label is chosen; not used where labels exclude each
    other."""

    rare: NDArray[np.bool_]
    """[labels]: whether the label has fewer than `RARE` positives."""

    def logits(self, scores: Floats) -> Floats:
        """Logits of ridge regression's scores, both [conversations, labels]."""
        return np.asarray((scores - self.mean) / self.std @ self.matrix + self.offset)


def fit(scores: Floats, true: Floats, *, exclusive: bool) -> FittedCalibration:
    """Calibrate a facet.

    Args:
        scores: out of fold, [conversations, labels].
        true: 0 or 1, of the same shape.
        exclusive: whether every conversation has exactly one label.
    """
    mean, std = scores.mean(axis=0), scores.std(axis=0) + 1e-6
    standard = (scores - mean) / std
    labels = true.shape[1]
    if exclusive:
        matrix, offset = calibrate.multinomial(standard, true)
        # A divisor of a probability is an offset of its logit: a head stays affine.
        likely = softmax(standard @ matrix + offset)
        divisors = calibrate.class_offsets(likely, true, _CLASS_BALANCE)
        offset = offset - np.log(divisors)
        none_rare = np.zeros(labels, bool)
        return FittedCalibration(mean, std, matrix, offset, np.zeros(labels), none_rare)
    rare = true.sum(axis=0) < RARE
    slope, offset = calibrate.platt_lines(standard, true)
    share = (true.sum(axis=0) + 0.5) / (len(true) + 1)
    slope[rare], offset[rare] = 0.0, np.log(share / (1 - share))[rare]
    fitted = FittedCalibration(mean, std, np.diag(slope), offset, np.zeros(labels), rare)
    thresholds = calibrate.unbiased_thresholds(sigmoid(fitted.logits(scores)), true)
    thresholds[rare] = calibrate.UNREACHABLE
    return replace(fitted, thresholds=thresholds)


def cross_validated(
    selected: Sequence[SelectedModel],
    records: Sequence[GoldConversation],
    folds: NDArray[np.int_],
    facets: Facets,
) -> EvaluationResult:
    """Evaluate out-of-fold scores, each with calibration and thresholds of the other folds.

    A facet about one side is evaluated on the conversations in which that side says something:
    in the others a rule gives the answer.

    Args:
        selected: the model of each facet.
        records: the conversations that were learned from.
        folds: of each conversation.
        facets: those that annotators labelled.
    """
    answers: list[list[Answer]] = [[] for _ in records]
    for one in selected:
        logits = np.zeros((len(records), len(one.spec.labels)))
        thresholds = np.zeros_like(logits)
        silent = np.ones(len(records), bool)
        silent[one.rows] = False
        fold_of_row = folds[one.rows]
        for fold in np.unique(fold_of_row):
            out, rest = fold_of_row == fold, fold_of_row != fold
            fitted = fit(one.scores[rest], one.true[rest], exclusive=one.spec.is_choice)
            logits[one.rows[out]] = fitted.logits(one.scores[out])
            thresholds[one.rows[out]] = fitted.thresholds
        add(answers, one.spec, logits, thresholds, silent)
    alone = first_annotator(records)
    found = [extraction(r.id, given) for r, given in zip(records, answers, strict=True)]
    result = agreement.evaluate(alone, found, facets=facets)
    features, calibration = dict(result.features), dict(result.calibration)
    for one in selected:
        if len(one.rows) < len(records):
            spoken = agreement.evaluate(
                [alone[i] for i in one.rows],
                [found[i] for i in one.rows],
                facets=Facets((one.spec,)),
            )
            calibration |= spoken.calibration
            features |= spoken.features
    return replace(result, features=features, calibration=calibration)


def add(
    answers: Sequence[list[Answer]],
    spec: FacetSpec,
    logits: Floats,
    thresholds: Floats,
    silent: NDArray[np.bool_],
) -> None:
    """Append a facet's answers to those of each conversation.

    Args:
        answers: of each conversation; appended to.
        spec: of the facet.
        logits: [conversations, labels].
        thresholds: [labels] or as `logits`.
        silent: in which conversations the side that the facet is about says nothing. The answer
            there is the facet's `when_silent`.
    """
    likely = probabilities(spec.kind, logits)
    chosen = choices(spec.kind, likely, thresholds)
    if silent.any():
        when_silent = np.array([key == spec.when_silent for key in spec.keys])
        likely[silent], chosen[silent] = when_silent, when_silent
    for given, row, flags in zip(answers, likely, chosen, strict=True):
        given += [
            Answer(facet=spec.key, label=label, probability=float(p), chosen=bool(flag))
            for label, p, flag in zip(spec.keys, row, flags, strict=True)
        ]


def extraction(key: str, answers: Sequence[Answer]) -> Extraction:
    """Answers in the form in which the labeller gives them."""
    return Extraction(key=key, unit_id="", answers=tuple(answers), seen_share=1.0, tokens=0)
