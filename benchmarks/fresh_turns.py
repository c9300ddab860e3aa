"""How much personal data is masked in chat turns that no rule was written for.

    python benchmarks/fresh_turns.py [--part open|held_out] [--pipeline DIR] [--no-presidio]
        [--pii-model DIR | --no-pii-model]
        [--misses]

Reads `benchmarks/fresh_turns/PART.jsonl` (its README describes the turns). vstk detects the
language of each turn itself, as `vstk scrub` does. Both systems use the English spaCy pipeline
for all languages written in Latin letters, because not every language has a pipeline of its own.
A unit is masked if each of its letters and digits is masked, under whatever entity. A keep word
is lost if any of its letters or digits is masked. Shares have Wilson intervals (95 %).
`--misses` prints what was not masked and what was lost; it is refused for `held_out`, which must
stay unread. Last line: all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrub_systems import TOKEN, Locate, presidio, rows

from vstk.anonymiser.engine import PresidioScrubber
from vstk.anonymiser.language import detect
from vstk.paths import weights
from vstk.policy import Scrub
from vstk.stats import wilson

LATIN = ("en", "de", "fr", "es", "it", "pt", "nl")
LANGUAGES = (*LATIN, "zh")
Counts = dict[str, list[int]]
"""Group -> [units masked, units]; for the groups `keep ...`, [words lost, words]."""


def vstk_locate(pipeline: Path, pii_model: Path | None) -> Locate:
    scrubber = PresidioScrubber(
        Scrub(
            languages=LANGUAGES,
            ner_models=dict.fromkeys(LATIN, pipeline.name),
            profile="balanced",
            timeout_seconds=600,
        ),
        dict.fromkeys(LATIN, pipeline),
        pii_model,
    )

    def locate(texts: list[str]) -> list[list[tuple[int, int]]]:
        language = detect(texts, LANGUAGES)
        return [[(f.start, f.end) for f in found] for found in scrubber.locate(texts, language)]

    return locate


def keep_spans(row: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """The words of the row's keep entries that lie outside every unit."""
    text = row["text"]
    for entry in row["keep"]:
        at = text.find(entry)
        while at >= 0 and any(at < u["end"] and u["start"] < at + len(entry) for u in row["units"]):
            at = text.find(entry, at + 1)
        if at >= 0:
            yield from ((at + m.start(), at + m.end()) for m in TOKEN.finditer(entry))


def count(
    part: list[dict[str, Any]], locate: Locate, *, show_misses: bool = False
) -> dict[str, list[int]]:
    counts: Counts = defaultdict(lambda: [0, 0])
    for row in part:
        text = row["text"]
        mask = bytearray(len(text))
        for start, end in locate([text])[0]:
            mask[start:end] = b"\x01" * (end - start)
        groups = (f"domain {row['domain']}", f"language {row['language']}")
        for unit in row["units"]:
            span = range(unit["start"], unit["end"])
            is_masked = all(mask[at] for at in span if text[at].isalnum())
            for group in ("units", f"type {unit['type']}", *groups):
                counts[group][0] += is_masked
                counts[group][1] += 1
            if show_misses and not is_masked:
                print("readable", row["id"], unit["type"], repr(unit["text"]))
        kind = "keep in turns with units" if row["units"] else "keep in turns without units"
        for start, end in keep_spans(row):
            is_lost = any(mask[start:end])
            for group in ("keep", kind, f"keep {row['language']}"):
                counts[group][0] += is_lost
                counts[group][1] += 1
            if show_misses and is_lost:
                print(
                    "lost", row["id"], repr(text[start:end]), repr(text[max(0, start - 30) : end])
                )
    return dict(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", default="open", choices=["open", "held_out"])
    parser.add_argument("--pipeline", type=Path, default=weights() / "en_core_web_md-3.8.0")
    parser.add_argument("--pii-model", type=Path, default=weights() / "rampart-q4-1.4.0")
    parser.add_argument("--no-pii-model", dest="pii_model", action="store_const", const=None)
    parser.add_argument("--no-presidio", action="store_true")
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    if options.misses and options.part != "open":
        parser.error("--misses: the held-out turns are only scored")
    part = rows(Path(__file__).parent / "fresh_turns" / f"{options.part}.jsonl")
    ours = vstk_locate(options.pipeline, options.pii_model)
    figures = {"vstk": count(part, ours, show_misses=options.misses)}
    if not options.no_presidio:
        figures["presidio"] = count(part, presidio(options.pipeline))
    print(f"{options.part:32}" + "".join(f"{name:>26}" for name in figures))
    for group in sorted(figures["vstk"], key=lambda g: (g not in ("units", "keep"), g)):
        cells = []
        for counts in figures.values():
            hits, total = counts[group]
            low, high = wilson(hits, total)
            cells.append(f"{hits / total:7.1%} ({low:.0%}-{high:.0%}) of {total}")
        print(f"{group:32}" + "".join(f"{cell:>26}" for cell in cells))
    print(json.dumps({"part": options.part, **figures}))


if __name__ == "__main__":
    main()
