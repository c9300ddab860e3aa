"""A blind review sheet from an organisation's own conversations, and its agreement.

The sheet is a CSV file that somebody asked for by name: it holds scrubbed text,
which is personal data still, and belongs to the operator alone. It does not
show what the labeller found, so that a reviewer's labels are the reviewer's own.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, cast

from vstk.errors import InputUnreadable
from vstk.evaluate import metrics
from vstk.evaluate.gold import SUBJECTIVITY, Vocabulary, normalised_title
from vstk.files import write_csv_new
from vstk.stats import wilson
from vstk.types import Facet, Turn

COLUMNS: Mapping[str, Facet] = {
    "subjectivity": "subjectivity",
    "task": "task",
    "ai_categories": "ai_value",
    "human_categories": "human_value",
    "response_type": "response_type",
    "jailbreak_attempt": "jailbreak_attempt",
    "harmful_values": "harmful_values",
}
"""Columns that a reviewer fills. Several categories are separated by `|`."""

_MULTI = ("ai_value", "human_value")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAgreement:
    """How often labeller and reviewer agree on one question."""

    agreed: int
    of: int
    low: float
    """95 % interval by Wilson, 0..1."""

    high: float
    kappa: float | None
    """Agreement beyond chance; `None` for questions with several answers."""


def sample(keys: Iterable[str], count: int) -> list[str]:
    """Which conversations to review: chance as far as their content goes, and always the same."""
    return sorted(set(keys), key=lambda key: hashlib.sha256(f"review:{key}".encode()).digest())[
        :count
    ]


def write(conversations: Sequence[tuple[str, Sequence[Turn]]], path: Path) -> None:
    """Write a sheet to be filled: keys and scrubbed text, no labels, for the owner's eyes only.

    Raises:
        OutputUnwritable: the file is there already, or cannot be written.
    """
    write_csv_new(
        path,
        ("conversation", "text", *COLUMNS),
        # A cell that begins with the role cannot be taken for a formula.
        ((key, _shown(turns), *[""] * len(COLUMNS)) for key, turns in conversations),
    )


def _shown(turns: Sequence[Turn]) -> str:
    return "\n\n".join(f"{turn.role.upper()}: {turn.text}" for turn in turns)


def score(
    path: Path, found: Mapping[str, Mapping[Facet, tuple[str, ...]]], vocabulary: Vocabulary
) -> dict[str, ReviewAgreement]:
    """Compare a filled sheet with the labels in the store.

    Args:
        path: the sheet; rows and cells left empty are passed over.
        found: chosen labels by conversation and facet.
        vocabulary: titles as reviewers write them; keys are accepted as well.

    Returns:
        By column. Columns of several answers give two rows: `NAME found` (of the
        labels found, the share that the reviewer gave) and `NAME given` (of
        those given, the share that was found).

    Raises:
        InputUnreadable: a cell or column is not as it must be; names row and column.
    """
    pairs: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for number, row in _rows(path):
        key = row["conversation"] or ""
        if key not in found:
            _wrong(
                path, number, "conversation", "a key from the sheet, of a work folder that is there"
            )
        for column, facet in COLUMNS.items():
            if cell := normalised_title(row[column] or ""):
                given = _read(path, number, column, cell, vocabulary)
                pairs.setdefault(column, []).append((given, found[key].get(facet, ())))
    result: dict[str, ReviewAgreement] = {}
    for column, both in pairs.items():
        if COLUMNS[column] in _MULTI:
            agreed = sum(len(set(given) & set(ours)) for given, ours in both)
            for name, side in (("given", 0), ("found", 1)):
                result[f"{column} {name}"] = _agreement(agreed, sum(len(p[side]) for p in both))
        else:
            kappa = metrics.kappa([p[0] for p in both], [p[1] for p in both])
            result[column] = _agreement(
                sum(given == ours for given, ours in both),
                len(both),
                kappa=None if math.isnan(kappa) else kappa,
            )
    return result


def _agreement(agreed: int, of: int, *, kappa: float | None = None) -> ReviewAgreement:
    low, high = wilson(agreed, of)
    return ReviewAgreement(agreed=agreed, of=of, low=low, high=high, kappa=kappa)


def _rows(path: Path) -> list[tuple[int, dict[str, str | None]]]:
    try:
        # Spreadsheets put a byte order mark before what they save as UTF-8.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [(number, row) for number, row in enumerate(reader, start=1)]
            columns = set(reader.fieldnames or ())
    except (OSError, ValueError, csv.Error):
        raise InputUnreadable(
            f"The review sheet '{path}' cannot be read.",
            remedy="give the CSV file that `vstk validate sample` wrote, saved as UTF-8.",
        ) from None
    if missing := sorted({"conversation", *COLUMNS} - columns):
        raise InputUnreadable(
            f"The review sheet '{path}' lacks the column {missing[0]}.",
            remedy="keep the header line as it was, with commas between columns.",
        )
    return cast(list[tuple[int, dict[str, str | None]]], rows)


def _read(
    path: Path, number: int, column: str, cell: str, vocabulary: Vocabulary
) -> tuple[str, ...]:
    facet = COLUMNS[column]
    if facet == "subjectivity":
        levels = {str(i + 1): level for i, level in enumerate(SUBJECTIVITY)}
        return (_known(path, number, column, cell, levels),)
    if facet in _MULTI:
        parts = [] if cell == "none" else [normalised_title(part) for part in cell.split("|")]
        known = [
            _known(path, number, column, part, vocabulary.categories) for part in parts if part
        ]
        return tuple(dict.fromkeys(known))
    if facet in ("task", "response_type"):
        words = vocabulary.tasks if facet == "task" else vocabulary.responses
        return (_known(path, number, column, cell, words),)
    if cell not in _YES:
        _wrong(path, number, column, "yes or no")
    return ("yes",) if _YES[cell] else ()


def _known(path: Path, number: int, column: str, cell: str, words: Mapping[str, str]) -> str:
    if cell in words.values():
        return cell
    if cell not in words:
        _wrong(path, number, column, f"one of the {len(words)} words of the codebook")
    return words[cell]


def _wrong(path: Path, number: int, column: str, wanted: str) -> NoReturn:
    raise InputUnreadable(
        f"Row {number} of '{path}', column {column}, is not as it must be.",
        remedy=f"write {wanted} there, or leave it empty.",
    )
