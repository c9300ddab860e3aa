"""How far heads come with how many labelled conversations, and with which vectors.

    python benchmarks/heads_curve.py FEATURES.npz [MORE.npz ...] GOLD.jsonl [--json FILE]

FEATURES are what `vstk models train GOLD --features FEATURES.npz` keeps. Everything is out of
fold on GOLD: no weight, line or threshold is fitted on what it is scored on; recipes are chosen on
it, so that figures lean high. Prints tables in Markdown: the learning curve; layers and vectors,
without quadratic terms; each source of GOLD (`source:id`) by heads that have seen only the other
sources, which is the nearest thing to an organisation's own logs; the method and what else could
be done in its place; and what labels that came later (those after `--first`) add.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, get_args
from unittest import mock

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import shipped_facets

from vstk.evaluate import (
    EvaluationResult,
    GoldConversation,
    calibrated_answers,
    evaluate,
    first_annotator,
    model_selection,
    read,
    ridge,
    train_heads,
)
from vstk.evaluate.gold import speaking
from vstk.facets import Facets, Kind
from vstk.heads import Heads
from vstk.heads.math import Floats
from vstk.pipeline import feature_cache
from vstk.types import Answer, Extraction

COLUMNS = {
    "AI micro-F1": ("ai_categories", "micro_f1"),
    "share error": ("ai_categories", "prevalence_mae_points"),
    "human micro-F1": ("human_categories", "micro_f1"),
    "subjective": ("subjective", "kappa"),
    "response, 4": ("response_group", "kappa"),
    "task": ("task", "kappa"),
    "harmful AUC": ("harmful_values", "auc"),
    "harmful AP": ("harmful_values", "average_precision"),
    "jailbreak AUC": ("jailbreak_attempt", "auc"),
}
SIZES = {100: 4, 200: 3, 400: 2, 800: 1, 1600: 1}
"""Conversations -> random draws of so many."""

VECTORS = {
    "user mean": (1, 0, 0, 0, 0, 0),
    "assistant mean": (0, 1, 0, 0, 0, 0),
    "both means": (1, 2, 0, 0, 0, 0),
    "probe positions": (0, 0, 0, 1, 1, 1),
    "both means and last turn": (1, 2, 0.5, 0, 0, 0),
    "all": (1, 2, 0.5, 0.3, 0.3, 0.3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", nargs="+", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--layers", default="12,16", help="names of the layers")
    parser.add_argument("--only", choices=["curve", "vectors", "sources", "methods", "later"])
    parser.add_argument(
        "--first", type=int, default=1471, help="of those with states, labelled first"
    )
    parser.add_argument("--json", type=Path, help="keep the figures here")
    args = parser.parse_args()
    facets = shipped_facets()
    states, records = load(args.features, read(args.gold, facets))
    parts = {
        "curve": curve,
        "vectors": vectors,
        "sources": sources,
        "methods": methods,
        "later": partial(later, first=args.first),
    }
    found = {}
    for name, part in parts.items():
        if args.only in (None, name):
            found[name] = part(states, records, facets, args.layers.split(","))
            print_table(name, found[name])
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


def curve(
    states: np.ndarray,
    records: Sequence[GoldConversation],
    facets: Facets,
    _: Sequence[str],
) -> dict[str, Any]:
    products = _products(states)
    rows = {}
    sizes = {n: draws for n, draws in SIZES.items() if n < len(records)} | {len(records): 1}
    for size, draws in sizes.items():
        figures = []
        for draw in range(draws):
            some = np.sort(np.random.default_rng(draw).permutation(len(records))[:size])
            _, result = train_heads.cross_validate(
                with_quadratic([one[np.ix_(some, some)] for one in products]),
                [records[i] for i in some],
                facets,
                seed=draw,
            )
            figures.append(row_of(result))
        rows[f"{size}"] = _mean(figures)
    return rows


def vectors(
    states: np.ndarray,
    records: Sequence[GoldConversation],
    facets: Facets,
    layers: Sequence[str],
) -> dict[str, Any]:
    rows = {}
    for layer, name in enumerate(layers):
        mixes = VECTORS if layer == len(layers) - 1 else {"both means": VECTORS["both means"]}
        products = _products(states[:, layer : layer + 1])
        for mix, weights in mixes.items():
            with (
                mock.patch.object(model_selection, "MIXES", {mix: weights}),
                mock.patch.object(model_selection, "QUADRATIC_SHARES", (0.0,)),
            ):
                _, result = train_heads.cross_validate(with_quadratic(products), records, facets)
            rows[f"layer {name}, {mix}"] = row_of(result)
    return rows


def sources(
    states: np.ndarray,
    records: Sequence[GoldConversation],
    facets: Facets,
    _: Sequence[str],
) -> dict[str, Any]:
    of = np.array([record.id.rpartition(":")[0] for record in records])
    rows, weights = {}, []
    for source in sorted(set(of)):
        out, rest = np.flatnonzero(of == source), np.flatnonzero(of != source)
        heads = train_heads.train(states[rest], [records[i] for i in rest], facets).heads
        first = first_annotator(records[i] for i in out)
        result = evaluate(first, answered(heads, states[out], first, facets), facets=facets)
        rows[f"{source} ({len(out)})"] = row_of(result)
        weights.append(len(out))
    rows["mean, by conversations"] = _mean(list(rows.values()), weights)
    return rows


def methods(
    states: np.ndarray,
    records: Sequence[GoldConversation],
    facets: Facets,
    _: Sequence[str],
) -> dict[str, Any]:
    """The method as it is, and with one thing changed each time."""
    rows = {}
    patches: dict[str, AbstractContextManager[Any]] = {
        "as it is": nullcontext(),
        "no quadratic terms": mock.patch.object(model_selection, "QUADRATIC_SHARES", (0.0,)),
        "quadratic terms for values too": mock.patch.object(
            model_selection, "QUADRATIC_KINDS", {*get_args(Kind)}
        ),
        "vectors of their own length": mock.patch.object(ridge, "unit_length", lambda x: x),
    }
    for name, patch in patches.items():
        with patch:
            products = _products(states)
            figures = [
                row_of(
                    train_heads.cross_validate(
                        with_quadratic(products), records, facets, seed=seed
                    )[1]
                )
                for seed in range(2)
            ]
        rows[name] = _mean(figures)
    return rows


def later(
    states: np.ndarray,
    records: Sequence[GoldConversation],
    facets: Facets,
    _: Sequence[str],
    *,
    first: int,
) -> dict[str, Any]:
    """The first conversations by heads without and with those that were labelled later."""
    alone = first_annotator(records)
    # Half as many folds as there are: each costs two fits.
    folds = train_heads.assign_folds(alone, 0) // 2
    rows = {}
    for name, last in {f"first {first}": first, "with the later ones": len(records)}.items():
        figures, sizes = [], []
        for fold in np.unique(folds):
            out = np.flatnonzero(folds[:first] == fold)
            rest = np.flatnonzero(folds[:last] != fold)
            heads = train_heads.train(states[rest], [alone[i] for i in rest], facets).heads
            some = [alone[i] for i in out]
            result = evaluate(some, answered(heads, states[out], some, facets), facets=facets)
            figures.append(row_of(result))
            sizes.append(len(out))
        rows[name] = _mean(figures, sizes)
    return rows


def answered(
    heads: Heads, states: np.ndarray, records: Sequence[GoldConversation], facets: Facets
) -> list[Extraction]:
    """What heads find in hidden states [conversations, layers, vectors, width]."""
    answers: list[list[Answer]] = [[] for _ in records]
    for facet, logits in heads.logits(states).items():
        spec = facets[facet]
        silent = ~np.array(speaking(records, spec))
        calibrated_answers.add(answers, spec, logits, heads.facets[facet].thresholds, silent)
    return [calibrated_answers.extraction("", given) for given in answers]


def with_quadratic(linear: Sequence[Floats]) -> list[Floats]:
    """Kernels of each vector, and that of the quadratic terms."""
    return [*linear, model_selection.quadratic_kernel(linear)]


def _products(states: np.ndarray) -> list[Floats]:
    """Of each vector, layer by layer."""
    _, layers, vectors, _ = states.shape
    return [ridge.inner_products(states[:, a, b]) for a in range(layers) for b in range(vectors)]


def load(
    files: Iterable[Path], records: Sequence[GoldConversation]
) -> tuple[np.ndarray, list[GoldConversation]]:
    found: feature_cache.States = {}
    about = None
    for file in files:
        about = about or feature_cache.about(file)
        found |= feature_cache.load(file, about)
    kept = [record for record in records if record.id in found]
    return np.stack([found[record.id] for record in kept]), kept


def row_of(result: EvaluationResult) -> dict[str, float | None]:
    return {
        name: result.features[feature].known.get(measure)
        for name, (feature, measure) in COLUMNS.items()
    }


def _mean(
    rows: Sequence[Mapping[str, float | None]], weights: Sequence[int] | None = None
) -> dict[str, float | None]:
    mean: dict[str, float | None] = {}
    for name in COLUMNS:
        pairs = [
            (row[name], weight)
            for row, weight in zip(rows, weights or [1] * len(rows), strict=True)
            if row[name] is not None
        ]
        total = sum(weight for _, weight in pairs)
        mean[name] = sum(value * weight for value, weight in pairs) / total if pairs else None
    return mean


def print_table(title: str, rows: Mapping[str, Mapping[str, float | None]]) -> None:
    print(f"\n| {title} | " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---|" * len(COLUMNS))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(_cell(k, v) for k, v in row.items()) + " |", flush=True)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if name == "share error" else f"{value:.2f}".replace("0.", ".")


if __name__ == "__main__":
    main()
