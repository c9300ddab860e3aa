"""The labeller against annotators, and annotators against each other.

A prediction is scored against each annotator and the figures are averaged:
neither annotator is the truth, and a vote of two has no majority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vstk.evaluate import metrics
from vstk.evaluate.gold import GoldConversation, labelled_facets
from vstk.evaluate.label_arrays import (
    LabelArrays,
    annotator_arrays,
    coarser_rows,
    grouped_flags,
    grouped_scores,
    labeller_arrays,
    members,
)
from vstk.evaluate.result import SCHEMA, Calibration, EvaluationResult, FeatureFigures
from vstk.facets import Facets, FacetSpec, Measure
from vstk.types import Confusion, Extraction, Facet

Figures = dict[str, dict[str, float]]
"""Feature -> figure -> value; NaN where it cannot be computed."""


def evaluate(
    gold: Sequence[GoldConversation],
    predictions: Sequence[Extraction | None],
    *,
    facets: Facets,
    seconds: float | None = None,
) -> EvaluationResult:
    """Compare the labeller's answers with annotators' labels.

    Args:
        gold: what annotators found.
        predictions: what the labeller found, in the order of `gold`; `None` for
            a conversation that it refused. Those are counted, and not scored.
        facets: of the question sheet; those that annotators did not label are left out.
        seconds: wall time of labelling, all conversations together.
    """
    pairs = [(g, p) for g, p in zip(gold, predictions, strict=True) if p is not None]
    facets = labelled_facets(gold, facets)
    features: dict[str, FeatureFigures] = {}
    annotators: dict[str, FeatureFigures] = {}
    calibration: dict[Facet, Calibration] = {}
    confusions: dict[Facet, dict[str, Confusion]] = {}
    if pairs:
        found = labeller_arrays([p for _, p in pairs], facets)
        people = [
            annotator_arrays([g.annotations[i] for g, _ in pairs], facets)
            for i in range(len(pairs[0][0].annotations))
        ]
        features = _mean([_compare(person, found, facets) for person in people])
        if len(people) > 1:
            annotators = _mean(
                [
                    _compare(one, other, facets, ranked=False)
                    for i, one in enumerate(people)
                    for other in people[i + 1 :]
                ]
            )
        calibration = {facet: _calibration(people, found, facet) for facet in facets}
        confusions = {
            facet: {
                **_confusions(people, found, spec, coarser_rows(spec)),
                **_confusions(people, found, spec, members(spec, "labels")),
            }
            for facet, spec in facets.items()
        }
    return EvaluationResult(
        schema=SCHEMA,
        conversations=len(pairs),
        not_labelled=len(gold) - len(pairs),
        seconds_per_conversation=seconds / len(gold) if seconds is not None and gold else None,
        features=features,
        annotators=annotators,
        calibration=calibration,
        confusions=confusions,
    )


def _compare(
    true: LabelArrays, found: LabelArrays, facets: Facets, *, ranked: bool = True
) -> Figures:
    """Every measure of every facet.

    Args:
        true: an annotator's labels.
        found: the labeller's, or another annotator's.
        facets: those that are compared.
        ranked: whether `found` has probabilities that rank conversations.
    """
    figures: Figures = {}
    for spec in facets.values():
        for measure in spec.measures:
            rows = members(spec, measure.of)
            if spec.kind == "multi" and measure.of != "positive":
                figures[measure.name] = _overlap(true, found, spec, rows)
            elif spec.kind == "binary" or measure.of == "positive":
                figures[measure.name] = _yes_or_no(true, found, spec, rows, ranked=ranked)
            else:
                figures[measure.name] = {"kappa": _kappa(true, found, spec, measure)}
    return figures


def _overlap(
    true: LabelArrays, found: LabelArrays, spec: FacetSpec, rows: Mapping[str, Sequence[bool]]
) -> dict[str, float]:
    """Figures of any number of labels a conversation."""
    flags = [grouped_flags(side.flags[spec.key], rows) for side in (true, found)]
    return {
        "micro_f1": metrics.micro_f1(*flags),
        "macro_f1": metrics.macro_f1(*flags),
        "prevalence_mae_points": metrics.prevalence_mae_points(*flags),
    }


def _yes_or_no(
    true: LabelArrays,
    found: LabelArrays,
    spec: FacetSpec,
    rows: Mapping[str, Sequence[bool]],
    *,
    ranked: bool,
) -> dict[str, float]:
    """Figures of one yes-or-no question a conversation."""
    given, answered = (grouped_flags(side.flags[spec.key], rows)[:, 0] for side in (true, found))
    figures = {"kappa": metrics.kappa(given.tolist(), answered.tolist())}
    if ranked:
        scores = grouped_scores(found.scores[spec.key], rows, exclusive=spec.is_choice)[:, 0]
        figures["auc"] = metrics.auc(given, scores)
        if not spec.is_choice:
            figures["average_precision"] = metrics.average_precision(given, scores)
    return figures


def _kappa(true: LabelArrays, found: LabelArrays, spec: FacetSpec, measure: Measure) -> float:
    """Agreement on the one label of each conversation, or on the label's group."""
    groups = spec.groups if measure.of == "groups" else {}
    return metrics.kappa(
        *([groups.get(key, key) for key in side.choices(spec)] for side in (true, found))
    )


def _mean(many: Sequence[Figures]) -> dict[str, FeatureFigures]:
    """The mean of each figure; one that could not be computed once is left out."""
    return {
        feature: FeatureFigures(
            **{
                name: float(np.mean([figures[feature][name] for figures in many]))
                for name in many[0][feature]
                if not any(np.isnan(figures[feature][name]) for figures in many)
            }
        )
        for feature in many[0]
    }


def _calibration(people: Sequence[LabelArrays], found: LabelArrays, facet: Facet) -> Calibration:
    """Whether a probability of 0.3 is right three times in ten, over all annotators."""
    true = np.concatenate([person.flags[facet] for person in people])
    scores = np.concatenate([found.scores[facet]] * len(people))
    return Calibration(
        expected_calibration_error=metrics.expected_calibration_error(true, scores),
        bins=tuple(metrics.reliability(true, scores)),
    )


def _confusions(
    people: Sequence[LabelArrays],
    found: LabelArrays,
    spec: FacetSpec,
    rows: Mapping[str, Sequence[bool]],
) -> dict[str, Confusion]:
    """The four counts of every row.

    Counts are means over annotators, so that they add up to the conversations:
    two annotators of one conversation are not two conversations.
    """
    if not rows:
        return {}
    answered = grouped_flags(found.flags[spec.key], rows)
    given = [grouped_flags(person.flags[spec.key], rows) for person in people]

    def counts(true: bool, positive: bool) -> list[float]:
        both = [(flags == true) & (answered == positive) for flags in given]
        return [float(count) for count in np.mean([one.sum(axis=0) for one in both], axis=0)]

    columns = zip(
        rows,
        counts(True, True),
        counts(True, False),
        counts(False, True),
        counts(False, False),
        strict=True,
    )
    return {
        row: Confusion(
            true_positives=hits,
            false_negatives=misses,
            false_positives=false_alarms,
            true_negatives=rejections,
        )
        for row, hits, misses, false_alarms, rejections in columns
    }
