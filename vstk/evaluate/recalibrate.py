"""Fitting a labeller's answers to an organisation's own labels.

Slope and offset of each label's log-odds: few numbers, so that a few dozen labelled conversations
are enough to gain by it. Whatever they are fitted on, they are evaluated out of fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vstk.errors import InputUnreadable
from vstk.evaluate import agreement, calibrate, train_heads
from vstk.evaluate.calibrated_answers import RARE, extraction
from vstk.evaluate.gold import GoldConversation, first_annotator, labelled_facets
from vstk.evaluate.label_arrays import annotator_arrays
from vstk.evaluate.result import EvaluationResult
from vstk.facets import Facets, Kind
from vstk.heads import choices, is_choice
from vstk.heads.math import Floats, sigmoid, softmax
from vstk.types import Answer, Facet

_PENALTY = 3.0
"""Weight, in conversations, with which a slope is drawn towards 1 and an offset towards 0."""

_STEPS = 200

_LEAST_SLOPE = 0.05
"""A slope below 0 would turn an answer into its opposite."""

FEWEST = 20
"""Conversations below which out-of-fold figures are chance."""


@dataclass(frozen=True, eq=False)
class ModelLogits:
    """What a labeller answered about one facet of all conversations."""

    labels: tuple[str, ...]
    kind: Kind
    logits: Floats
    """[conversations, labels]"""

    thresholds: Floats
    """[labels]: probability from which a label is chosen, 0..1."""

    is_branch: bool = False
    """Whether each label was a question of its own, so that exclusive ones are calibrated one by
    one."""


@dataclass(frozen=True, eq=False)
class Line:
    """calibrated log-odds = slope * log-odds + offset, and from where a label counts."""

    slope: Floats
    """[labels], above 0."""

    offset: Floats
    """[labels]"""

    thresholds: Floats
    """[labels]"""


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """A line for each label of every facet, and evaluations before and after."""

    lines: Mapping[Facet, Line]
    """Facets that annotators did not label have none."""

    before: EvaluationResult
    after: EvaluationResult
    """Out of fold."""


def check_enough(records: Sequence[GoldConversation], seed: int = 0) -> None:
    """Whether labelled conversations are enough to be calibrated on.

    Raises:
        InputUnreadable: they are too few, or all ask the same.
    """
    if len(records) < FEWEST or len(np.unique(train_heads.assign_folds(records, seed))) < 2:
        raise InputUnreadable(
            f"{len(records)} labelled conversations are too few, or too much alike, to learn from.",
            remedy=f"label {FEWEST} or more in which both sides speak, and which do not all begin "
            "with the same words.",
        )


def recalibrate(
    answered: Mapping[Facet, ModelLogits],
    records: Sequence[GoldConversation],
    facets: Facets,
    *,
    seed: int = 0,
) -> Recalibrated:
    """Fit a line for each label of every facet to the first annotator's labels.

    Args:
        answered: the labeller's log-odds, conversations in the order of `records`.
        records: labelled conversations.
        facets: of the question sheet.
        seed: of the folds.

    Raises:
        InputUnreadable: the conversations are too few, or all ask the same.
    """
    check_enough(records, seed)
    facets = Facets(tuple(s for f, s in labelled_facets(records, facets).items() if f in answered))
    flags = annotator_arrays([record.annotations[0] for record in records], facets).flags
    folds = train_heads.assign_folds(records, seed)
    before: list[list[Answer]] = [[] for _ in records]
    after: list[list[Answer]] = [[] for _ in records]
    lines: dict[Facet, Line] = {}
    every = np.arange(len(records))
    for facet, spec in facets.items():
        one = answered[facet]
        order = [spec.keys.index(label) for label in one.labels]
        true = flags[facet][:, order].astype(np.float64)
        unchanged = Line(np.ones(len(order)), np.zeros(len(order)), one.thresholds)
        _answer(before, every, facet, one, unchanged)
        for fold in np.unique(folds):
            rest, out = folds != fold, np.flatnonzero(folds == fold)
            fitted = _line(replace(one, logits=one.logits[rest]), true[rest])
            _answer(after, out, facet, one, fitted)
        lines[facet] = _line(one, true)
    return Recalibrated(
        lines, _evaluated(records, before, facets), _evaluated(records, after, facets)
    )


def _line(one: ModelLogits, true: Floats) -> Line:
    """The line of each label; a label too rare to tell keeps what it has.

    Args:
        one: the labeller's log-odds [conversations, labels].
        true: 0 or 1, of the same shape.
    """
    if is_choice(one.kind) and not one.is_branch:
        slope, offset = _exclusive(one.logits, true)
        return Line(np.full(true.shape[1], slope), offset, one.thresholds)
    rare = true.sum(axis=0) < RARE
    if one.is_branch:
        slopes, offsets = calibrate.platt_lines(one.logits, true)
    else:
        slopes, offsets = calibrate.shrunken_platt(one.logits, true, 1.0, _PENALTY)
        slopes, offsets = np.where(rare, 1.0, slopes), np.where(rare, 0.0, offsets)
    slopes = np.maximum(slopes, _LEAST_SLOPE)
    if one.is_branch:
        return Line(slopes, offsets, np.full(true.shape[1], 0.5))
    unbiased = calibrate.unbiased_thresholds(sigmoid(slopes * one.logits + offsets), true)
    return Line(slopes, offsets, np.where(rare, one.thresholds, unbiased))


def _exclusive(logits: Floats, true: Floats) -> tuple[float, Floats]:
    """One slope for all labels of a facet and an offset each, by a bound on the curvature."""
    n, count = true.shape
    slope, offset = 1.0, np.zeros(count)
    centred = logits - logits.mean(axis=1, keepdims=True)
    step = 1.0 / (0.5 * float(np.mean(np.sum(centred**2, axis=1))) + _PENALTY / n)
    for _ in range(_STEPS):
        residual = softmax(slope * logits + offset) - true
        slope -= step * (float(np.sum(residual * centred)) / n + _PENALTY / n * (slope - 1))
        offset = offset - (residual.mean(axis=0) + _PENALTY / n * offset)
    return max(slope, _LEAST_SLOPE), offset


def _answer(
    answers: list[list[Answer]],
    rows: NDArray[np.int_],
    facet: Facet,
    one: ModelLogits,
    line: Line,
) -> None:
    """Append the facet's answers to those of the conversations `rows`."""
    logits = line.slope * one.logits[rows] + line.offset
    if is_choice(one.kind):
        likely = sigmoid(logits) if one.is_branch else softmax(logits)
        likely = likely / likely.sum(axis=1, keepdims=True)
    else:
        likely = sigmoid(logits)
    chosen = choices(one.kind, likely, line.thresholds)
    for row, probabilities, flags in zip(rows, likely, chosen, strict=True):
        answers[row] += [
            Answer(facet=facet, label=label, probability=float(p), chosen=bool(flag))
            for label, p, flag in zip(one.labels, probabilities, flags, strict=True)
        ]


def _evaluated(
    records: Sequence[GoldConversation], answers: Sequence[Sequence[Answer]], facets: Facets
) -> EvaluationResult:
    found = [extraction("", given) for given in answers]
    return agreement.evaluate(first_annotator(records), found, facets=facets)
