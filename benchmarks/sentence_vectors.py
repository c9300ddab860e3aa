"""Heads on sentence vectors, on hidden states, and on both: out of fold, one method.

    python benchmarks/sentence_vectors.py FEATURES.npz GOLD.jsonl --model FOLDER --vectors FILE.npz

FOLDER holds a model of sentence-transformers, such as all-MiniLM-L6-v2, which must be installed
beside vstk. A side's vector is the mean of its turns' vectors. Kept in FILE once they are read.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import shipped_facets
from heads_curve import load, print_table, row_of

from vstk.evaluate import GoldConversation, model_selection, read, ridge, train_heads

SHARE = 2.0
"""How much the sentence vectors of a side count beside the hidden states of all vectors."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", nargs="+", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    args = parser.parse_args()
    facets = shipped_facets()
    states, records = load(args.features, read(args.gold, facets))
    sides = spoken(records, args.model, args.vectors)
    sentences = [ridge.inner_products(sides[:, side]) for side in range(2)]
    layers = [
        [ridge.inner_products(states[:, layer, vector]) for vector in range(states.shape[2])]
        for layer in range(states.shape[1])
    ]
    alone = {"user": (1.0, 0.0), "both": (1.0, 1.0), "assistant": (0.0, 1.0)}
    together = {
        name: (*mix, SHARE * mix[0], SHARE * mix[1]) for name, mix in model_selection.MIXES.items()
    }
    ways = {
        "sentence vectors": (sentences, alone),
        "hidden states": ([one for layer in layers for one in layer], dict(model_selection.MIXES)),
        "both": ([one for layer in layers for one in (*layer, *sentences)], together),
    }
    rows = {}
    for name, (products, mixes) in ways.items():
        with mock.patch.object(model_selection, "MIXES", mixes):
            kernels = [*products, model_selection.quadratic_kernel(products)]
            _, result = train_heads.cross_validate(kernels, records, facets)
        rows[name] = row_of(result)
    print_table("heads on", rows)


def spoken(records: Sequence[GoldConversation], model: Path, file: Path) -> np.ndarray:
    """Vectors of what either side says [conversations, 2, width]."""
    if file.exists():
        with np.load(file, allow_pickle=False) as archive:
            held = dict(zip(archive["ids"].tolist(), archive["vectors"], strict=True))
    else:
        held = dict(zip((one.id for one in records), encoded(records, model), strict=True))
        np.savez(file, ids=np.array(list(held)), vectors=np.stack(list(held.values())))
    return np.stack([held[record.id] for record in records])


def encoded(records: Sequence[GoldConversation], model: Path) -> np.ndarray:
    """Read the turns, each cut where the model cuts it."""
    from sentence_transformers import SentenceTransformer

    turns = [
        (number, ("user", "assistant").index(turn.role), turn.text)
        for number, record in enumerate(records)
        for turn in record.turns
        if turn.role in {"user", "assistant"} and turn.text
    ]
    encoder = SentenceTransformer(str(model), device="cpu")
    vectors = encoder.encode([text for _, _, text in turns], batch_size=16)
    total = np.zeros((len(records), 2, vectors.shape[1]), dtype=np.float32)
    count = np.zeros((len(records), 2, 1), dtype=np.float32)
    for (number, side, _), vector in zip(turns, vectors, strict=True):
        total[number, side] += vector
        count[number, side] += 1
    return np.asarray(total / np.maximum(count, 1))


if __name__ == "__main__":
    main()
