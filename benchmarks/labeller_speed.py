"""How fast the labeller is, beside asking the same weights for a JSON document.

    python benchmarks/labeller_speed.py [--logs FILE.jsonl] [--conversations N] [--model ID]
        [--window TOKENS] [--heads FILE.npz] [--ways json,questions,heads]

Ways, each in a process of its own, one after the other, on the same conversations:

    json        one chat completion a conversation with a JSON schema, through
                llama-cpp-python's high-level interface; it is given no more of a
                conversation than the engine reads
    questions   the engine, every facet by branches
    heads       the engine, every facet by a head: the trunk up to the highest
                layer read. Without --heads the trunk alone is timed, which is
                all but some milliseconds of it

and `plain`: the rate at which llama.cpp itself evaluates a prompt, without any of
our code in the way. Times are CPU seconds of one thread, which a busy machine
distorts less than the clock; both are printed. Peak memory counts the mapped
weights. Last line: all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vstk import paths, registry, taxonomy
from vstk.extract import Extractor, heads, sheet
from vstk.extract.llama import BATCH
from vstk.extract.trunk import Layout
from vstk.types import ScrubbedConversation, Source, Turn

Talk = tuple[Turn, ...]
ROUNDS = 3


def conversations(path: Path, count: int) -> list[Talk]:
    """The first conversations of a log with `messages`; broken lines are passed over."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        try:
            messages = json.loads(line)["messages"]
            talk = tuple(Turn(role=m["role"], text=m["content"]) for m in messages)
        except (ValueError, KeyError, TypeError):
            continue
        found.append(talk)
        if len(found) == count:
            break
    return found


def build(job: dict[str, Any], planes: heads.Heads | None = None) -> Extractor:
    categories = taxonomy.load("vstk-core").keys("category")
    return Extractor(
        job["weights"],
        sheet.load("sheet-1"),
        categories,
        planes,
        window=job["window"],
        weights_sha256=job["sha256"],
    )


def timed(talks: list[Talk], label: Callable[[Talk], int]) -> dict[str, float]:
    """Label all, after one greeting so that no loading is timed.

    Not after one of the conversations: its prompt would lie in the cache of `json`.
    """
    label((Turn(role="user", text="Hello"), Turn(role="assistant", text="Hello")))
    clock, cpu = time.perf_counter(), time.process_time()
    tokens = sum(label(talk) for talk in talks)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return {
        "conversations_per_hour": 3600 * len(talks) / cpu,
        "cpu_seconds_per_conversation": cpu / len(talks),
        "clock_seconds_per_conversation": clock / len(talks),
        "tokens_per_conversation": tokens / len(talks),
        "tokens_per_second": tokens / cpu,
    }


def plain(job: dict[str, Any]) -> dict[str, float]:
    """llama.cpp's own rate: prompts of one batch, nothing else."""
    import llama_cpp

    llama = llama_cpp.Llama(
        str(job["weights"]), n_ctx=BATCH, n_batch=BATCH, n_ubatch=BATCH,
        n_threads=1, n_threads_batch=1, verbose=False,
    )  # fmt: skip
    words = llama.tokenize(b"What is right, who says so, and how would we know? " * 40)
    rates = []
    for _ in range(ROUNDS):
        llama.reset()
        cpu = time.process_time()
        llama.eval(words[: job["prompt"]])
        rates.append(job["prompt"] / (time.process_time() - cpu))
    return {"tokens_per_second": max(rates)}


def by_questions(job: dict[str, Any]) -> dict[str, float]:
    extractor = build(job)
    return timed(job["talks"], lambda talk: extractor.ask(scrubbed(talk)).tokens)


def by_heads(job: dict[str, Any]) -> dict[str, float]:
    if job["heads"] is None:
        extractor = build(job)
        return timed(job["talks"], lambda talk: extractor.features(talk)[2])
    extractor = build(job, heads.load(job["heads"]))
    return timed(job["talks"], lambda talk: extractor.ask(scrubbed(talk)).tokens)


def scrubbed(talk: Talk) -> ScrubbedConversation:
    return ScrubbedConversation(
        source=Source(file="", line=1), key="", unit_id="", language="en", turns=talk
    )


def by_json(job: dict[str, Any]) -> dict[str, float]:
    """The way anyone would write it: a prompt, a schema, a completion."""
    import llama_cpp

    categories = taxonomy.load("vstk-core").keys("category")
    questions = {q.facet: q for q in sheet.load("sheet-1").facets}
    properties: dict[str, Any] = {}
    told = []
    for facet, question in questions.items():
        known = sheet.load("sheet-1").labels(facet, categories)
        if question.kind == "binary":
            properties[facet] = {"type": "boolean"}
            told.append(f"- {facet}: true or false. {known[0].title}?")
            continue
        titles = [key.title for key in known]
        one = {"type": "string", "enum": titles}
        is_many = question.kind == "multi"
        properties[facet] = {"type": "array", "items": one, "maxItems": 5} if is_many else one
        told.append(f"- {facet}: {'up to five' if is_many else 'one'} of {'; '.join(titles)}")
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    system = (
        "You label conversations between a user and an assistant. ai_value: values that the "
        "assistant's own words express. human_value: values that the user openly states. "
        "Answer with one JSON object with these keys:\n" + "\n".join(told)
    )
    llama = llama_cpp.Llama(
        str(job["weights"]), n_ctx=4096, n_batch=BATCH, n_ubatch=BATCH,
        n_threads=1, n_threads_batch=1, verbose=False,
    )  # fmt: skip

    def tokenise(text: str, markers: bool) -> tuple[int, ...]:
        return tuple(llama.tokenize(text.encode(), add_bos=False, special=markers))

    layout = Layout(sheet.load("sheet-1").read, job["window"], tokenise)

    def label(talk: Talk) -> int:
        turns = layout.trunk(talk).window.turns
        seen = "\n\n".join(
            f"{role}: {llama.detokenize(list(text)).decode(errors='replace')}"
            for role, text in turns
        )
        answer = llama.create_chat_completion(
            [{"role": "system", "content": system}, {"role": "user", "content": seen}],
            response_format={"type": "json_object", "schema": schema},
            temperature=0.0,
            max_tokens=400,
        )
        # The system prompt stays in its cache, so it is taken off what was evaluated.
        return int(answer["usage"]["total_tokens"]) - fixed

    fixed = len(tokenise(system, False))
    return timed(job["talks"], label)


WAYS: dict[str, Callable[[dict[str, Any]], dict[str, float]]] = {
    "plain": plain,
    "json": by_json,
    "questions": by_questions,
    "heads": by_heads,
}


def _run(way: str, job: dict[str, Any], pipe: Any) -> None:
    figures = WAYS[way](job)
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--logs", type=Path, default=paths.documents("examples") / "helpdesk.jsonl")
    parser.add_argument("--conversations", type=int, default=3)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--window", type=int, default=288)
    parser.add_argument("--heads", type=Path)
    parser.add_argument("--ways", default="json,questions,heads")
    options = parser.parse_args()
    job = {
        "weights": registry.verify(options.model),
        "sha256": registry.get(options.model).sha256,
        "window": options.window,
        "heads": options.heads,
        "talks": conversations(options.logs, options.conversations),
        "prompt": min(BATCH, options.window),
    }
    results: dict[str, dict[str, float]] = {}
    for way in ["plain", *options.ways.split(",")]:
        # A fresh process each: peak memory is its own, and nothing is warm from before.
        receive, send = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.get_context("spawn").Process(target=_run, args=(way, job, send))
        worker.start()
        send.close()
        try:
            results[way] = receive.recv()
        except EOFError:
            worker.join()
            raise SystemExit(f"'{way}' ended without figures (exit {worker.exitcode}).") from None
        worker.join()
        rate = results[way]["tokens_per_second"]
        print(f"{way}: {rate:.1f} tokens/s", file=sys.stderr)
    own = results["plain"]["tokens_per_second"]
    print(
        f"{options.model}, window {options.window}, {len(job['talks'])} conversations, one thread"
    )
    print(f"llama.cpp's own rate: {own:.1f} tokens/s\n")
    print(f"{'way':<10} {'per hour':>9} {'CPU s':>8} {'clock s':>8} {'tokens':>8} {'tok/s':>8} "
          f"{'of own':>7} {'MiB':>7} {'x json':>7}")  # fmt: skip
    base = results.get("json", {}).get("cpu_seconds_per_conversation")
    for way, found in results.items():
        if way == "plain":
            continue
        found["share_of_own_rate"] = found["tokens_per_second"] / own
        if base:
            found["times_json"] = base / found["cpu_seconds_per_conversation"]
        print(
            f"{way:<10} {found['conversations_per_hour']:>9.0f} "
            f"{found['cpu_seconds_per_conversation']:>8.2f} "
            f"{found['clock_seconds_per_conversation']:>8.2f} "
            f"{found['tokens_per_conversation']:>8.0f} {found['tokens_per_second']:>8.1f} "
            f"{found['share_of_own_rate']:>7.2f} {found['peak_mib']:>7.0f} "
            f"{found.get('times_json', float('nan')):>7.1f}"
        )
    print(json.dumps({"model": options.model, "window": options.window, "results": results}))


if __name__ == "__main__":
    main()
