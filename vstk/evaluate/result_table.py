"""The result of an evaluation for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TITLES = {
    "ai_categories": "AI values, 26 categories",
    "human_categories": "human values, 26 categories",
    "response_group": "response, 4 groups",
    "response_type": "response, 7 types",
    "subjective": "subjective",
    "task": "task",
    "harmful_values": "harmful values",
    "jailbreak_attempt": "jailbreak attempt",
}
_MEASURES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "prevalence_mae_points": "share error, points",
    "kappa": "kappa",
    "auc": "AUC",
    "average_precision": "average precision",
}


def render(result: Mapping[str, Any]) -> str:
    """One line per figure, with the annotators' own where the file has two."""
    lines = [f"{'feature':<28}{'measure':<21}{'labeller':>9}{'annotators':>12}"]
    for feature, figures in result["features"].items():
        for name, value in figures.items():
            theirs = result["annotators"].get(feature, {}).get(name)
            lines.append(
                f"{_TITLES.get(feature, feature):<28}{_MEASURES.get(name, name):<21}"
                f"{_number(name, value):>9}{_number(name, theirs):>12}"
            )
    seconds = result["seconds_per_conversation"]
    lines.append("")
    lines.append(
        f"{result['conversations']} conversations"
        + (f", {seconds:.2f} s each" if seconds is not None else "")
        + (f"; {result['not_labelled']} more were refused" if result["not_labelled"] else "")
    )
    return "\n".join(lines)


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if name.endswith("_points") else f"{value:.2f}"
