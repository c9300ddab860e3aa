"""Writes a release as CSV: its tables, and two files in the columns of the published data set.

Numbers are written as they were drawn. A share below zero is noise, and sums need it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt

from vstk.facets import ReportWords
from vstk.report.numbers import estimate
from vstk.report.texts import load
from vstk.types import Release, Row, Table

_LEVELS = {"domain": 3, "category": 2, "cluster": 1, "leaf": 0}
"""Level -> its number in the published data set."""

Cell = str | float | int | None


def files(release: Release, titles: Mapping[str, str], words: ReportWords) -> dict[str, str]:
    """All CSV files of a release: relative path -> content."""
    found = {f"tables/{table.name}.csv": _table(table) for table in release.tables}
    apart, together = _value_tables(release, words)
    if values := apart or together:
        found["values_frequencies.csv"] = _frequencies(values[min(values)])
        found["values_tree.csv"] = _tree(together or apart, titles)
    return found


def _table(table: Table) -> str:
    texts = load()
    fields = texts.keys_of("csv")
    header = [texts.plain(f"csv.{field}") for field in fields]
    return csv_text(header, ([_field(row, field) for field in fields] for row in table.rows))


def _field(row: Row, field: str) -> Cell:
    """One cell. A row that is not measurable has no interval, and says why."""
    if field == "remark":
        return load().plain("remark.not_measurable") if row.not_measurable else None
    if row.not_measurable and field in {"low", "high"}:
        return None
    value: Cell = getattr(row, field)
    return value


def _frequencies(table: Table) -> str:
    """Share of conversations by value, in percent, most frequent first.

    Columns are those of the published data set, in every language.
    """
    rows = sorted(table.rows, key=lambda row: (-estimate(row), row.key))
    return csv_text(
        ("value", "pct_convos", "low", "high"),
        (
            (r.title, *(None,) * 3)
            if r.not_measurable
            else (r.title, 100 * estimate(r), 100 * r.low, 100 * r.high)
            for r in rows
        ),
    )


def _tree(values: Mapping[int, Table], titles: Mapping[str, str]) -> str:
    """Share of all value occurrences of a level, in percent, from the finest level up."""
    lines: list[tuple[Cell, ...]] = []
    ids = {
        row.key: f"ai_values:l{level}:{row.key}"
        for level, table in values.items()
        for row in table.rows
    }
    for level in sorted(values):
        for row, (pct, low, high) in _occurrences(values[level].rows):
            # Only parents that are in the file, so that a join by this column finds them.
            parent = next((ids[key] for key in _above(row.key) if key in ids), "")
            name = titles.get(row.key, row.title)
            lines.append((ids[row.key], "", name, level, parent, pct, low, high))
    return csv_text(
        (
            "cluster_id",
            "description",
            "name",
            "level",
            "parent_cluster_id",
            "pct_total_occurrences",
            "low",
            "high",
        ),
        lines,
    )


def _occurrences(rows: Sequence[Row]) -> list[tuple[Row, tuple[Cell, Cell, Cell]]]:
    """Each row's share of the sum of all rows, in percent, with an interval by the delta method.

    The error of such a ratio comes from the row and from the sum. Rows are treated as
    independent, as their noise is. If the sum cannot be told apart from zero, or the row is not
    measurable, the three numbers are `None`.
    """
    errors = [max(row.high - estimate(row), estimate(row) - row.low, 0.0) for row in rows]
    total = sum(estimate(row) for row in rows)
    squares = sum(error * error for error in errors)
    if total <= sqrt(squares):
        return [(row, (None, None, None)) for row in rows]
    found: list[tuple[Row, tuple[Cell, Cell, Cell]]] = []
    for row, error in zip(rows, errors, strict=True):
        if row.not_measurable:
            found.append((row, (None, None, None)))
            continue
        part = estimate(row) / total
        own = (1 - part) * error
        others = part * sqrt(max(squares - error * error, 0.0))
        margin = sqrt(own * own + others * others) / total
        ends = (min(max(part + sign * margin, 0.0), 1.0) for sign in (-1, 1))
        found.append((row, (100 * part, *(100 * end for end in ends))))  # type: ignore[arg-type]
    return found


def _above(key: str) -> Iterator[str]:
    """The keys above a key, the nearest first."""
    while key := key.rpartition("/")[0]:
        yield key


def _value_tables(
    release: Release, words: ReportWords
) -> tuple[dict[int, Table], dict[int, Table]]:
    """Tables of the facet of `values_files`, by level: separate tables, and levels of a tree.

    The published data set contains the values of one facet over all conversations. Tables of
    other facets or of segments would make sums over it wrong, so they are left out.
    """
    apart: dict[int, Table] = {}
    together: dict[int, Table] = {}
    for table in release.tables:
        if not (words.table(table.name).in_values_files and table.level in _LEVELS and table.rows):
            continue
        if "-" in table.name and "__" not in table.name:  # one level of a tree
            together[_LEVELS[table.level]] = table
        elif "__" not in table.name:
            apart[_LEVELS[table.level]] = table
    return apart, together


def csv_text(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    """CSV in which no cell is a formula to a spreadsheet."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow([_cell(cell) for cell in line])
    return sink.getvalue()


def _cell(cell: Cell) -> str:
    """A cell as text. An apostrophe precedes what a spreadsheet would take for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # On one line: a carriage return would start a new cell in some readers.
        text = " ".join(cell.split())
        return f"'{text}" if text[:1] in set("=+-@") else text
    return str(cell) if isinstance(cell, int) else repr(round(cell, 6) + 0.0)
