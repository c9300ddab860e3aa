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
from vstk.evaluate.gold import label_keys, normalised_title
from vstk.facets import Facets, FacetSpec
from vstk.files import write_csv_new
from vstk.stats import wilson
from vstk.types import Facet, Turn

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


def columns(facets: Facets) -> dict[str, FacetSpec]:
    """Columns that a reviewer fills, in the sheet's order. Several labels are separated by `|`."""
    return {spec.gold_field: spec for spec in facets.values()}


def write(conversations: Sequence[tuple[str, Sequence[Turn]]], path: Path, facets: Facets) -> None:
    """Write a review sheet: keys and scrubbed text, no labels, readable by its owner alone.

    Raises:
        OutputUnwritable: the file is there already, or cannot be written.
    """
    names = columns(facets)
    write_csv_new(
        path,
        ("conversation", "text", *names),
        # A cell that begins with the role cannot be taken for a formula.
        ((key, _shown(turns), *[""] * len(names)) for key, turns in conversations),
    )


def _shown(turns: Sequence[Turn]) -> str:
    return "\n\n".join(f"{turn.role.upper()}: {turn.text}" for turn in turns)


def score(
    path: Path, found: Mapping[str, Mapping[Facet, tuple[str, ...]]], facets: Facets
) -> dict[str, ReviewAgreement]:
    """Compare a filled sheet with the labels in the store.

    Args:
        path: the sheet; rows and cells left empty are passed over.
        found: chosen labels by conversation and facet.
        facets: of the question sheet. Reviewers write titles; keys are accepted as well.

    Returns:
        By column. Columns of several answers give two rows: `NAME found` (of the
        labels found, the share that the reviewer gave) and `NAME given` (of
        those given, the share that was found).

    Raises:
        InputUnreadable: a cell or column is not as it must be; names row and column.
    """
    names = columns(facets)
    keys = {column: _cell_keys(spec) for column, spec in names.items()}
    pairs: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for number, row in _rows(path, names):
        key = row["conversation"] or ""
        if key not in found:
            _wrong(
                path, number, "conversation", "a key from the sheet, of a work folder that is there"
            )
        for column, spec in names.items():
            if cell := normalised_title(row[column] or ""):
                given = _read(_Cell(path, number, column, cell), spec, keys[column])
                pairs.setdefault(column, []).append((given, found[key].get(spec.key, ())))
    result: dict[str, ReviewAgreement] = {}
    for column, both in pairs.items():
        if names[column].kind == "multi":
            agreed = sum(len(set(given) & set(labels)) for given, labels in both)
            for name, side in (("given", 0), ("found", 1)):
                result[f"{column} {name}"] = _agreement(agreed, sum(len(p[side]) for p in both))
        else:
            kappa = metrics.kappa([p[0] for p in both], [p[1] for p in both])
            result[column] = _agreement(
                sum(given == labels for given, labels in both),
                len(both),
                kappa=None if math.isnan(kappa) else kappa,
            )
    return result


def _agreement(agreed: int, of: int, *, kappa: float | None = None) -> ReviewAgreement:
    low, high = wilson(agreed, of)
    return ReviewAgreement(agreed=agreed, of=of, low=low, high=high, kappa=kappa)


def _rows(path: Path, names: Iterable[str]) -> list[tuple[int, dict[str, str | None]]]:
    try:
        # Spreadsheets put a byte order mark before what they save as UTF-8.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [(number, row) for number, row in enumerate(reader, start=1)]
            header = set(reader.fieldnames or ())
    except (OSError, ValueError, csv.Error):
        raise InputUnreadable(
            f"The review sheet '{path}' cannot be read.",
            remedy="give the CSV file that `vstk validate sample` wrote, saved as UTF-8.",
        ) from None
    if missing := sorted({"conversation", *names} - header):
        raise InputUnreadable(
            f"The review sheet '{path}' lacks the column {missing[0]}.",
            remedy="keep the header line as it was, with commas between columns.",
        )
    return cast(list[tuple[int, dict[str, str | None]]], rows)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the review sheet, and its place."""

    path: Path
    number: int
    column: str
    text: str
    """Normalised, and not empty."""

    def wrong(self, wanted: str) -> NoReturn:
        _wrong(self.path, self.number, self.column, wanted)


def _cell_keys(spec: FacetSpec) -> dict[str, str]:
    """What a reviewer may write -> the label's key."""
    places = {str(place): key for place, key in enumerate(spec.keys, start=1)}
    return label_keys(spec) | (places if spec.kind == "ordinal" else {})


def _read(cell: _Cell, spec: FacetSpec, keys: Mapping[str, str]) -> tuple[str, ...]:
    if spec.kind == "binary":
        if cell.text not in _YES:
            cell.wrong("yes or no")
        return spec.keys[:1] if _YES[cell.text] else ()
    if spec.kind != "multi":
        return (_known(cell, cell.text, keys),)
    parts = [] if cell.text == "none" else [normalised_title(p) for p in cell.text.split("|")]
    return tuple(dict.fromkeys(_known(cell, part, keys) for part in parts if part))


def _known(cell: _Cell, text: str, keys: Mapping[str, str]) -> str:
    if text not in keys:
        cell.wrong(f"one of the {len(set(keys.values()))} words of the codebook")
    return keys[text]


def _wrong(path: Path, number: int, column: str, wanted: str) -> NoReturn:
    raise InputUnreadable(
        f"Row {number} of '{path}', column {column}, is not as it must be.",
        remedy=f"write {wanted} there, or leave it empty.",
    )
