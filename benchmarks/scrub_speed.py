"""How fast the scrub is, beside Presidio's `analyze()` called for each message.

    python benchmarks/scrub_speed.py [--data ../shared/data] [--pipeline DIR] [--chats N]
        [--prose N] [--profile | --long]

One core, the same text, the same spaCy pipeline, in one run, 16 conversations
by the one and then by the other in turn; times are the thread's own. Chats:
`hh_rlhf_harmless`. Long prose: the longest answers of `arena_hard`. Together:
the names in 16 conversations are read at once, as `vstk scrub` does with 64;
alone: one conversation after the other, as an audit's workers do. `--profile`
says where our time goes; `--long`, how fast a message of 10,000, 100,000 and
400,000 characters is scrubbed. Last line: JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scrub_quality import presidio, rows

from vstk.anonymiser import Unscrubbable, engine, ner, ner_names
from vstk.anonymiser.engine import PresidioScrubber
from vstk.paths import weights
from vstk.policy import Scrub
from vstk.types import Conversation, Source, Turn


def conversation(number: int, row: dict[str, Any]) -> Conversation:
    return Conversation(
        source=Source(file="benchmark", line=number + 1),
        id=str(number),
        user=None,
        unit_kind="none",
        started_at=None,
        turns=tuple(
            Turn(role="user" if m["role"] == "user" else "assistant", text=m["content"])
            for m in row["messages"]
        ),
    )


def fresh(pipeline: Path) -> PresidioScrubber:
    scrubber = PresidioScrubber(
        Scrub(
            languages=("en",),
            ner_models={"en": pipeline.name},
            profile="balanced",
            timeout_seconds=600,
        ),
        {"en": pipeline},
    )
    warm = {"messages": [{"role": "user", "content": "My name is Ann Other, call 555 0187 now."}]}
    scrubber.scrub(conversation(0, warm))
    return scrubber


TURN = 16


def measure(chats: list[Conversation], pipeline: Path) -> dict[str, float]:
    locate = presidio(pipeline)
    locate(["My name is Ann Other, mail ann@example.net, call 555 0187 now."])
    together, alone = fresh(pipeline), fresh(pipeline)
    used = dict.fromkeys(("presidio", "together", "alone"), 0.0)
    set_aside = 0
    for at in range(0, len(chats), TURN):
        some = chats[at : at + TURN]
        start = time.thread_time()
        for chat in some:
            for turn in chat.turns:
                locate([turn.text])
        used["presidio"] += time.thread_time() - start

        start = time.thread_time()
        together.read_names_together(some)
        set_aside += sum(not scrubbed(together, chat) for chat in some)
        used["together"] += time.thread_time() - start

        start = time.thread_time()
        for chat in some:
            scrubbed(alone, chat)
        used["alone"] += time.thread_time() - start
    characters = sum(len(turn.text) for chat in chats for turn in chat.turns)
    return {
        "conversations": len(chats),
        "messages": sum(len(chat.turns) for chat in chats),
        "characters": characters,
        "set_aside": set_aside,
        **{f"{name}_characters_per_second": characters / used[name] for name in used},
        "together_times_as_fast": used["presidio"] / used["together"],
        "alone_times_as_fast": used["presidio"] / used["alone"],
        "together_conversations_per_second": len(chats) / used["together"],
    }


def scrubbed(scrubber: PresidioScrubber, chat: Conversation) -> bool:
    try:
        scrubber.scrub(chat)
    except Unscrubbable:
        return False
    return True


def stages(name: str, chats: list[Conversation], pipeline: Path) -> None:
    scrubber = fresh(pipeline)
    used: Counter[str] = Counter()

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            start = time.thread_time()
            result = function(*given)
            used[stage] += time.thread_time() - start
            return result

        return run

    for place, function, stage in (
        (ner.SpacyPipeline, "spans", "spaCy"),
        (ner_names.NerNames, "find_candidates", "sentences, lists and capitals"),
        (ner_names.NerNames, "findings", "what of spaCy's spans is a name"),
        (engine, "run_rules", "rules, the second look's too"),
        (engine, "detect", "language"),
        (engine, "normalise", "plain reading"),
    ):
        setattr(place, function, timed(stage, getattr(place, function)))
    start = time.thread_time()
    for at in range(0, len(chats), TURN):
        scrubber.read_names_together(chats[at : at + TURN])
        for chat in chats[at : at + TURN]:
            scrubbed(scrubber, chat)
    whole = time.thread_time() - start
    used["propagation, merging, placeholders and the rest"] = whole - used.total()
    print(name)
    for stage, seconds in used.most_common():
        print(f"  {stage:50}{seconds / whole:6.0%}")


def lengths(answers: list[str], pipeline: Path) -> None:
    """Messages made of different answers: nothing is read twice."""
    for length in (10_000, 100_000, 400_000):
        text = "\n\n".join(answers)[:length]
        scrubber = fresh(pipeline)
        start = time.thread_time()
        scrubbed(scrubber, conversation(1, {"messages": [{"role": "assistant", "content": text}]}))
        used = time.thread_time() - start
        print(
            f"{len(text):>9} characters {used:8.2f} s {len(text) / used:9.0f} characters a second"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pipeline", type=Path, default=weights() / "en_core_web_md-3.8.0")
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--prose", type=int, default=30)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        # One core: the number of threads is read when numpy is first imported.
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | one)

    dialogues = rows(options.data / "hh_rlhf_harmless" / "transcripts.jsonl")
    answers = sorted(
        rows(options.data / "arena_hard" / "conversations.jsonl"),
        key=lambda row: -len(row["messages"][-1]["content"]),
    )
    prose, seen = [], set()
    for row in answers:
        prompt = row["messages"][0]["content"]
        if "```" not in row["messages"][-1]["content"] and prompt not in seen:
            seen.add(prompt)
            prose.append({"messages": row["messages"][-1:]})
    sets = {
        "chats": [conversation(n, row) for n, row in enumerate(dialogues[: options.chats])],
        "prose": [conversation(n, row) for n, row in enumerate(prose[: options.prose])],
    }
    if options.long:
        texts = sorted({row["messages"][-1]["content"] for row in answers})
        random.Random(1).shuffle(texts)
        lengths(texts, options.pipeline)
        return
    if options.profile:
        for name, chats in sets.items():
            stages(name, chats, options.pipeline)
        return
    figures = {name: measure(chats, options.pipeline) for name, chats in sets.items()}
    for name, found in figures.items():
        print(name)
        for key, value in found.items():
            print(f"  {key:36}{value:12.4g}")
    print(json.dumps({name: {k: round(v, 2) for k, v in f.items()} for name, f in figures.items()}))


if __name__ == "__main__":
    main()
