"""How fast and how good the labeller is, beside asking the same weights for a JSON document.

    python benchmarks/labeller_speed.py [--gold FILE.jsonl | --logs FILE.jsonl] [--conversations N]
        [--model ID] [--window TOKENS] [--heads FILE.npz] [--ways json,questions,heads]

Ways, each in a process of its own, one after the other, on the same conversations:

    json        one chat completion a conversation with a JSON schema, through
                llama-cpp-python's high-level interface; it is given no more of a
                conversation than the engine reads
    questions   the engine, every facet by branches
    heads       the engine, every facet by a head (the model's own unless --heads
                names others): the trunk up to the highest layer read

and two rates of llama.cpp itself, on prompts of such lengths with none of our
code in the way: through all layers, and stopped after the highest layer that heads
read. Each way stands beside the rate for its own layers.

With --gold (conversations spread over the file) each way's agreement with the
annotators is printed, too. Times are CPU seconds of one thread, which a busy machine
distorts less than the clock; both are printed. Peak memory counts the mapped
weights. Last line: all figures as JSON.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import baseline_json_mode
from _common import shipped_facets

from vstk import evaluate, heads, paths, registry, sheet, taxonomy
from vstk.extract import Extractor
from vstk.extract.llama import BATCH
from vstk.extract.prompt_layout import PromptLayout
from vstk.types import Extraction, ScrubbedConversation, Source, Turn

Talk = baseline_json_mode.Talk
Found = dict[str, Any]
"""Figures of one way; under `extractions` what it answered, where it answers."""

ROUNDS = 2
SHARE = 4
"""Of the conversations, sorted by length, every so many stand for all in the plain rates."""


def conversations(path: Path, count: int) -> list[Talk]:
    """The first conversations of a log with `messages`; broken lines are passed over."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            messages = json.loads(line)["messages"]
            talk = tuple(Turn(role=m["role"], text=m["content"]) for m in messages)
        except (ValueError, KeyError, TypeError):
            continue
        found.append(talk)
        if len(found) == count:
            break
    return found


def build(job: dict[str, Any], probes: heads.Heads | None = None) -> Extractor:
    return Extractor(
        job["weights"],
        sheet.load("sheet-2"),
        taxonomy.load("vstk-core").keys("category"),
        probes,
        window=job["window"],
        weights_sha256=job["sha256"],
    )


def timed(talks: list[Talk], label: Callable[[Talk], Extraction]) -> Found:
    """Label all, after one greeting so that no loading is timed.

    Not after one of the conversations: its prompt would lie in the cache of `json`.
    """
    label((Turn(role="user", text="Hello"), Turn(role="assistant", text="Hello")))
    clock, cpu = time.perf_counter(), time.process_time()
    found = [label(talk) for talk in talks]
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    tokens = sum(one.tokens for one in found)
    return {
        "conversations_per_hour": 3600 * len(talks) / cpu,
        "cpu_seconds_per_conversation": cpu / len(talks),
        "clock_seconds_per_conversation": clock / len(talks),
        "tokens_per_conversation": tokens / len(talks),
        "tokens_per_second": tokens / cpu,
        "extractions": found,
    }


def plain(job: dict[str, Any], layers: int | None = None) -> Found:
    """llama.cpp's own rate: prompts as long as the conversations, nothing else."""
    import llama_cpp

    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    model = llama_cpp.llama_model_load_from_file(
        str(job["weights"]).encode(), llama_cpp.llama_model_default_params()
    )
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = 2 * BATCH
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_threads = parameters.n_threads_batch = 1
    last = b"" if layers is None else f"l_out-{layers - 1}".encode()
    name = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so"))
    name.ggml_get_name.restype, name.ggml_get_name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    stop = llama_cpp.ggml_backend_sched_eval_callback(
        lambda tensor, is_question, _: (name.ggml_get_name(tensor) == last) == is_question
    )
    if layers is not None:
        parameters.cb_eval = stop
    context = llama_cpp.llama_init_from_model(model, parameters)
    words = (ctypes.c_int32 * BATCH)(*range(1000, 1000 + BATCH))
    rates, lengths = [], sorted(job["lengths"])[SHARE // 2 :: SHARE] or job["lengths"]
    for _ in range(ROUNDS):
        cpu = time.process_time()
        for length in lengths:
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), False)
            for start in range(0, length, BATCH):
                size = min(BATCH, length - start)
                llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(words, size))
        rates.append(sum(lengths) / (time.process_time() - cpu))
    return {"tokens_per_second": max(rates)}


def plain_lower(job: dict[str, Any]) -> Found:
    return plain(job, sheet.load("sheet-2").read.layers[-1])


def by_questions(job: dict[str, Any]) -> Found:
    extractor = build(job)
    return timed(job["talks"], lambda talk: extractor.ask(scrubbed(talk)))


def by_heads(job: dict[str, Any]) -> Found:
    extractor = build(job, heads.load(job["heads"]))
    return timed(job["talks"], lambda talk: extractor.ask(scrubbed(talk)))


def scrubbed(talk: Talk) -> ScrubbedConversation:
    return ScrubbedConversation(
        source=Source(file="", line=1), key="", unit_id="", language="en", turns=talk
    )


def by_json(job: dict[str, Any]) -> Found:
    return timed(job["talks"], baseline_json_mode.labeller(job))


WAYS: dict[str, Callable[[dict[str, Any]], Found]] = {
    "plain": plain,
    "plain, lower layers": plain_lower,
    "json": by_json,
    "questions": by_questions,
    "heads": by_heads,
}
RATE_OF = {"heads": "plain, lower layers"}
"""Whose own rate a way is held against; `plain` for the others."""


def apart(way: str, job: dict[str, Any]) -> Found:
    """Run one way in a fresh process: peak memory is its own, and nothing is warm from before."""
    receive, send = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(target=_run, args=(way, job, send))
    worker.start()
    send.close()
    try:
        found = cast(Found, receive.recv())
    except EOFError:
        worker.join()
        raise SystemExit(f"'{way}' ended without figures (exit {worker.exitcode}).") from None
    worker.join()
    return found


def _run(way: str, job: dict[str, Any], pipe: Any) -> None:
    found = WAYS[way](job)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(found)


def lengths(job: dict[str, Any]) -> list[int]:
    """Tokens of each conversation as the engine evaluates it for heads."""
    from vstk.extract.llama import Llama

    document = sheet.load("sheet-2").read
    llama = Llama(job["weights"], cells=BATCH)
    layout = PromptLayout(document, job["window"], llama.tokens)
    trunks = [layout.lay_out(talk) for talk in job["talks"]]
    llama.close()
    return [len(trunk.turns) + len(trunk.suffix) for trunk in trunks]


def from_gold(path: Path, count: int) -> list[evaluate.GoldConversation]:
    """Labelled conversations, spread evenly over the file."""
    records = evaluate.read(path, shipped_facets())
    count = min(count, len(records))
    return [records[index * len(records) // count] for index in range(count)]


def print_speed(results: Mapping[str, Found]) -> None:
    print(f"{'way':<10} {'per hour':>9} {'CPU s':>8} {'clock s':>8} {'tokens':>8} {'tok/s':>8} "
          f"{'of own':>7} {'MiB':>7} {'x json':>7}")  # fmt: skip
    base = results.get("json", {}).get("cpu_seconds_per_conversation")
    for way, found in results.items():
        if way.startswith("plain"):
            continue
        own = results[RATE_OF.get(way, "plain")]["tokens_per_second"]
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


def print_agreement(
    records: list[evaluate.GoldConversation], results: Mapping[str, Found]
) -> dict[str, Any]:
    """Each way's figures against the annotators, side by side."""
    facets = shipped_facets()
    results_of = {
        way: evaluate.evaluate(records, found["extractions"], facets=facets)
        for way, found in results.items()
        if "extractions" in found
    }
    features = {
        way: {name: figures.known for name, figures in result.features.items()}
        for way, result in results_of.items()
    }
    print(f"\n{'feature':<20} {'measure':<24}" + "".join(f"{way:>10}" for way in features))
    for feature, figures in next(iter(features.values())).items():
        for name in figures:
            row = [of[feature].get(name) for of in features.values()]
            cells = "".join(f"{'-' if x is None else format(x, '.2f'):>10}" for x in row)
            print(f"{feature:<20} {name:<24}{cells}")
    return features


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--logs", type=Path, default=paths.documents("examples") / "helpdesk.jsonl")
    parser.add_argument("--gold", type=Path, help="labelled conversations, in place of --logs")
    parser.add_argument("--conversations", type=int, default=3)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--window", type=int, default=288)
    parser.add_argument("--heads", type=Path)
    parser.add_argument("--ways", default="json,questions,heads")
    options = parser.parse_args()
    records = from_gold(options.gold, options.conversations) if options.gold else []
    job: dict[str, Any] = {
        "weights": registry.verify(options.model),
        "sha256": registry.get(options.model).sha256,
        "window": options.window,
        "heads": options.heads or registry.heads_path(options.model),
        "talks": [record.turns for record in records]
        or conversations(options.logs, options.conversations),
    }
    job["lengths"] = lengths(job)
    results: dict[str, Found] = {}
    for way in ["plain", "plain, lower layers", *options.ways.split(",")]:
        results[way] = apart(way, job)
        rate = results[way]["tokens_per_second"]
        print(f"{way}: {rate:.1f} tokens/s", file=sys.stderr, flush=True)
    print(
        f"{options.model}, window {options.window}, {len(job['talks'])} conversations, one thread"
    )
    for way in ("plain", "plain, lower layers"):
        print(f"llama.cpp itself ({way}): {results[way]['tokens_per_second']:.1f} tokens/s")
    print()
    print_speed(results)
    agreement = print_agreement(records, results) if records else None
    for found in results.values():
        found.pop("extractions", None)
    print(
        json.dumps(
            {
                "model": options.model,
                "window": options.window,
                "results": results,
                "agreement": agreement,
            }
        )
    )


if __name__ == "__main__":
    main()
