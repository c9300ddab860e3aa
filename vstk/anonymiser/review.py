"""A sheet for a person to check: what a scrub let through, by human eyes.

The sheet holds scrubbed text, which is still personal data: it belongs beside
the logs and nowhere else. Half of its rows are drawn at random, for an honest
share; half are near misses, where a leak is likeliest, to learn from.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import regex

from vstk.anonymiser.gazetteers import fold, words
from vstk.anonymiser.placeholders import PLACEHOLDER
from vstk.errors import InputUnreadable
from vstk.files import write_csv_new
from vstk.stats import wilson

COLUMNS = ("row", "drawn", "text", "leaks", "destroyed")
LONGEST = 1200
"""Characters of a turn that the sheet shows."""

_DIGITS = regex.compile(r"(?<!\d)\d(?:[ -]?\d){6,}")
_CAPITALS = regex.compile(r"\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+")
_DRAWN = ("random", "near-miss")


def suspicion(text: str) -> int:
    """How much is left in a scrubbed text that could be personal: higher is likelier."""
    plain = PLACEHOLDER.sub(" ", text)
    pairs = [
        pair
        for pair in _CAPITALS.findall(plain)
        if any(fold(part) not in words("words") for part in pair.split())
    ]
    return 3 * len(_DIGITS.findall(plain)) + 2 * len(pairs) + 4 * plain.count("@")


def sample(texts: Iterable[str], count: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """(how it was drawn, text): half at random, half the most suspicious of the rest.

    Keeps `count` texts in memory, however many there are. Equal texts count once.
    """
    seen: set[bytes] = set()
    at_random: list[tuple[int, str]] = []
    near: list[tuple[int, int, str]] = []
    half, rest = (count + 1) // 2, count // 2
    for text in texts:
        mark = hashlib.sha256(f"{seed}:{text}".encode("utf-8", "replace")).digest()[:16]
        if not text.strip() or mark in seen:
            continue
        seen.add(mark)
        rank = int.from_bytes(mark)
        heapq.heappush(at_random, (-rank, text))
        if len(at_random) > half:
            beaten, text = heapq.heappop(at_random)
            heapq.heappush(near, (suspicion(text), beaten, text))
            if len(near) > rest:
                heapq.heappop(near)
    rows = [("random", text) for _, text in sorted(at_random, reverse=True)]
    rows += [("near-miss", text) for *_, text in sorted(near, reverse=True)]
    return rows


def write(rows: Sequence[tuple[str, str]], path: Path) -> None:
    """Write the sheet, for its owner's eyes; a person fills in two columns with numbers.

    `leaks`: how many things in the text still point at a person. `destroyed`: how
    many placeholders stand for something harmless.

    Raises:
        OutputUnwritable: the file is there already, or cannot be written.
    """
    write_csv_new(
        path,
        COLUMNS,
        # A log must not become a formula of the reviewer's spreadsheet.
        (
            (number, drawn, (f"'{text}" if text[:1] in "=+-@\t\r" else text)[:LONGEST], "", "")
            for number, (drawn, text) in enumerate(rows, 1)
        ),
    )


def score(path: Path) -> dict[str, Any]:
    """What a filled-in sheet says; rows left empty are counted as not reviewed.

    Raises:
        InputUnreadable: when it is no such sheet, naming the row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputUnreadable(
            f"The sheet '{path}' cannot be read.", remedy="give a sheet that vstk wrote, as CSV."
        ) from None
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise InputUnreadable(
            f"The file '{path}' is not a review sheet.",
            remedy="make one with `vstk scrub LOGS --review 200 --sheet FILE`.",
        )
    reviewed = dict.fromkeys(_DRAWN, 0)
    leaking = dict.fromkeys(_DRAWN, 0)
    leaks = destroyed = placeholders = 0
    for number, row in enumerate(rows, 2):
        filled = (row["leaks"] or "").strip()
        if not filled:
            continue
        wrongly = (row["destroyed"] or "").strip() or "0"
        if not (_is_number(filled) and _is_number(wrongly)) or row["drawn"] not in _DRAWN:
            raise InputUnreadable(
                f"Line {number} of '{path}' is not filled in with numbers.",
                remedy="write a whole number under `leaks` and under `destroyed`.",
            )
        reviewed[row["drawn"]] += 1
        leaking[row["drawn"]] += int(filled) > 0
        leaks += int(filled)
        destroyed += int(wrongly)
        placeholders += len(PLACEHOLDER.findall(row["text"]))
    low, high = wilson(leaking["random"], reviewed["random"])
    return {
        "rows": len(rows),
        "reviewed": sum(reviewed.values()),
        "leaks": leaks,
        "random": {
            "reviewed": reviewed["random"],
            "with_a_leak": leaking["random"],
            "share": round(leaking["random"] / max(1, reviewed["random"]), 4),
            "low": round(low, 4),
            "high": round(high, 4),
        },
        "near_miss": {"reviewed": reviewed["near-miss"], "with_a_leak": leaking["near-miss"]},
        "placeholders": placeholders,
        "destroyed": destroyed,
    }


def _is_number(text: str) -> bool:
    # `isdigit` alone holds for "²", of which `int` makes nothing, nor of thousands of digits.
    return text.isascii() and text.isdigit() and len(text) < 10
