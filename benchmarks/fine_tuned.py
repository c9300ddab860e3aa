"""A small encoder, all its weights trained, beside heads on hidden states: one split, one method.

    python benchmarks/fine_tuned.py FEATURES.npz GOLD.jsonl --model FOLDER [--epochs N] [--tokens N]

FOLDER holds an encoder for transformers, such as all-MiniLM-L6-v2; transformers and torch must be
installed beside vstk. Eight of ten folds are learned from, two are scored, and both ways' scores
become labels by the same calibration, fitted out of fold on the two.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from heads_curve import load, print_table, row_of

from vstk import taxonomy
from vstk.evaluate import Labelled, Vocabulary, answers, fit, read, recipes, ridge
from vstk.evaluate.recipes import Chosen

BATCH = 16
RATE = 1e-4
NONE = ridge.Recipe(vectors=(), penalty=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", nargs="+", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=288, help="of a conversation, both sides")
    args = parser.parse_args()
    words = taxonomy.load("vstk-core").keys("category")
    categories = [key.key for key in words]
    states, records = load(args.features, read(args.gold, Vocabulary.of(words)))
    true = fit.targets(records, categories)
    folds = fit.deal(records, 0)
    out, rest = np.flatnonzero(folds < 2), np.flatnonzero(folds >= 2)
    flags = np.concatenate([one for _, one in true.values()], axis=1)
    ends = np.cumsum([one.shape[1] for _, one in true.values()])[:-1]
    begun = time.monotonic()
    scores = fine_tuned(records, flags, rest, out, args)
    minutes = (time.monotonic() - begun) / 60
    by_facet = dict(zip(true, np.split(scores, ends, axis=1), strict=True))
    ways = {
        "fine-tuned encoder": by_facet,
        "hidden states": hidden(states, true, folds, rest, out),
    }
    judged = [records[i] for i in out]
    dealt = fit.deal(judged, 1)
    rows = {}
    for name, facets in ways.items():
        chosen = [
            Chosen(facet, labels, np.arange(len(out)), given[out], NONE, facets[facet])
            for facet, (labels, given) in true.items()
        ]
        rows[name] = row_of(answers.judge(chosen, judged, dealt, categories=categories))
    print(f"{len(rest)} learned from, {len(out)} scored; {minutes:.0f} minutes of fine-tuning")
    print_table("way", rows)


def hidden(
    states: np.ndarray, true: Any, folds: np.ndarray, rest: np.ndarray, out: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores of heads whose recipes were chosen without the conversations scored."""
    _, layers, vectors, _ = states.shape
    products = [ridge.products(states[:, a, b]) for a in range(layers) for b in range(vectors)]
    products.append(recipes.quadratic_products(products))
    seen = {facet: (labels, flags[rest]) for facet, (labels, flags) in true.items()}
    chosen = recipes.choose(seen, [one[np.ix_(rest, rest)] for one in products], folds[rest])
    return {
        one.name: ridge.held_out(
            ridge.mixed(products, one.recipe), true[one.name][1], rest, one.recipe.penalty
        )[out]
        for one in chosen
    }


def fine_tuned(
    records: Sequence[Labelled],
    flags: np.ndarray,
    rest: np.ndarray,
    out: np.ndarray,
    args: argparse.Namespace,
) -> np.ndarray:
    """Log-odds of every label [scored, labels]: the means of both sides' last states, one layer."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    encoder = AutoModel.from_pretrained(args.model)
    answering = torch.nn.Linear(2 * encoder.config.hidden_size, flags.shape[1])
    sides = [
        [cut(tokenizer, record, role, args.tokens // 2) for role in ("user", "assistant")]
        for record in records
    ]

    def read_some(some: Sequence[int]) -> Any:
        rows = [
            [tokenizer.cls_token_id, *sides[i][0], tokenizer.sep_token_id, *sides[i][1]]
            for i in some
        ]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        side = torch.zeros_like(ids)
        for place, (i, row) in enumerate(zip(some, rows, strict=True)):
            ids[place, : len(row)] = torch.tensor(row)
            side[place, : 2 + len(sides[i][0])] = 1
            side[place, 2 + len(sides[i][0]) : len(row)] = 2
        last = encoder(input_ids=ids, attention_mask=(side > 0).long()).last_hidden_state
        means = [
            (last * (side == one)[..., None]).sum(1)
            / (side == one).sum(1, keepdim=True).clamp(min=1)
            for one in (1, 2)
        ]
        return answering(torch.cat(means, dim=1))

    weights = [*encoder.parameters(), *answering.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": encoder.parameters()}, {"params": answering.parameters(), "lr": 10 * RATE}],
        lr=RATE,
    )
    steps = args.epochs * -(-len(rest) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [RATE, 10 * RATE], total_steps=steps, pct_start=0.1
    )
    random = np.random.default_rng(0)
    encoder.train()
    for _ in range(args.epochs):
        order = random.permutation(rest)
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            found = read_some(some)
            wanted = torch.tensor(flags[some], dtype=torch.float32)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(found, wanted)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            schedule.step()
    encoder.eval()
    with torch.no_grad():
        parts = [read_some(out[start : start + BATCH]) for start in range(0, len(out), BATCH)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def cut(tokenizer: Any, record: Labelled, role: str, size: int) -> list[int]:
    """A side's tokens: all of them, or their beginning and end."""
    text = "\n".join(turn.text for turn in record.turns if turn.role == role)
    ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    head = size * 6 // 10
    return ids if len(ids) <= size else ids[:head] + ids[head - size :]


if __name__ == "__main__":
    main()
