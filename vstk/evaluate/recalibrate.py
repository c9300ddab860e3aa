"""Fitting what a labeller says to labels of one's own.

One line a label, from its log-odds to better ones: few numbers, so that a few
dozen labelled conversations are enough to gain by it. Whatever it is fitted on,
it is judged out of fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.errors import InputUnreadable
from vstk.evaluate import agreement, calibrate, train_heads
from vstk.evaluate.calibrated_answers import RARE
from vstk.evaluate.gold import GoldConversation
from vstk.types import Answer, Extraction, Facet

Floats = NDArray[np.floating[Any]]

_PENALTY = 3.0
"""How many conversations' worth a line is drawn towards changing nothing."""

_STEPS = 200


FEWEST = 20
"""Conversations below which what is said out of fold is chance."""


@dataclass(frozen=True, eq=False)
class ModelLogits:
    """What a labeller said of one facet of all conversations."""

    labels: tuple[str, ...]
    kind: str
    logits: Floats
    """[conversations, labels]"""

    thresholds: Floats
    is_branch: bool = False
    """Each label's own question, so that exclusive ones are calibrated one by one."""


@dataclass(frozen=True, eq=False)
class Line:
    """Better log-odds = slope * log-odds + offset, and from where a label counts."""

    slope: Floats
    offset: Floats
    thresholds: Floats


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """A line for each facet, and result documents like that of `evaluate`."""

    lines: Mapping[Facet, Line]
    before: dict[str, Any]
    after: dict[str, Any]
    """Out of fold."""


def check_enough(records: Sequence[GoldConversation], seed: int = 0) -> None:
    """Whether labelled conversations are enough to be calibrated on.

    Raises:
        InputUnreadable: they are too few, or all ask the same.
    """
    if len(records) < FEWEST or len(np.unique(train_heads.assign_folds(records, seed))) < 2:
        raise InputUnreadable(
            f"{len(records)} labelled conversations are too few, or too much alike, to go by.",
            remedy=f"label {FEWEST} or more in which both sides speak, and which do not all begin "
            "with the same words.",
        )


def recalibrate(
    said: Mapping[Facet, ModelLogits],
    records: Sequence[GoldConversation],
    *,
    categories: Sequence[str],
    seed: int = 0,
) -> Recalibrated:
    """Fit a line for each label of every facet to the first annotator's labels.

    Args:
        said: the labeller's log-odds, conversations in the order of `records`.
        records: labelled conversations.
        categories: keys that an AI or human value can have.
        seed: deals the folds.

    Raises:
        InputUnreadable: the conversations are too few, or all ask the same.
    """
    check_enough(records, seed)
    flags = _flags(said, records, categories)
    folds = train_heads.assign_folds(records, seed)
    before: list[list[Answer]] = [[] for _ in records]
    after: list[list[Answer]] = [[] for _ in records]
    lines: dict[Facet, Line] = {}
    every = np.arange(len(records))
    for facet, one in said.items():
        true = flags[facet].astype(np.float64)
        count = true.shape[1]
        same = Line(np.ones(count), np.zeros(count), one.thresholds)
        _answer(before, every, facet, one, same)
        for fold in np.unique(folds):
            rest, out = folds != fold, np.flatnonzero(folds == fold)
            found = _line(replace(one, logits=one.logits[rest]), true[rest])
            _answer(after, out, facet, one, found)
        lines[facet] = _line(one, true)
    return Recalibrated(
        lines, _judge(records, before, categories), _judge(records, after, categories)
    )


def _flags(
    said: Mapping[Facet, ModelLogits],
    records: Sequence[GoldConversation],
    categories: Sequence[str],
) -> Mapping[str, NDArray[np.bool_]]:
    """The first annotator's labels, in the labeller's order."""
    words: dict[str, Sequence[str]] = {
        facet: labels for facet, (labels, _) in train_heads.targets(records, categories).items()
    }
    words.update({str(facet): one.labels for facet, one in said.items()})
    return agreement.annotator_arrays([record.annotations[0] for record in records], words).flags


def _line(one: ModelLogits, true: Floats) -> Line:
    """The line of each label; a label too rare to tell keeps what it has."""
    if one.kind in {"single", "ordinal"} and not one.is_branch:
        slope, offset = _exclusive(one.logits, true)
        return Line(np.full(true.shape[1], slope), offset, one.thresholds)
    rare = true.sum(axis=0) < RARE
    if one.is_branch:
        slopes, offsets = calibrate.platt_lines(one.logits, true)
    else:
        slopes, offsets = calibrate.shrunken_platt(one.logits, true, 1.0, _PENALTY)
        slopes, offsets = np.where(rare, 1.0, slopes), np.where(rare, 0.0, offsets)
    # A line that falls would turn an answer into its opposite.
    slopes = np.maximum(slopes, 0.05)
    if one.is_branch:
        return Line(slopes, offsets, np.full(true.shape[1], 0.5))
    even = calibrate.unbiased_thresholds(calibrate.logistic(slopes * one.logits + offsets), true)
    return Line(slopes, offsets, np.where(rare, one.thresholds, even))


def _exclusive(logits: Floats, true: Floats) -> tuple[float, Floats]:
    """One slope for all labels of a facet and an offset each, by Newton's bound."""
    n, count = true.shape
    slope, offset = 1.0, np.zeros(count)
    centred = logits - logits.mean(axis=1, keepdims=True)
    step = 1.0 / (0.5 * float(np.mean(np.sum(centred**2, axis=1))) + _PENALTY / n)
    for _ in range(_STEPS):
        off = (calibrate.softmax(slope * logits + offset) - true).astype(np.float64)
        slope -= step * (float(np.sum(off * centred)) / n + _PENALTY / n * (slope - 1))
        offset = offset - (off.mean(axis=0) + _PENALTY / n * offset)
    return max(slope, 0.05), offset


def _answer(
    answers: list[list[Answer]],
    rows: NDArray[np.int_],
    facet: Facet,
    one: ModelLogits,
    line: Line,
) -> None:
    logits = line.slope * one.logits[rows] + line.offset
    is_exclusive = one.kind in {"single", "ordinal"}
    likely = calibrate.logistic(logits)
    if is_exclusive:
        likely = likely if one.is_branch else calibrate.softmax(logits)
        likely = likely / likely.sum(axis=1, keepdims=True)
        counts = np.arange(len(one.labels)) == likely.argmax(axis=1)[:, None]
    else:
        counts = likely >= line.thresholds
    for row, sure, flags in zip(rows, likely, counts, strict=True):
        answers[row] += [
            Answer(facet=facet, label=label, probability=float(p), chosen=bool(flag))
            for label, p, flag in zip(one.labels, sure, flags, strict=True)
        ]


def _judge(
    records: Sequence[GoldConversation],
    answers: Sequence[Sequence[Answer]],
    categories: Sequence[str],
) -> dict[str, Any]:
    alone = [replace(record, annotations=record.annotations[:1]) for record in records]
    found = [
        Extraction(key="", unit_id="", answers=tuple(given), seen_share=1.0, tokens=0)
        for given in answers
    ]
    return agreement.evaluate(alone, found, categories=categories)
