"""Scores become answers: a facet's calibration, its thresholds, and how good it is out of fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import agreement, calibrate
from vstk.evaluate.gold import GoldConversation
from vstk.evaluate.model_selection import KINDS, Chosen
from vstk.evaluate.ridge import Floats
from vstk.types import SILENCE, Answer, Extraction, Facet

RARE = 8
"""A label with fewer positives gets its share as probability and no weights."""

_FEATURES: Mapping[Facet, tuple[str, ...]] = {
    "ai_value": ("ai_categories",),
    "response_type": ("response_group", "response_type"),
    "harmful_values": ("harmful_values",),
}
"""Features of a result document that are about replies, by facet."""

_EVENED = 0.75
"""How far exclusive labels are evened out: it mends shares and kappa, at the price of
probabilities that lean towards rare labels. All the way mends shares a little more,
and kappa less."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """log-odds = (scores - centre) / spread @ matrix + offset."""

    centre: Floats
    spread: Floats
    matrix: Floats
    offset: Floats
    thresholds: Floats
    rare: NDArray[np.bool_]

    def logits(self, scores: Floats) -> Floats:
        """Log-odds of ridge's scores [conversations, labels]."""
        return np.asarray((scores - self.centre) / self.spread @ self.matrix + self.offset)


def fit(scores: Floats, true: Floats, facet: Facet) -> Calibration:
    """Calibrate a facet on scores out of fold and on what is so, both [conversations, labels]."""
    centre, spread = scores.mean(axis=0), scores.std(axis=0) + 1e-6
    standard = (scores - centre) / spread
    labels = true.shape[1]
    if _is_exclusive(facet):
        matrix, offset = calibrate.multinomial(standard, true)
        # A divisor of a probability is an offset of its logit: a head stays affine.
        likely = calibrate.softmax(standard @ matrix + offset)
        divisors = calibrate.class_offsets(likely, true, _EVENED)
        offset = offset - np.log(divisors)
        never = np.zeros(labels, bool)
        return Calibration(centre, spread, matrix, offset, np.zeros(labels), never)
    rare = true.sum(axis=0) < RARE
    slope, offset = calibrate.platt_lines(standard, true)
    share = (true.sum(axis=0) + 0.5) / (len(true) + 1)
    slope[rare], offset[rare] = 0.0, np.log(share / (1 - share))[rare]
    found = Calibration(centre, spread, np.diag(slope), offset, np.zeros(labels), rare)
    thresholds = calibrate.unbiased_thresholds(calibrate.logistic(found.logits(scores)), true)
    thresholds[rare] = calibrate.NEVER
    return replace(found, thresholds=thresholds)


def judge(
    chosen: Sequence[Chosen],
    records: Sequence[GoldConversation],
    folds: NDArray[np.int_],
    *,
    categories: Sequence[str],
) -> dict[str, Any]:
    """A result document for scores out of fold: calibration and thresholds are of other folds.

    What is about replies is judged where there is one: elsewhere the answer is a rule's.
    """
    answers: list[list[Answer]] = [[] for _ in records]
    for one in chosen:
        logits = np.zeros((len(records), len(one.labels)))
        thresholds = np.zeros_like(logits)
        silent = np.ones(len(records), bool)
        silent[one.rows] = False
        dealt = folds[one.rows]
        for fold in np.unique(dealt):
            out, rest = dealt == fold, dealt != fold
            calibration = fit(one.scores[rest], one.true[rest], one.name)
            logits[one.rows[out]] = calibration.logits(one.scores[out])
            thresholds[one.rows[out]] = calibration.thresholds
        add(answers, one.name, one.labels, logits, thresholds, silent)
    alone = [replace(record, annotations=record.annotations[:1]) for record in records]
    extractions = [extraction(r.id, given) for r, given in zip(records, answers, strict=True)]
    result = agreement.evaluate(alone, extractions, categories=categories)
    partial = [one for one in chosen if len(one.rows) < len(records)]
    if partial:
        rows = partial[0].rows  # the same for all that are about replies
        some = agreement.evaluate(
            [alone[i] for i in rows], [extractions[i] for i in rows], categories=categories
        )
        for one in partial:
            result["calibration"][one.name] = some["calibration"][one.name]
            for feature in _FEATURES[one.name]:
                result["features"][feature] = some["features"][feature]
    return result


def add(
    answers: Sequence[list[Answer]],
    facet: Facet,
    labels: Sequence[str],
    logits: Floats,
    thresholds: Floats,
    silent: NDArray[np.bool_],
) -> None:
    """Append a facet's answers to those of each conversation.

    Where those whom it is about are silent, nothing is found.
    """
    if _is_exclusive(facet):
        likely = calibrate.softmax(logits)
        likely[silent] = [label == SILENCE for label in labels]
        counts = (np.arange(len(labels)) == likely.argmax(axis=1)[:, None]) & (likely > 0)
    else:
        likely = np.where(silent[:, None], 0, calibrate.logistic(logits))
        counts = ~silent[:, None] & (likely >= thresholds)
    for given, sure, flags in zip(answers, likely, counts, strict=True):
        given += [
            Answer(facet=facet, label=label, probability=float(p), chosen=bool(flag))
            for label, p, flag in zip(labels, sure, flags, strict=True)
        ]


def extraction(key: str, answers: Sequence[Answer]) -> Extraction:
    """Answers as the labeller gives them."""
    return Extraction(key=key, unit_id="", answers=tuple(answers), seen_share=1.0, tokens=0)


def _is_exclusive(facet: Facet) -> bool:
    return KINDS[facet] in {"single", "ordinal"}
