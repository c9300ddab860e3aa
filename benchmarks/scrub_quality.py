"""What the scrub finds and what it destroys, beside Presidio as it comes.

    python benchmarks/scrub_quality.py [--data ../shared/data] [--pipeline DIR]
        [--sets synth,pupa=150,spia=40,harmless=120,canaries=600]
        [--profile balanced|strict] [--no-presidio]
        [--pii-model DIR | --no-pii-model]

Both systems see the same texts. A set is cut after as many of its rows as stand
behind it. A token (`\\w+`) counts as masked when it is fully covered, under
whatever label. Presidio as it comes: `AnalyzerEngine()` on the same spaCy
pipeline, every entity of its defaults, threshold 0. The column `must` is what
this project wants to reach. Last line: all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scrub_systems import TOKEN, Locate, covered, masked_text, ours, presidio, rows

from vstk.paths import weights
from vstk.types import Conversation, Source, Turn

_CODE = re.compile(
    r"```|\b(?:def|function|class|import|return|SELECT|const|public static|#include)\b"
)
_MATHS = re.compile(
    r"(?i)\\frac|\\int|\$.+\$|\b(?:solve|prove|equation|integral|derivative|probability|matrix)\b"
)


def synth(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """Even templates are for development, odd ones are held out."""
    counts = {(part, key): 0 for part in ("even", "odd", "all") for key in ("tp", "fp", "fn")}
    for row in rows(data / "presidio_synth" / "synth_dataset_v2.jsonl")[:limit]:
        text = row["full_text"]
        gold = [(span["start_position"], span["end_position"]) for span in row["spans"]]
        part = "odd" if row["template_id"] % 2 else "even"
        found = covered(text, locate([text])[0])
        wanted = covered(text, gold)
        for (_, _, is_masked), (_, _, is_gold) in zip(found, wanted, strict=True):
            if is_masked or is_gold:
                key = "tp" if is_masked and is_gold else "fp" if is_masked else "fn"
                counts[part, key] += 1
                counts["all", key] += 1
    figures = {}
    for part in ("even", "odd", "all"):
        tp, fp, fn = (counts[part, key] for key in ("tp", "fp", "fn"))
        figures[f"synth_{part}_precision"] = tp / (tp + fp)
        figures[f"synth_{part}_recall"] = tp / (tp + fn)
        figures[f"synth_{part}_f2"] = 5 * tp / (5 * tp + 4 * fn + fp)
    return figures


def pupa(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """Units still readable, and words outside every unit that were destroyed.

    Of conversations that are in English: a policy that accepts English alone
    sets the others aside. `pupa_set_aside` is their number.
    """
    from vstk.anonymiser.language import detect

    units = leaked = leaking = harmless = destroyed = rows_seen = set_aside = 0
    for row in rows(data / "pupa" / "conversations.jsonl")[:limit]:
        texts = [message["content"] for message in row["messages"]]
        if detect(texts, ("en",)) != "en":
            set_aside += 1
            continue
        spans = locate(texts)
        left = "\n".join(
            masked_text(text, found) for text, found in zip(texts, spans, strict=True)
        ).casefold()
        raw = "\n".join(texts).casefold()
        present = {unit.casefold() for unit in row["pii_units"] if unit.casefold() in raw}
        still = {unit for unit in present if unit in left}
        units += len(present)
        leaked += len(still)
        leaking += bool(still)
        rows_seen += 1
        personal = {token for unit in row["pii_units"] for token in TOKEN.findall(unit.casefold())}
        for text, found in zip(texts, spans, strict=True):
            for start, end, is_masked in covered(text, found):
                if text[start:end].casefold() not in personal:
                    harmless += 1
                    destroyed += is_masked
    return {
        "pupa_conversations": rows_seen,
        "pupa_set_aside": set_aside,
        "pupa_units": units,
        "pupa_leak": leaked / units,
        "pupa_conversations_leaking": leaking / rows_seen,
        "pupa_destroyed": destroyed / harmless,
    }


def spia(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """Spans of which every token is masked."""
    seen: dict[str, list[int]] = {}
    for path in sorted((data / "spia").glob("*.jsonl")):
        for row in rows(path)[:limit]:
            text = row["text"]
            tokens = covered(text, locate([text])[0])
            for entity in row["entities"]:
                start, end = entity["start_offset"], entity["end_offset"]
                inside = [hidden for a, b, hidden in tokens if a < end and b > start]
                kind = entity["identifier_type"]
                for key in (kind, f"{kind}_{entity['entity_type']}"):
                    pair = seen.setdefault(key, [0, 0])
                    pair[0] += all(inside) if inside else 1
                    pair[1] += 1
    return {
        f"spia_{kind}": hidden / total
        for kind, (hidden, total) in sorted(seen.items())
        if total >= 20 and not kind.startswith("NO_MASK_")
    }


def harmless(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """Words destroyed in prompts about code and maths, which hold no personal data to speak of."""
    seen: set[str] = set()
    counts = {"code": [0, 0], "maths": [0, 0]}
    for row in rows(data / "arena_hard" / "conversations.jsonl"):
        text = row["messages"][0]["content"]
        kind = "code" if _CODE.search(text) else "maths" if _MATHS.search(text) else None
        if kind is None or text in seen or len(seen) >= limit:
            continue
        seen.add(text)
        for _, _, is_masked in covered(text, locate([text])[0]):
            counts[kind][0] += is_masked
            counts[kind][1] += 1
    return {f"harmless_{kind}_destroyed": a / max(1, b) for kind, (a, b) in counts.items()}


class Masking:
    """A system as a scrubber: what it finds is covered."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        texts = [turn.text for turn in conversation.turns]
        spans = self._locate(texts)
        return tuple(
            Turn(role=turn.role, text=masked_text(text, found))
            for turn, text, found in zip(conversation.turns, texts, spans, strict=True)
        ), "en"


def canaries(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """Made-up people and numbers in real turns: the share that can still be read.

    A name counts when any part of it can be, another thing when half of it can.
    """
    from vstk.anonymiser.canaries import measure_leakage
    from vstk.anonymiser.language import detect

    found = rows(data / "pupa" / "conversations.jsonl")[:100]
    found += rows(data / "hh_rlhf_harmless" / "transcripts.jsonl")[:200]
    conversations = [
        Conversation(
            source=Source(file="benchmark", line=number + 1),
            id=str(number),
            user=None,
            unit_kind="none",
            started_at=None,
            turns=tuple(
                Turn(role="user", text=message["content"][:2000]) for message in row["messages"]
            ),
        )
        for number, row in enumerate(found)
        if detect([message["content"] for message in row["messages"]], ("en",)) == "en"
    ]
    report = measure_leakage(conversations, Masking(locate), min(limit, 5000)).as_dict()
    figures: dict[str, float] = {"canaries": report["all"]["planted"]}
    for group, label in (("name_cases", "name"), ("kinds", "kind"), ("name_origins", "origin")):
        for name in sorted(report[group]):
            figures[f"leak_{label}_{name}"] = report[group][name]["share"]
            if label == "name":
                figures[f"leak_{label}_{name}_low"] = report[group][name]["low"]
                figures[f"leak_{label}_{name}_high"] = report[group][name]["high"]
    return figures


def fresh(data: Path, locate: Locate, limit: int) -> dict[str, float]:
    """English turns of the open half of fresh_turns, with the seconds that they take."""
    units = masked = words = destroyed = kept = lost = characters = 0
    began = time.process_time()
    for row in rows(Path(__file__).parent / "fresh_turns" / "open.jsonl")[:limit]:
        if row["language"] != "en":
            continue
        text, (found,) = row["text"], locate([row["text"]])
        tokens, left = covered(text, found), masked_text(text, found)
        gold = [(unit["start"], unit["end"]) for unit in row["units"]]
        for start, end in gold:
            units += 1
            masked += all(hidden for a, b, hidden in tokens if a < end and b > start)
        for a, b, hidden in tokens:
            if not any(a < end and b > start for start, end in gold):
                words += 1
                destroyed += hidden
        kept += len(row["keep"])
        lost += sum(phrase not in left for phrase in row["keep"])
        characters += len(text)
    return {
        "fresh_units": units,
        "fresh_fully_masked": masked / units,
        "fresh_destroyed": destroyed / words,
        "fresh_keep_lost": lost / kept,
        "fresh_seconds_per_1000": (time.process_time() - began) / characters * 1000,
    }


SETS = {
    "fresh": fresh,
    "synth": synth,
    "pupa": pupa,
    "spia": spia,
    "harmless": harmless,
    "canaries": canaries,
}


MUST: dict[str, Callable[[float], float]] = {
    "synth_all_recall": lambda theirs: 0.88,
    "synth_all_f2": lambda theirs: 0.87,
    "pupa_leak": lambda theirs: min(0.15, theirs / 2),
    "pupa_destroyed": lambda theirs: theirs,
    "spia_DIRECT": lambda theirs: 0.95,
    "spia_QUASI": lambda theirs: theirs + 0.10,
    "harmless_code_destroyed": lambda theirs: theirs,
    "harmless_maths_destroyed": lambda theirs: theirs,
    "leak_name_title": lambda theirs: 0.04,
    "leak_name_lower": lambda theirs: 0.12,
    "leak_name_upper": lambda theirs: 0.07,
}
"""What a figure must reach, given Presidio's in the same run."""


def table(figures: dict[str, dict[str, float]]) -> Iterator[str]:
    both = len(figures) > 1
    yield f"{'':36}" + "".join(f"{name:>12}" for name in (*figures, *(["must"] if both else [])))
    for key in figures["vstk"]:
        values = [found.get(key, float("nan")) for found in figures.values()]
        line = f"{key:36}" + "".join(f"{value:12.4g}" for value in values)
        if both and key in MUST:
            line += f"{MUST[key](values[0]):12.4g}"
        yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pipeline", type=Path, default=weights() / "en_core_web_md-3.8.0")
    parser.add_argument(
        "--sets", default="synth,pupa=150,spia=40,harmless=120,canaries=600", help="SET[=ROWS],..."
    )
    parser.add_argument("--profile", default="balanced", choices=["balanced", "strict"])
    parser.add_argument("--no-presidio", action="store_true")
    parser.add_argument("--pii-model", type=Path, default=weights() / "rampart-q4-1.4.0")
    parser.add_argument("--no-pii-model", dest="pii_model", action="store_const", const=None)
    options = parser.parse_args()
    systems = {} if options.no_presidio else {"presidio": presidio(options.pipeline)}
    systems["vstk"] = ours(options.pipeline, options.profile, options.pii_model)
    figures: dict[str, dict[str, float]] = {name: {} for name in systems}
    for chosen in options.sets.split(","):
        name, _, limit = chosen.partition("=")
        part = {
            system: SETS[name](options.data, locate, int(limit or 1_000_000))
            for system, locate in systems.items()
        }
        for system, found in part.items():
            figures[system] |= found
        print("\n".join(table(part)), flush=True)
    print(json.dumps({name: {k: round(v, 4) for k, v in f.items()} for name, f in figures.items()}))


if __name__ == "__main__":
    main()
