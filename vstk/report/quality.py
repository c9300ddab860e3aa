"""How well the labels agree with annotators, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vstk.facets import ReportWords
from vstk.report.texts import Texts
from vstk.types import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAgreement:
    """One measured figure of one question, beside the annotators' own."""

    feature: str
    metric: str
    meaning: str
    ours: str
    theirs: str


def agreements(
    quality: Quality | None, words: ReportWords, texts: Texts
) -> list[MeasuredAgreement]:
    """Every measured figure, in the order of the report's sections."""
    if quality is None:
        return []
    told = [measure for section in words.sections for measure in section.measures]
    order = [*told, *sorted(set(quality.features) - set(told))]
    return [
        _agreement(quality, feature, metric, words, texts)
        for feature in order
        if feature in quality.features
        for metric in _in_order(quality.features[feature], texts)
    ]


def meanings(found: Sequence[MeasuredAgreement]) -> dict[str, str]:
    """What each measure that occurs means, each once."""
    return {a.metric: a.meaning for a in found if a.meaning}


def headline(
    quality: Quality | None, measures: Sequence[str], words: ReportWords, texts: Texts
) -> MeasuredAgreement | None:
    """The one figure to show beside the results of these questions, if any was measured."""
    if quality is not None:
        for feature in measures:
            for metric in _in_order(quality.features.get(feature, {}), texts):
                return _agreement(quality, feature, metric, words, texts)
    return None


def _in_order(metrics: Iterable[str], texts: Texts) -> list[str]:
    names, known = set(metrics), texts.keys_of("metric")
    return [*(name for name in known if name in names), *sorted(names - set(known))]


def _agreement(
    quality: Quality, feature: str, metric: str, words: ReportWords, texts: Texts
) -> MeasuredAgreement:
    known = f"plain.metric.{metric}" in texts
    theirs = quality.annotators.get(feature, {}).get(metric)
    return MeasuredAgreement(
        feature=words.measures.get(feature, feature.replace("_", " ").capitalize()),
        metric=texts.plain(f"metric.{metric}") if known else metric.replace("_", " "),
        meaning=texts.plain(f"meaning.{metric}") if known else "",
        ours=_figure(metric, quality.features[feature][metric], texts),
        theirs="" if theirs is None else _figure(metric, theirs, texts),
    )


def _figure(metric: str, value: float, texts: Texts) -> str:
    in_points = metric.endswith("_points")
    return texts.plain("points", number=f"{value:.1f}") if in_points else f"{value:.2f}"
