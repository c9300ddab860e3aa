"""What reading costs, as a function of tokens; and whether workers beat threads.

    python benchmarks/labeller_cost.py LOG.jsonl [--conversations N] [--model ID] [--threads]

Fits seconds = a + b * tokens to CPU seconds of single conversations, and prints what 1,000, 10,000
and 700,000 conversations of this log's kind cost on one processor, with and without a sample. With
--threads the same conversations are read by one worker of one thread, by one worker of as many
threads as there are processors, and by as many workers of one thread: wall seconds, on the machine
as busy as it is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _common import conversation

from vstk import policy as policies
from vstk.pipeline import instrument, worker_pool
from vstk.types import Conversation, ScrubbedConversation, Turn

MANY = (1_000, 10_000, 700_000)
SAMPLED = 10


@dataclass(frozen=True)
class Reads:
    """Builds what reads a conversation: its tokens, and CPU seconds."""

    measured: instrument.Instrument
    threads: int = 1

    def __call__(self) -> Any:
        """Build the engine in this process."""
        extractor = self.measured.extractor(threads=self.threads)

        def read(conversation: Conversation) -> tuple[int, float]:
            begun = time.process_time()
            found = extractor.ask(
                ScrubbedConversation(
                    source=conversation.source,
                    key="",
                    unit_id="",
                    language="en",
                    turns=conversation.turns,
                )
            )
            return found.tokens, time.process_time() - begun

        return read


def wall(talks: list[Conversation], build: Reads, workers: int) -> float:
    """Seconds for all, from the first answer on, so that loading is not timed."""
    found = worker_pool.map_conversations([*talks[:workers], *talks], build, workers=workers)
    for _ in range(workers):
        next(found)
    begun = time.perf_counter()
    rest = sum(1 for _ in found)
    return (time.perf_counter() - begun) * len(talks) / rest


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--conversations", type=int, default=30)
    parser.add_argument("--model")
    parser.add_argument("--threads", action="store_true")
    args = parser.parse_args()
    measured = instrument.instrument(policies.load("default"), worker_pool.NO_KEY, model=args.model)
    lines = args.log.read_bytes().splitlines()
    step = max(1, len(lines) // args.conversations)
    talks = [
        conversation(
            f"{number}",
            [Turn(role=m["role"], text=m["content"]) for m in json.loads(line)["messages"]],
        )
        for number, line in enumerate(lines[::step][: args.conversations])
    ]
    found = [one for _, one in worker_pool.map_conversations(talks, Reads(measured), workers=1)][1:]
    tokens, seconds = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    slope, fixed = np.polyfit(tokens, seconds, 1)
    print(f"{measured.model}, sheet {measured.sheet.name}, {len(found)} conversations")
    print(f"seconds = {fixed:.2f} + {slope:.4f} * tokens (one processor); r = "
          f"{np.corrcoef(tokens, seconds)[0, 1]:.3f}")  # fmt: skip
    print(f"here: {tokens.mean():.0f} tokens, {seconds.mean():.2f} s a conversation")
    for many in MANY:
        whole = many * seconds.mean() / 3600
        print(f"{many:>9,} conversations: {whole:>9.1f} processor-hours; "
              f"--sample {SAMPLED}: {whole / SAMPLED:>8.1f}")  # fmt: skip
    if args.threads:
        cores = multiprocessing.cpu_count()
        for name, threads, workers in (
            ("one worker, one thread", 1, 1),
            (f"one worker, {cores} threads", cores, 1),
            (f"{cores} workers, one thread", 1, cores),
        ):
            took = wall(talks, Reads(measured, threads), workers)
            print(f"{name:<28} {took / len(talks):.2f} s a conversation (load "
                  f"{os.getloadavg()[0]:.1f})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
