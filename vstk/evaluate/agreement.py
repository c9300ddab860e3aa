"""The labeller against annotators, and annotators against each other.

A prediction is scored against each annotator and the figures are averaged:
neither annotator is the truth, and a vote of two has no majority.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from vstk.evaluate import metrics
from vstk.evaluate.gold import SUBJECTIVITY, AnnotatorLabels, GoldConversation
from vstk.types import Extraction, Facet

GROUPS: Mapping[str, str] = {
    "strong-support": "support",
    "mild-support": "support",
    "neutral-acknowledgment": "neutral",
    "no-values": "neutral",
    "reframing": "reframing",
    "mild-resistance": "resistance",
    "strong-resistance": "resistance",
}
"""Response types in four groups."""

SUBJECTIVE = frozenset(SUBJECTIVITY[2:])

_MULTI: Sequence[tuple[str, Facet]] = (
    ("ai_categories", "ai_value"),
    ("human_categories", "human_value"),
)
_BINARY: Sequence[Facet] = ("harmful_values", "jailbreak_attempt")

Figures = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelArrays:
    """One side of a comparison as arrays: an annotator, or the labeller.

    An annotator's probabilities are 0 and 1.
    """

    flags: Mapping[str, metrics.Flags]
    """By facet, conversations x labels: whether the label was given."""

    scores: Mapping[str, metrics.Scores]
    """Likewise: how likely it was held to be."""

    choice: Mapping[str, Sequence[str]]
    """By facet with one answer per conversation: that answer."""


def evaluate(
    gold: Sequence[GoldConversation],
    predictions: Sequence[Extraction | None],
    *,
    categories: Sequence[str],
    seconds: float | None = None,
) -> dict[str, Any]:
    """The result document of `vstk evaluate`.

    Args:
        gold: what annotators found.
        predictions: what the labeller found, in the order of `gold`; `None` for
            a conversation that it refused. Those are counted, and not scored.
        categories: every key that an AI or human value can have.
        seconds: wall time of labelling, all conversations together.
    """
    pairs = [(g, p) for g, p in zip(gold, predictions, strict=True) if p is not None]
    result: dict[str, Any] = {
        "conversations": len(pairs),
        "not_labelled": len(gold) - len(pairs),
        "seconds_per_conversation": seconds / len(gold) if seconds is not None and gold else None,
        "features": {},
        "annotators": {},
        "calibration": {},
        "confusions": {},
    }
    if not pairs:
        return result
    labels = _labels(pairs, categories)
    ours = _labeller([p for _, p in pairs], labels)
    people = [
        annotator_arrays([g.annotations[i] for g, _ in pairs], labels)
        for i in range(len(pairs[0][0].annotations))
    ]
    result["features"] = _mean([_compare(person, ours) for person in people])
    if len(people) > 1:
        result["annotators"] = _mean(
            [
                _compare(one, other, scored=False)
                for i, one in enumerate(people)
                for other in people[i + 1 :]
            ]
        )
    result["calibration"] = _calibration(people, ours)
    result["confusions"] = _confusions(people, ours, labels)
    return result


def _labels(
    pairs: Sequence[tuple[GoldConversation, Extraction]], categories: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The columns of every facet: configured keys first, then what else occurs."""
    seen: dict[str, dict[str, None]] = {
        "ai_value": dict.fromkeys(categories),
        "human_value": dict.fromkeys(categories),
        "subjectivity": dict.fromkeys(SUBJECTIVITY),
        "response_type": dict.fromkeys(GROUPS),
        "task": {},
        "jailbreak_attempt": {"yes": None},
        "harmful_values": {"yes": None},
    }
    for record, extraction in pairs:
        for annotation in record.annotations:
            seen["task"].setdefault(annotation.task)
        for answer in extraction.answers:
            # Leaves and other levels below a category are not in a gold file.
            if answer.facet == "task":
                seen["task"].setdefault(answer.label)
    return {facet: tuple(keys) for facet, keys in seen.items()}


def annotator_arrays(
    annotations: Sequence[AnnotatorLabels], labels: Mapping[Any, Sequence[str]]
) -> LabelArrays:
    """One annotator's labels as arrays, a column for each label named."""
    given: dict[str, list[Sequence[str]]] = {facet: [] for facet in labels}
    for one in annotations:
        given["ai_value"].append(one.ai_value)
        given["human_value"].append(one.human_value)
        given["subjectivity"].append((one.subjectivity,))
        given["task"].append((one.task,))
        given["response_type"].append((one.response_type,))
        given["jailbreak_attempt"].append(("yes",) if one.jailbreak_attempt else ())
        given["harmful_values"].append(("yes",) if one.harmful_values else ())
    flags = {
        facet: np.array([[key in row for key in labels[facet]] for row in rows], dtype=bool)
        for facet, rows in given.items()
    }
    return LabelArrays(
        flags=flags,
        scores={facet: flag.astype(np.float64) for facet, flag in flags.items()},
        choice={f: [row[0] for row in given[f]] for f in ("subjectivity", "task", "response_type")},
    )


def _labeller(
    extractions: Sequence[Extraction], labels: Mapping[str, Sequence[str]]
) -> LabelArrays:
    flags = {f: np.zeros((len(extractions), len(keys)), bool) for f, keys in labels.items()}
    scores = {f: np.zeros(flag.shape) for f, flag in flags.items()}
    column = {f: {key: i for i, key in enumerate(keys)} for f, keys in labels.items()}
    for row, extraction in enumerate(extractions):
        for answer in extraction.answers:
            # A closed yes-or-no question may come as one answer or as two.
            label = answer.label
            if answer.facet not in column:  # leaves and new words: gold has no keys of them
                continue
            if answer.facet in _BINARY:
                if label == "no":
                    continue
                label = "yes"
            if label in column[answer.facet]:
                scores[answer.facet][row, column[answer.facet][label]] = answer.probability
                flags[answer.facet][row, column[answer.facet][label]] = answer.chosen
    return LabelArrays(
        flags=flags,
        scores=scores,
        choice={
            facet: [
                _chosen(f, s, labels[facet])
                for f, s in zip(flags[facet], scores[facet], strict=True)
            ]
            for facet in ("subjectivity", "task", "response_type")
        },
    )


def _chosen(flags: metrics.Flags, scores: metrics.Scores, keys: Sequence[str]) -> str:
    """The likeliest of the chosen labels, or `none`: silence is a disagreement."""
    return keys[int(np.argmax(np.where(flags, scores, -1.0)))] if flags.any() else "none"


def _compare(true: LabelArrays, found: LabelArrays, *, scored: bool = True) -> Figures:
    """Every figure of `features`; ranking figures only where the found side has scores."""
    figures: Figures = {
        feature: {
            "micro_f1": metrics.micro_f1(true.flags[facet], found.flags[facet]),
            "macro_f1": metrics.macro_f1(true.flags[facet], found.flags[facet]),
            "prevalence_mae_points": metrics.prevalence_mae_points(
                true.flags[facet], found.flags[facet]
            ),
        }
        for feature, facet in _MULTI
    }
    for feature, facet, to in (
        ("response_group", "response_type", lambda key: GROUPS.get(key, key)),
        ("response_type", "response_type", str),
        ("subjective", "subjectivity", SUBJECTIVE.__contains__),
        ("task", "task", str),
    ):
        figures[feature] = {"kappa": _kappa(true.choice[facet], found.choice[facet], to)}
    for name in _BINARY:
        flags = [[bool(flag) for flag in side.flags[name][:, 0]] for side in (true, found)]
        figures[name] = {"kappa": metrics.kappa(*flags)}
        if scored:
            flag, score = true.flags[name][:, 0], found.scores[name][:, 0]
            figures[name]["auc"] = metrics.auc(flag, score)
            figures[name]["average_precision"] = metrics.average_precision(flag, score)
    if scored:
        figures["subjective"]["auc"] = metrics.auc(*_subjective(true, found))
    return figures


def _kappa(true: Sequence[str], found: Sequence[str], to: Callable[[str], object]) -> float:
    return metrics.kappa([to(key) for key in true], [to(key) for key in found])


def _subjective(true: LabelArrays, found: LabelArrays) -> tuple[metrics.Flags, metrics.Scores]:
    """Whether it is subjective, and how likely: the two upper levels together."""
    upper = [level in SUBJECTIVE for level in SUBJECTIVITY]
    flags = np.any(true.flags["subjectivity"][:, upper], axis=1)
    scores = found.scores["subjectivity"][:, upper].sum(axis=1)
    return flags, scores


def _mean(many: Sequence[Figures]) -> Figures:
    """Figures averaged one by one; one that nobody could compute is left out."""
    return {
        feature: {
            name: float(np.mean([figures[feature][name] for figures in many]))
            for name in many[0][feature]
            if not any(np.isnan(figures[feature][name]) for figures in many)
        }
        for feature in many[0]
    }


def _calibration(people: Sequence[LabelArrays], ours: LabelArrays) -> dict[str, Any]:
    """Per facet, whether a probability of 0.3 is right three times in ten."""
    result: dict[str, Any] = {}
    for facet, score in ours.scores.items():
        true = np.concatenate([person.flags[facet] for person in people])
        scores = np.concatenate([score] * len(people))
        result[facet] = {
            "expected_calibration_error": metrics.expected_calibration_error(true, scores),
            "bins": [asdict(one) for one in metrics.reliability(true, scores)],
        }
    return result


def _confusions(
    people: Sequence[LabelArrays], ours: LabelArrays, labels: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Per facet and label the four counts, and the two rates they give.

    Counts are means over annotators, so that they add up to the conversations:
    two annotators of one conversation are not two conversations.
    """
    sides = [(p.flags, ours.flags, labels) for p in people]
    upward = [(_domains(p, labels), _domains(ours, labels), _domain_keys(labels)) for p in people]
    result: dict[str, dict[str, dict[str, float | None]]] = {}
    for many in (sides, upward):
        for facet in many[0][0]:
            for column, key in enumerate(many[0][2][facet]):
                pairs = [(t[facet][:, column], f[facet][:, column]) for t, f, _ in many]
                result.setdefault(facet, {})[key] = _confusion(pairs)
    return result


def _confusion(pairs: Sequence[tuple[metrics.Flags, metrics.Flags]]) -> dict[str, float | None]:
    def count(true: bool, found: bool) -> float:
        return float(np.mean([np.sum((t == true) & (f == found)) for t, f in pairs]))

    hit, missed = count(True, True), count(True, False)
    false, passed = count(False, True), count(False, False)
    return {
        "true_positives": hit,
        "false_negatives": missed,
        "false_positives": false,
        "true_negatives": passed,
        "sensitivity": hit / (hit + missed) if hit + missed else None,
        "specificity": passed / (passed + false) if passed + false else None,
    }


def _domain_keys(labels: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What is one level up: domains of categories, groups of responses, subjective or not."""
    return {
        "ai_value": tuple(dict.fromkeys(key.split("/")[0] for key in labels["ai_value"])),
        "human_value": tuple(dict.fromkeys(key.split("/")[0] for key in labels["human_value"])),
        "subjectivity": ("subjective",),
        "response_type": ("support", "neutral", "resistance"),
    }


def _domains(side: LabelArrays, labels: Mapping[str, Sequence[str]]) -> dict[str, metrics.Flags]:
    up: Mapping[str, Callable[[str], str]] = {
        "ai_value": lambda key: key.split("/")[0],
        "human_value": lambda key: key.split("/")[0],
        "subjectivity": lambda key: "subjective" if key in SUBJECTIVE else "",
        "response_type": lambda key: GROUPS[key],
    }
    return {
        facet: np.stack(
            [
                side.flags[facet][:, [up[facet](label) == key for label in labels[facet]]].any(
                    axis=1
                )
                for key in keys
            ],
            axis=1,
        )
        for facet, keys in _domain_keys(labels).items()
    }
