"""How well the labels agree with annotators, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vstk.types import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAgreement:
    """One measured figure of one question, beside the annotators' own."""

    feature: str
    metric: str
    meaning: str
    ours: str
    theirs: str


_FEATURES = {
    "subjective": "Room for values",
    "ai_categories": "The assistant’s values, by category",
    "human_categories": "People’s values, by category",
    "response_type": "Response, seven types",
    "response_group": "Response, four groups",
    "task": "Task",
    "harmful_values": "Unwanted values",
    "jailbreak_attempt": "Attempts to drop the rules",
}

_METRICS = {
    "kappa": ("kappa", "agreement beyond chance: 0 is chance, 1 is perfect"),
    "micro_f1": ("micro-F1", "labels found and right, all labels pooled: 1 is perfect"),
    "macro_f1": ("macro-F1", "labels found and right, every label counting the same"),
    "auc": ("AUC", "how well the model ranks: 0.5 is chance, 1 is perfect"),
    "average_precision": ("average precision", "how pure a ranking is at its top: 1 is perfect"),
    "prevalence_mae_points": (
        "share error",
        "how far a label’s share is off on average, in percentage points: 0 is perfect",
    ),
}


def agreements(quality: Quality | None) -> list[MeasuredAgreement]:
    """Every measured figure, in the order of the report."""
    if quality is None:
        return []
    order = [*_FEATURES, *sorted(set(quality.features) - set(_FEATURES))]
    return [
        _agreement(quality, feature, metric)
        for feature in order
        if feature in quality.features
        for metric in _in_order(quality.features[feature])
    ]


def meanings(found: Sequence[MeasuredAgreement]) -> dict[str, str]:
    """What each measure that occurs means, each once."""
    return {a.metric: a.meaning for a in found if a.meaning}


def headline(quality: Quality | None, features: Sequence[str]) -> MeasuredAgreement | None:
    """The one figure to show beside the results of these questions, if any was measured."""
    if quality is not None:
        for feature in features:
            for metric in _in_order(quality.features.get(feature, {})):
                return _agreement(quality, feature, metric)
    return None


def _in_order(metrics: Iterable[str]) -> list[str]:
    names = set(metrics)
    return [*(name for name in _METRICS if name in names), *sorted(names - set(_METRICS))]


def _agreement(quality: Quality, feature: str, metric: str) -> MeasuredAgreement:
    name, meaning = _METRICS.get(metric, (metric.replace("_", " "), ""))
    theirs = quality.annotators.get(feature, {}).get(metric)
    return MeasuredAgreement(
        feature=_FEATURES.get(feature, feature.replace("_", " ").capitalize()),
        metric=name,
        meaning=meaning,
        ours=_figure(metric, quality.features[feature][metric]),
        theirs="" if theirs is None else _figure(metric, theirs),
    )


def _figure(metric: str, value: float) -> str:
    return f"{value:.1f} points" if metric.endswith("_points") else f"{value:.2f}"
