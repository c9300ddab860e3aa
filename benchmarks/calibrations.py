"""Ways to turn scores of heads into probabilities and labels, out of fold.

    python benchmarks/calibrations.py FEATURES.npz ... GOLD.jsonl

Scores of AI values are out of fold already; each way is fitted on the scores of nine tenths of the
conversations and read on the tenth that is left. Probabilities: expected calibration error over ten
bins and log loss, a label of a conversation being one answer. Labels: micro- and macro-F1, and
the mean error of a label's share in points.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import shipped_facets
from heads_curve import load
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from vstk.evaluate import calibrate, metrics, model_selection, read, train_heads
from vstk.heads.math import sigmoid

Floats = np.ndarray
Probabilities = Callable[[Floats, Floats, Floats], Floats]
"""Scores and truth to fit on, and scores to read: probabilities of these."""
Thresholds = Callable[[Floats, Floats], Floats]
"""Probabilities and truth: a threshold a label."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", nargs="+", type=Path)
    parser.add_argument("gold", type=Path)
    args = parser.parse_args()
    facets = shipped_facets()
    states, records = load(args.features, read(args.gold, facets))
    selected, _ = train_heads.cross_validate(model_selection.kernels(states), records, facets)
    (facet,) = (one for one in selected if one.spec.key == "ai_value")
    folds = train_heads.assign_folds(records, 1)[facet.rows]
    print("| AI values | calibration error | log loss | micro-F1 | macro-F1 | share error |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, (likely, thresholds) in WAYS.items():
        sure, found = np.empty_like(facet.true), np.zeros(facet.true.shape, dtype=bool)
        for fold in np.unique(folds):
            out, rest = folds == fold, folds != fold
            scores = (facet.scores - facet.scores[rest].mean(0)) / facet.scores[rest].std(0)
            sure[out] = likely(scores[rest], facet.true[rest], scores[out])
            cut = thresholds(likely(scores[rest], facet.true[rest], scores[rest]), facet.true[rest])
            found[out] = sure[out] >= cut
        print(f"| {name} | " + " | ".join(figures(sure, found, facet.true > 0)) + " |", flush=True)


def figures(sure: Floats, found: Floats, true: Floats) -> list[str]:
    """The five columns."""
    safe = np.clip(sure, 1e-6, 1 - 1e-6)
    loss = -np.mean(np.where(true, np.log(safe), np.log(1 - safe)))
    return [
        f"{metrics.expected_calibration_error(true, sure):.3f}",
        f"{loss:.4f}",
        f"{metrics.micro_f1(true, found):.3f}",
        f"{metrics.macro_f1(true, found):.3f}",
        f"{metrics.prevalence_mae_points(true, found):.2f}",
    ]


def drawn(weight: float) -> Probabilities:
    """A line a label, its slope drawn towards the facet's by so many conversations."""

    def likely(scores: Floats, true: Floats, read: Floats) -> Floats:
        one = calibrate.shrunken_platt(scores.ravel()[:, None], true.ravel()[:, None], 1.0, 1.0)[0][
            0
        ]
        slope, offset = calibrate.shrunken_platt(scores, true, float(one), weight)
        return np.asarray(sigmoid(slope * read + offset))

    return likely


def as_it_is(scores: Floats, true: Floats, read: Floats) -> Floats:
    slope, offset = calibrate.platt_lines(scores, true)
    return np.asarray(sigmoid(slope * read + offset))


def steps(scores: Floats, true: Floats, read: Floats) -> Floats:
    """Isotonic regression, a label at a time."""
    columns = [
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y).predict(new)
        for x, y, new in zip(scores.T, true.T, read.T, strict=True)
    ]
    return np.stack(columns, axis=1)


def jointly(scores: Floats, true: Floats, read: Floats) -> Floats:
    """Logistic regression of each label on the scores of all."""
    columns = [
        LogisticRegression(C=0.1, max_iter=300).fit(scores, y).predict_proba(read)[:, 1]
        for y in true.T
    ]
    return np.stack(columns, axis=1)


def half(likely: Floats, true: Floats) -> Floats:
    return np.full(likely.shape[1], 0.5)


def best(likely: Floats, true: Floats) -> Floats:
    """The threshold of the best F1, a label at a time."""
    cut = []
    for sure, given in zip(likely.T, true.T, strict=True):
        order = np.argsort(-sure)
        score = 2 * np.cumsum(given[order]) / (np.arange(1, len(sure) + 1) + given.sum())
        cut.append(sure[order][int(score.argmax())])
    return np.array(cut)


WAYS: dict[str, tuple[Probabilities, Thresholds]] = {
    "as it is: drawn lines, found as often as given": (as_it_is, calibrate.unbiased_thresholds),
    "one slope for all labels": (drawn(1e9), calibrate.unbiased_thresholds),
    "a slope of its own for each label (Platt)": (drawn(1e-3), calibrate.unbiased_thresholds),
    "isotonic": (steps, calibrate.unbiased_thresholds),
    "logistic over the scores of all labels": (jointly, calibrate.unbiased_thresholds),
    "drawn lines, threshold one half": (as_it_is, half),
    "drawn lines, threshold of the best F1": (as_it_is, best),
}


if __name__ == "__main__":
    main()
