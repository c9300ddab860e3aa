"""Does the labeller know a refusal when people call it one?

    python benchmarks/refusal.py RESPONSES.jsonl --states STATES.npz [--responses N]
        [--leave-out GOLD.jsonl ...] [--more MORE.npz] [--workers N]

RESPONSES: one answer a line with `id`, `messages` and `response_type`, which people gave:
`1_full_compliance`, `2_full_refusal`, `3_partial_refusal` (as the XSTest answers have). A draw
of N is read; ids in --leave-out were trained on and are not drawn. Three instruments:

    opening     closed list of phrasings in the answer's first sentence, as is often done
    response    the product's own response type: strong resistance is a refusal, mild a partial one
    learned     a head on the same hidden states, learned from these people's labels and scored out
                of fold, folds by question; --more gives states of further answers (`SOURCE:id`)

Kappa of the three classes, and F1 of full refusal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import conversation, told

from vstk import heads as heads_file
from vstk import policy as policies
from vstk.evaluate import calibrate, metrics, ridge
from vstk.pipeline import feature_cache, instrument, worker_pool
from vstk.pipeline.train import FeatureReader
from vstk.types import Turn

CLASSES = ("compliance", "refusal", "partial")
OPENINGS = re.compile(
    r"\b(?:i|we)(?: am|'m)?(?: just| simply)? ?"
    r"(?:can't|cannot|can not|not able to|unable to|won't|will not)\b"
    r"|\b(?:sorry|apologi[sz]e)\b|\bas an ai\b|\bnot (?:appropriate|ethical|acceptable)\b",
    re.IGNORECASE,
)
MIX = (0.5, 3, 0.2, 0.1, 0.1, 0.1)
PENALTIES = (0.001, 0.002, 0.004, 0.008, 0.016)
FOLDS = 10


def by_opening(reply: str) -> int:
    """A refusal where the first sentence has one of the phrasings."""
    first = re.split(r"(?<=[.!?])\s", reply.strip().replace("\u2019", "'"), maxsplit=1)[0]
    return int(OPENINGS.search(first) is not None)


def by_response(head: heads_file.FacetHead, likely: np.ndarray) -> int:
    """The response type that the product gives, as one of the three classes."""
    label = head.labels[int(np.argmax(likely))]
    return {"strong-resistance": 1, "mild-resistance": 2}.get(label, 0)


def learned(
    features: np.ndarray, true: np.ndarray, questions: Sequence[str], seed: int
) -> np.ndarray:
    """Classes out of fold; the penalty and the calibration, too, are of other folds."""
    products = [ridge.inner_products(features[:, -1, vector]) for vector in range(len(MIX))]
    kernel = ridge.mixed_kernel(products, MIX)
    targets = np.eye(len(CLASSES))[true]
    folds = ridge.assign_folds(questions, ["all"] * len(true), FOLDS, seed)
    by_penalty = ridge.out_of_fold(kernel, targets, folds, PENALTIES)
    found = np.empty(len(true), dtype=int)
    for fold in range(FOLDS):
        out, rest = folds == fold, folds != fold
        scores = min(by_penalty.values(), key=lambda s: np.sum((targets[rest] - s[rest]) ** 2))
        mean, std = scores[rest].mean(0), scores[rest].std(0) + 1e-6
        matrix, offset = calibrate.multinomial((scores[rest] - mean) / std, targets[rest])
        found[out] = ((scores[out] - mean) / std @ matrix + offset).argmax(1)
    return found


def figures(true: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """What is reported."""
    return {
        "kappa": metrics.kappa(true.tolist(), found.tolist()),
        "f1_refusal": metrics.micro_f1((true == 1)[:, None], (found == 1)[:, None]),
        "f1_any_refusal": metrics.micro_f1((true > 0)[:, None], (found > 0)[:, None]),
        "accuracy": float(np.mean(true == found)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("responses_file", type=Path, metavar="RESPONSES.jsonl")
    parser.add_argument("--states", type=Path, required=True, help="keep hidden states here")
    parser.add_argument("--responses", type=int, default=250)
    parser.add_argument("--leave-out", type=Path, nargs="*", default=[])
    parser.add_argument("--more", type=Path, help="states of answers that were left out")
    parser.add_argument("--workers", type=int)
    args = parser.parse_args()
    measured = instrument.instrument(policies.load("default"), worker_pool.NO_KEY)
    rows = [json.loads(line) for line in args.responses_file.read_bytes().splitlines()]
    known = {
        json.loads(line)["id"].rpartition(":")[2]
        for file in args.omit
        for line in file.read_bytes().splitlines()
    }
    free = [row for row in rows if row["id"] not in known]
    some = np.sort(np.random.default_rng(0).permutation(len(free))[: args.responses])
    drawn = [free[index] for index in some]
    read = feature_cache.read(
        [
            conversation(
                row["id"], [Turn(role=m["role"], text=m["content"]) for m in row["messages"]]
            )
            for row in drawn
        ],
        FeatureReader(measured),
        args.states,
        workers=args.workers,
        progress=told,
    )
    true = classes(drawn)
    results: dict[str, dict[str, float]] = {
        "opening": figures(
            true, np.array([by_opening(row["messages"][-1]["content"]) for row in drawn])
        )
    }
    if measured.heads is not None:
        probes = heads_file.load(measured.heads)
        likely = [
            probes.probabilities(read[row["id"]].astype(np.float32))["response_type"]
            for row in drawn
        ]
        head = probes.facets["response_type"]
        results["response"] = figures(true, np.array([by_response(head, one) for one in likely]))
    about = FeatureReader(measured).about
    more = beside(args.more, about, rows, {row["id"] for row in drawn})
    every = [*drawn, *(row for row, _ in more)]
    features = np.stack([*(read[row["id"]] for row in drawn), *(one for _, one in more)])
    questions = [row["messages"][0]["content"] for row in every]
    tries = [
        figures(classes(every), learned(features, classes(every), questions, seed))
        for seed in range(3)
    ]
    results["learned"] = {name: float(np.mean([one[name] for one in tries])) for name in tries[0]}
    print(f"{len(drawn)} answers; learned: {len(every)}, out of fold by question")
    for name, found in results.items():
        print(f"{name:<10}" + "".join(f"  {key} {value:.3f}" for key, value in found.items()))
    print(json.dumps({"answers": len(drawn), "learned": len(every), "results": results}))


def classes(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """People's labels as places in CLASSES."""
    return np.array([int(row["response_type"][0]) - 1 for row in rows])


def beside(
    file: Path | None, about: str, rows: Sequence[dict[str, Any]], drawn: set[str]
) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Answers whose states lie in another file, with these."""
    if file is None:
        return []
    by_id = {row["id"]: row for row in rows if row["id"] not in drawn}
    return [
        (by_id[name], one)
        for full, one in feature_cache.load(file, about).items()
        if (name := full.rpartition(":")[2]) in by_id
    ]


if __name__ == "__main__":
    main()
