"""The same sheet on a log of two languages: what can be said without labels.

    python benchmarks/languages.py LOG.jsonl [--conversations N] [--workers N]

Reads N conversations of each side (Chinese where more than a tenth of the letters are), and prints
per side how much of them the window holds, and what the labeller finds: the share that is
subjective, AI values a conversation, how sure it is of the task. Nobody has labelled them, so none
of this says that labels are right; a side that gets none, or always the same, would show.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from _common import conversation

from vstk import policy as policies
from vstk.pipeline import instrument, worker_pool
from vstk.pipeline.evaluate import RawTextLabeller
from vstk.types import Extraction, Turn


def is_chinese(messages: list[dict[str, str]]) -> bool:
    """Whether more than a tenth of the letters are Chinese."""
    letters = [c for m in messages for c in m["content"] if c.isalpha()]
    return sum("\u4e00" <= c <= "\u9fff" for c in letters) > len(letters) / 10


def row(found: list[Extraction], characters: int) -> dict[str, Any]:
    """What was found on one side."""
    chosen = [
        {facet: [a.label for a in one.answers if a.facet == facet and a.chosen] for facet in
         ("subjectivity", "ai_value", "human_value", "task", "response_type")}
        for one in found
    ]  # fmt: skip
    sure = [max(a.probability for a in one.answers if a.facet == "task") for one in found]
    return {
        "conversations": len(found),
        "share seen": float(np.mean([one.seen_share for one in found])),
        "tokens": float(np.mean([one.tokens for one in found])),
        "characters": characters / len(found),
        "subjective": float(
            np.mean([bool({"moderate", "high"} & set(c["subjectivity"])) for c in chosen])
        ),
        "AI values": float(np.mean([len(c["ai_value"]) for c in chosen])),
        "kinds of AI values": len({label for c in chosen for label in c["ai_value"]}),
        "human values": float(np.mean([len(c["human_value"]) for c in chosen])),
        "sure of the task": float(np.mean(sure)),
        "tasks": dict(Counter(t for c in chosen for t in c["task"]).most_common(4)),
        "responses": dict(Counter(t for c in chosen for t in c["response_type"]).most_common(3)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--conversations", type=int, default=15, help="of each side")
    parser.add_argument("--workers", type=int)
    args = parser.parse_args()
    measured = instrument.instrument(policies.load("default"), worker_pool.NO_KEY)
    rows = [json.loads(line)["messages"] for line in args.log.read_bytes().splitlines()]
    sides: dict[str, list[list[dict[str, str]]]] = {"Chinese": [], "English": []}
    for messages in (rows[i] for i in np.random.default_rng(0).permutation(len(rows))):
        side = sides["Chinese" if is_chinese(messages) else "English"]
        if len(side) < args.conversations:
            side.append(messages)
    for name, talks in sides.items():
        waiting = [
            conversation(str(n), [Turn(role=m["role"], text=m["content"]) for m in talk])  # type: ignore[arg-type]
            for n, talk in enumerate(talks)
        ]
        found = [
            outcome.extraction
            for _, outcome in worker_pool.map_conversations(
                waiting,
                RawTextLabeller(measured),
                workers=worker_pool.worker_count(args.workers, len(waiting)),
            )
            if isinstance(outcome, worker_pool.LabelledResult)
        ]
        print(name, json.dumps(row(found, sum(len(m["content"]) for t in talks for m in t))))


if __name__ == "__main__":
    main()
