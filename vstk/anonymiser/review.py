"""Review sheets: a person checks scrubbed texts for personal data that was missed.

A sheet contains scrubbed text, which is still personal data and must be kept as safe as
the logs. Half of its rows are a random sample, which gives an unbiased share of texts
with a leak. The other half are the texts with the highest suspicion score.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import regex

from vstk.anonymiser.gazetteers import fold, word_list
from vstk.anonymiser.placeholders import PLACEHOLDER
from vstk.errors import InputUnreadable
from vstk.files import write_csv_new
from vstk.stats import wilson

COLUMNS = ("row", "drawn", "text", "leaks", "destroyed")
MAX_SHOWN_CHARACTERS = 1200
"""Most characters of a turn that the sheet shows."""

_DIGITS = regex.compile(r"(?<!\d)\d(?:[ -]?\d){6,}")
_CAPITALS = regex.compile(r"\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+")
_DRAWN = ("random", "near-miss")


def suspicion_score(text: str) -> int:
    """Score how likely a scrubbed text is to contain personal data; 0 is least likely.

    Adds 3 for each long number, 2 for each pair of capitalised words of which one is not
    a common word, and 4 for each `@`.
    """
    plain = PLACEHOLDER.sub(" ", text)
    pairs = [
        pair
        for pair in _CAPITALS.findall(plain)
        if any(fold(part) not in word_list("words") for part in pair.split())
    ]
    return 3 * len(_DIGITS.findall(plain)) + 2 * len(pairs) + 4 * plain.count("@")


def sample_rows(texts: Iterable[str], count: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Sample (selection, text) rows: half at random, half the most suspicious of the rest.

    Keeps at most `count` texts in memory. Equal texts count once.
    """
    seen: set[bytes] = set()
    at_random: list[tuple[int, str]] = []
    near_misses: list[tuple[int, int, str]] = []
    half, rest = (count + 1) // 2, count // 2
    for text in texts:
        digest = hashlib.sha256(f"{seed}:{text}".encode("utf-8", "replace")).digest()[:16]
        if not text.strip() or digest in seen:
            continue
        seen.add(digest)
        rank = int.from_bytes(digest)
        heapq.heappush(at_random, (-rank, text))
        if len(at_random) > half:
            negative_rank, text = heapq.heappop(at_random)
            heapq.heappush(near_misses, (suspicion_score(text), negative_rank, text))
            if len(near_misses) > rest:
                heapq.heappop(near_misses)
    rows = [("random", text) for _, text in sorted(at_random, reverse=True)]
    rows += [("near-miss", text) for *_, text in sorted(near_misses, reverse=True)]
    return rows


def write_sheet(rows: Sequence[tuple[str, str]], path: Path) -> None:
    """Write the sheet to a CSV file that only its owner can read.

    The reviewer enters a number in two columns. `leaks`: how many pieces of personal data
    the text still contains. `destroyed`: how many placeholders replace something that is
    no personal data.

    Raises:
        OutputUnwritable: the file exists already, or cannot be written.
    """
    write_csv_new(
        path,
        COLUMNS,
        # The apostrophe stops a spreadsheet from reading log text as a formula.
        (
            (
                number,
                drawn,
                (f"'{text}" if text[:1] in "=+-@\t\r" else text)[:MAX_SHOWN_CHARACTERS],
                "",
                "",
            )
            for number, (drawn, text) in enumerate(rows, 1)
        ),
    )


def score_sheet(path: Path) -> dict[str, Any]:
    """Summarise a completed sheet; rows without `leaks` count as not reviewed.

    Returns:
        Counts, and for the random rows the share with a leak and its 95 % interval.

    Raises:
        InputUnreadable: it is not a review sheet, or a row is invalid.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputUnreadable(
            f"The sheet '{path}' cannot be read.",
            remedy="give a CSV file that `vstk scrub --review` wrote.",
        ) from None
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise InputUnreadable(
            f"The file '{path}' is not a review sheet.",
            remedy="create one with `vstk scrub LOGS --review 200 --sheet FILE`.",
        )
    reviewed = dict.fromkeys(_DRAWN, 0)
    leaking = dict.fromkeys(_DRAWN, 0)
    leaks = destroyed = placeholders = 0
    for number, row in enumerate(rows, 2):
        row_leaks = (row["leaks"] or "").strip()
        if not row_leaks:
            continue
        row_destroyed = (row["destroyed"] or "").strip() or "0"
        if not (_is_number(row_leaks) and _is_number(row_destroyed)) or row["drawn"] not in _DRAWN:
            raise InputUnreadable(
                f"Line {number} of '{path}' has a value that is not a whole number.",
                remedy="enter a whole number under `leaks` and under `destroyed`.",
            )
        reviewed[row["drawn"]] += 1
        leaking[row["drawn"]] += int(row_leaks) > 0
        leaks += int(row_leaks)
        destroyed += int(row_destroyed)
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
    # `isdigit` also accepts "²", and `int` rejects that and numbers of thousands of digits.
    return text.isascii() and text.isdigit() and len(text) < 10
