"""Two releases side by side, for people: one page, one document, one table.

Given nothing but two releases and what was found between them, so that it has no
exact number to print either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby

from vstk.facets import ReportWords
from vstk.report import numbers
from vstk.report.tables import csv_text
from vstk.report.templates import style, template
from vstk.report.texts import Texts, load
from vstk.types import Comparison, Difference, Release

SCHEMA = "vstk-comparison-1"

_SCALES = ((0.02, 0.01), (0.04, 0.02), (0.1, 0.05), (0.2, 0.1), (0.5, 0.25), (1.0, 0.5))
"""Ends of a scale to either side of zero, and the steps between its lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSide:
    """What was compared: a release, or one table of it."""

    name: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One row as it is drawn; places are in percent of the scale's length."""

    row: Difference
    figure: str
    interval: str
    before: str
    after: str
    start: float
    length: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceChart:
    """The changes of one table."""

    title: str
    colour: str
    ticks: tuple[tuple[float, str], ...]
    arrows: tuple[Arrow, ...]


def files(
    found: Comparison,
    before: ComparedSide,
    after: ComparedSide,
    *,
    both: tuple[str, float, str] | None,
    words: ReportWords,
) -> dict[str, str]:
    """`comparison.html`, `comparison.json` and `comparison.csv`: name -> content.

    Args:
        both: rho, epsilon and delta of the two releases together, for somebody
            who is in both; `None` where there is only one.
    """
    rows = [asdict(difference) for difference in found.differences]
    document = {
        "schema": SCHEMA,
        "before": _side(before),
        "after": _side(after),
        "rule": found.rule,
        "instruments": list(found.instruments),
        "only_in_one": list(found.only_in_one),
        "differences": rows,
    }
    header = [field.name for field in fields(Difference)]
    return {
        "comparison.html": render(found, before, after, both=both, words=words),
        "comparison.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "comparison.csv": csv_text(header, ([row[name] for name in header] for row in rows)),
    }


def render(
    found: Comparison,
    before: ComparedSide,
    after: ComparedSide,
    *,
    both: tuple[str, float, str] | None,
    words: ReportWords,
) -> str:
    """The page as text. The same comparison gives the same page."""
    texts = load()
    changed = [_arrow(one, 1.0, texts) for one in found.differences if one.changed]
    changed.sort(key=lambda arrow: (-abs(arrow.row.change), arrow.row.table, arrow.row.key))
    sides = (before, after)
    manifests = [side.release.manifest for side in sides]
    return template("comparison.html.jinja").render(
        **style(),
        t=texts,
        found=found,
        number=len(found.differences),
        sides=sides,
        both=both,
        changed=[(_colour(arrow.row.table, words), arrow) for arrow in changed],
        charts=[
            _chart(list(rows), words, texts)
            for _, rows in groupby(found.differences, key=lambda difference: difference.table)
        ],
        widest=max(
            (max(-one.low, one.high) for one in found.differences if not one.changed), default=0.0
        ),
        first=f"{5 / len(found.differences):.2g}",
        manifest=[
            (name, *(manifest.get(name, "–") for manifest in manifests))
            for name in sorted({*manifests[0], *manifests[1]})
        ],
        numbers=numbers,
        points=points,
    )


def points(share: float) -> str:
    """A change in percentage points, with its sign."""
    text = f"{abs(share) * 100:.1f}"
    return text if float(text) == 0 else ("+" if share > 0 else "\N{MINUS SIGN}") + text


def _colour(table: str, words: ReportWords) -> str:
    """The colour of a table: that of its section in the report."""
    section = words.section_of(table)
    return section.colour if section else "plain"


def _side(side: ComparedSide) -> dict[str, str]:
    return {
        "name": side.name,
        "dataset": side.release.dataset,
        "period": side.release.period,
        "ledger_entry": side.release.manifest.get("ledger_entry", ""),
    }


def _chart(rows: Sequence[Difference], words: ReportWords, texts: Texts) -> DifferenceChart:
    widest = max(max(abs(row.low), abs(row.high)) for row in rows)
    end, step = next((scale for scale in _SCALES if widest <= scale[0]), _SCALES[-1])
    steps = round(end / step)
    # The level's own order where it has one; changes by size where any order is as good.
    ranked = sorted(rows, key=lambda row: (-row.change, row.key)) if len(rows) > 7 else rows
    return DifferenceChart(
        title=rows[0].table_title,
        colour=_colour(rows[0].table, words),
        ticks=tuple(
            (50 + 50 * n / steps, points(n * step).removesuffix(".0"))
            for n in range(-steps, steps + 1)
        ),
        arrows=tuple(_arrow(row, end, texts) for row in ranked),
    )


def _arrow(row: Difference, end: float, texts: Texts) -> Arrow:
    def place(change: float) -> float:
        return round(50 + 50 * min(max(change / end, -1.0), 1.0), 3)

    start, stop = sorted((place(0.0), place(row.change)))
    return Arrow(
        row=row,
        figure=points(row.change),
        interval=texts.plain("points_interval", low=points(row.low), high=points(row.high)),
        before=numbers.percent(row.before, 1, texts),
        after=numbers.percent(row.after, 1, texts),
        start=start,
        length=round(stop - start, 3),
        low=place(row.low),
        high=place(row.high),
    )
