"""Human values in arguments: heads on the engine's hidden states, on a public task.

    python benchmarks/touche_values.py FOLDER --states STATES.npz
        [--train N] [--test N] [--workers N]

FOLDER holds the files of the Touché 2023 task (`arguments-training.tsv` ...; 20 categories of
values). Heads are ridge regressions, learned from a draw of the training part: penalty, share of
the two vectors, and thresholds out of fold there. Reported once on a draw of the validation part,
with the task's own F1: the harmonic mean of macro precision and macro recall.

What is read of an argument is one user turn, through the layers that the audit reads; nothing else
of the audit takes part, since the codebook's categories are others.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import conversation, told

from vstk import policy as policies
from vstk.evaluate import calibrate, ridge
from vstk.extract.llama import Llama
from vstk.extract.prompt_layout import PromptLayout
from vstk.pipeline import feature_cache, instrument, worker_pool
from vstk.types import Conversation, Turn

WINDOW = 256
FOLDS = 10
PENALTIES = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
MIXES = {"mean": (1.0, 0.0), "last": (0.0, 1.0), "both": (1.0, 1.0)}


@dataclass(frozen=True)
class ReadsArguments:
    """Builds what reads one argument: the mean over its tokens, and the state of its last."""

    measured: instrument.Instrument

    @property
    def about(self) -> str:
        """What decides the states."""
        return (
            f"arguments {self.measured.weights_sha256} {self.measured.sheet.reading_hash} {WINDOW}"
        )

    def __call__(self) -> Any:
        """Build the engine in this process."""
        reading = self.measured.sheet.read
        top = reading.layers[-1]
        llama = Llama(self.measured.weights, cells=1024)
        layout = PromptLayout(reading, WINDOW, llama.tokens)
        llama.begin(layout.prefix)

        def read(conversation: Conversation) -> np.ndarray:
            trunk = layout.lay_out(conversation.turns)
            ((start, end),) = trunk.user
            rows = llama.read(trunk.turns, layers=(top,), run_upper_layers=False)[top][start:end]
            return np.stack([rows.mean(0), rows[-1]]).clip(-6e4, 6e4).astype(np.float16)

        return read


@dataclass(frozen=True)
class Part:
    """Some arguments with their values."""

    texts: dict[str, tuple[Turn, ...]]
    true: np.ndarray
    groups: list[str]
    names: tuple[str, ...]


def load(folder: Path, name: str, size: int) -> Part:
    """A draw of one part of the task; the same each time."""
    with (folder / f"labels-{name}.tsv").open(encoding="utf-8", newline="") as file:
        (_, *names), *rows = list(csv.reader(file, delimiter="\t"))
    flags = {row[0]: [int(cell) for cell in row[1:]] for row in rows}
    with (folder / f"arguments-{name}.tsv").open(encoding="utf-8", newline="") as file:
        arguments = list(csv.DictReader(file, delimiter="\t"))
    arguments = [row for row in arguments if row["Argument ID"] in flags]
    some = np.sort(np.random.default_rng(0).permutation(len(arguments))[:size])
    drawn = [arguments[index] for index in some]
    return Part(
        texts={row["Argument ID"]: (Turn(role="user", text=said(row)),) for row in drawn},
        true=np.array([flags[row["Argument ID"]] for row in drawn], dtype=np.float64),
        groups=[row["Conclusion"] for row in drawn],
        names=tuple(names),
    )


def said(row: dict[str, str]) -> str:
    """An argument as somebody would say it."""
    return f"{row['Conclusion']}. I am {row['Stance']} of this: {row['Premise']}".replace(
        "in favor of of", "in favour of"
    ).replace("against of", "against")


def official(true: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """The task's figures."""
    hit = (true * found).sum(0)
    precision = float(np.mean(hit / np.maximum(found.sum(0), 1)))
    recall = float(np.mean(hit / np.maximum(true.sum(0), 1)))
    return {
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "precision": precision,
        "recall": recall,
    }


def thresholds(scores: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Per label the score from which it counts: best F1, drawn towards a label's even share.

    The best cut of a rare label is the luck of a few; so its found share is kept
    between the annotators' and twice that.
    """
    cut = np.empty(scores.shape[1])
    for label in range(scores.shape[1]):
        order = np.argsort(-scores[:, label])
        hits = np.cumsum(true[order, label])
        count = np.arange(1, len(order) + 1)
        wanted = true[:, label].sum()
        f1 = 2 * hits / (count + wanted)
        f1[(count < wanted) | (count > 2 * wanted)] = -1
        best = int(np.argmax(f1))
        cut[label] = scores[order[best], label]
    return cut


def held_out(kernel: np.ndarray, true: np.ndarray, penalty: float) -> np.ndarray:
    """Scores of the conversations after the first `len(true)`, by ridge fitted on those."""
    n = len(true)
    square = kernel[:n, :n] + ridge.CONSTANT_FEATURE
    dual = np.linalg.solve(square + penalty * n * np.eye(n, dtype=np.float32), true)
    return np.asarray((kernel[n:, :n] + ridge.CONSTANT_FEATURE) @ dual)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--states", type=Path, required=True, help="keep hidden states here")
    parser.add_argument("--train", type=int, default=1500)
    parser.add_argument("--test", type=int, default=600)
    parser.add_argument("--workers", type=int)
    args = parser.parse_args()
    measured = instrument.instrument(policies.load("default"), worker_pool.NO_KEY)
    train, test = (
        load(args.folder, "training", args.train),
        load(args.folder, "validation", args.test),
    )
    read = feature_cache.read(
        [conversation(name, turns) for name, turns in (train.texts | test.texts).items()],
        ReadsArguments(measured),
        args.states,
        workers=args.workers,
        progress=told,
    )
    every = np.stack([read[name] for name in (*train.texts, *test.texts)])
    n = len(train.texts)
    # Standardised together: no label takes part, and it is what products are made of.
    products = [ridge.inner_products(every[:, vector]) for vector in range(every.shape[1])]
    folds = ridge.assign_folds(train.groups, ["all"] * n, FOLDS, 0)
    best: tuple[float, str, float, np.ndarray] | None = None
    for name, vectors in MIXES.items():
        kernel = ridge.mixed_kernel(products, vectors)
        for penalty, scores in ridge.out_of_fold(
            kernel[:n, :n], train.true, folds, PENALTIES
        ).items():
            error = float(np.sum((train.true - scores) ** 2))
            if best is None or error < best[0]:
                best = error, name, penalty, scores
    assert best is not None
    _, name, penalty, scores = best
    cut = thresholds(scores, train.true)
    kernel = ridge.mixed_kernel(products, MIXES[name])
    held = held_out(kernel, train.true, penalty)
    results = {
        "heads, validation": official(test.true, held >= cut),
        "heads, training out of fold": official(train.true, scores >= cut),
        "heads, shares as given": official(
            test.true, held >= calibrate.unbiased_thresholds(scores, train.true)
        ),
        "every value always": official(test.true, np.ones_like(test.true)),
    }
    print(f"{n} arguments learned from, {len(test.texts)} tested; {name}, penalty {penalty}")
    for row, figures in results.items():
        print(
            f"{row:<30} F1 {figures['f1']:.3f}  precision {figures['precision']:.3f}  "
            f"recall {figures['recall']:.3f}"
        )
    print(json.dumps({"train": n, "test": len(test.texts), "mix": name, "results": results}))


if __name__ == "__main__":
    main()
