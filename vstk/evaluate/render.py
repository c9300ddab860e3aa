"""The result of an evaluation for a terminal."""

from __future__ import annotations

from vstk.evaluate.result import EvaluationResult
from vstk.facets import Facets

_FIGURES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "prevalence_mae_points": "share error, points",
    "kappa": "kappa",
    "auc": "AUC",
    "average_precision": "average precision",
}


def render(result: EvaluationResult, facets: Facets) -> str:
    """One line per figure, with the annotators' own where the file has two.

    Args:
        result: of `evaluate`.
        facets: of the question sheet, which names each measure.
    """
    titles = {m.name: m.title for spec in facets.values() for m in spec.measures}
    width = max([27, *(len(titles.get(name, name)) for name in result.features)]) + 1
    lines = [f"{'feature':<{width}}{'measure':<21}{'labeller':>9}{'annotators':>12}"]
    for feature, figures in result.features.items():
        theirs = result.annotators[feature].known if feature in result.annotators else {}
        for name, value in figures.known.items():
            lines.append(
                f"{titles.get(feature, feature):<{width}}{_FIGURES.get(name, name):<21}"
                f"{_number(name, value):>9}{_number(name, theirs.get(name)):>12}"
            )
    seconds = result.seconds_per_conversation
    lines.append("")
    lines.append(
        f"{result.conversations} conversations"
        + (f", {seconds:.2f} s each" if seconds is not None else "")
        + (f"; {result.not_labelled} more were refused" if result.not_labelled else "")
    )
    return "\n".join(lines)


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if name.endswith("_points") else f"{value:.2f}"
