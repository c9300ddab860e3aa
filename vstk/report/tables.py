"""A release as CSV: its own tables, and the two files of the published data set's form.

Numbers stand as they were drawn: a share below zero is noise that happened to
fall that way, and whoever adds numbers up needs it.
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
"""Our names of the levels -> the numbers that the published data set gives them."""

Cell = str | float | int | None


def files(release: Release, titles: Mapping[str, str], words: ReportWords) -> dict[str, str]:
    """Every CSV of the release: relative path -> content."""
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
    return csv_text(header, ([getattr(row, field) for field in fields] for row in table.rows))


def _frequencies(table: Table) -> str:
    """Share of conversations by value, in percent, most frequent first.

    Columns are those of the published data set, in every language.
    """
    rows = sorted(table.rows, key=lambda row: (-estimate(row), row.key))
    return csv_text(
        ("value", "pct_convos", "low", "high"),
        ((r.title, 100 * estimate(r), 100 * r.low, 100 * r.high) for r in rows),
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
            # A parent that is not in the file would be a join that finds nothing.
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
    """Each row's part of all rows, with an interval by the delta method.

    A part is a ratio of noised numbers, so its error is the row's own and the
    total's. Rows are taken as independent, which their noise is. Where the
    total itself may be nothing, a part of it is not a number.
    """
    errors = [max(row.high - estimate(row), estimate(row) - row.low, 0.0) for row in rows]
    total = sum(estimate(row) for row in rows)
    squares = sum(error * error for error in errors)
    if total <= sqrt(squares):
        return [(row, (None, None, None)) for row in rows]
    found: list[tuple[Row, tuple[Cell, Cell, Cell]]] = []
    for row, error in zip(rows, errors, strict=True):
        part = estimate(row) / total
        own = (1 - part) * error
        others = part * sqrt(max(squares - error * error, 0.0))
        margin = sqrt(own * own + others * others) / total
        ends = (min(max(part + sign * margin, 0.0), 1.0) for sign in (-1, 1))
        found.append((row, (100 * part, *(100 * end for end in ends))))  # type: ignore[arg-type]
    return found


def _above(key: str) -> Iterator[str]:
    """The keys that a key stands below, the nearest first."""
    while key := key.rpartition("/")[0]:
        yield key


def _value_tables(
    release: Release, words: ReportWords
) -> tuple[dict[int, Table], dict[int, Table]]:
    """Level -> the table of the facet of `values_files`: measured apart, and together as a tree.

    The published data set holds the values of one facet alone, over all
    conversations; mixing in those of another, or those of a segment, would
    break every sum over it.
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
    """Lines as CSV that a spreadsheet takes for nothing but text and numbers."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow([_cell(cell) for cell in line])
    return sink.getvalue()


def _cell(cell: Cell) -> str:
    """A cell that no spreadsheet takes for a formula; numbers are numbers, even negative."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # On one line: a carriage return would start a new cell in some readers.
        text = " ".join(cell.split())
        return f"'{text}" if text[:1] in set("=+-@") else text
    return str(cell) if isinstance(cell, int) else repr(round(cell, 6) + 0.0)
