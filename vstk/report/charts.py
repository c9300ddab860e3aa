"""A table as it is drawn: a scale, bars in groups, and rows that cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import get_args

from vstk.facets import ReportWords, TaxonomyLevel
from vstk.report import numbers
from vstk.report.rates import rate
from vstk.report.texts import Texts
from vstk.types import Row, Table

_MOST_BARS = 60

_BETWEEN = " / "
"""Stands between the two keys, and the two titles, of a pair."""

TAXONOMY_LEVELS = frozenset(get_args(TaxonomyLevel))
"""Levels whose rows have no order of their own, and are shown by size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row as it is drawn; places on the scale are in percent of its length."""

    row: Row
    figure: str
    interval: str
    clear: bool
    """Whether the interval leaves out zero. The bar is hollow where it does not."""

    remark: str
    """What stands beside the interval, such as `could be none`; often empty."""

    length: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChart:
    """One table as it is drawn: a scale, and bars in groups."""

    table: Table | None
    """None for a made-up chart that explains."""

    ticks: tuple[tuple[float, str], ...]
    groups: tuple[tuple[str, tuple[Bar, ...]], ...]
    corrected: bool
    both: bool
    """Whether rows have an interval without the labeller's errors, too."""

    measured: bool = True
    """Whether the labeller's errors were measured. Bars are hatched where they were not."""

    note: str = ""
    """Which rows are left out of the picture, where some are."""

    not_measurable: tuple[Row, ...] = ()
    """Rows that are listed and not drawn, because the labeller is contradicted there."""

    rate: Bar | None = None
    """One row as a rate of another, on a scale from 0 to 100 %, where the sheet asks for it."""


def chart(
    table: Table,
    peers: Iterable[Row],
    titles: Mapping[str, str],
    words: ReportWords,
    texts: Texts,
) -> TableChart:
    """A table as it is drawn.

    Args:
        table: the table.
        peers: rows that share its scale.
        titles: titles of keys that are parents of its rows.
        words: what the question sheet says of its tables.
        texts: the report's texts.
    """
    end, ticks = numbers.axis(row for row in peers if not row.not_measurable)
    rows, note = _shown(table, texts)
    drawn = [row for row in rows if not row.not_measurable]
    places = numbers.digits(drawn)
    told = words.table(table.name)
    bars = [_bar(row, end, places, texts, level=table.level) for row in drawn]
    parents = tuple(dict.fromkeys(_parent(bar.row, table.level) for bar in bars))
    if table.level in TAXONOMY_LEVELS or told.ranked:
        bars.sort(key=lambda bar: (-numbers.estimate(bar.row), bar.row.key))
    ratio = rate(table, told.rate) if told.rate else None
    return TableChart(
        table=table,
        ticks=tuple((100 * tick / end, f"{tick * 100:g}") for tick in ticks),
        groups=_groups(bars, parents, titles, table.level),
        corrected=is_corrected(table),
        both=table.label_error != "not_known",
        measured=is_measured(table),
        note=note,
        not_measurable=tuple(row for row in table.rows if row.not_measurable),
        rate=_bar(ratio, 1.0, numbers.digits([ratio]), texts) if ratio else None,
    )


def is_corrected(table: Table) -> bool:
    """Whether shares of the table are corrected for the labeller's errors."""
    return any(row.corrected is not None for row in table.rows)


def is_measured(table: Table) -> bool:
    """Whether the labeller's errors are part of the table's intervals."""
    return table.label_error != "not_known" or is_corrected(table)


def example(texts: Texts) -> TableChart:
    """Three made-up rows that show how to read a bar."""
    made_up = (("clear", 0.34, 0.3, 0.38), ("rough", 0.22, 0.08, 0.36), ("doubtful", 0.05, 0, 0.14))
    rows = [
        Row(
            key=name,
            title=texts.plain(f"example.{name}"),
            count=0,
            share=share,
            low=low,
            high=high,
        )
        for name, share, low, high in made_up
    ]
    return TableChart(
        table=None,
        ticks=tuple((25.0 * n, f"{10 * n}") for n in range(5)),
        groups=(("", tuple(_bar(row, 0.4, 0, texts) for row in rows)),),
        corrected=False,
        both=False,
    )


def _shown(table: Table, texts: Texts) -> tuple[Sequence[Row], str]:
    """The rows that are drawn, and in words which are not.

    Of hundreds of rows a few dozen leave zero behind by noise alone. A long table is
    drawn without those, by a bar that noise reaches once in twenty such tables.
    """
    number = len(table.rows)
    if number <= _MOST_BARS:
        return table.rows, ""
    floor = NormalDist().inv_cdf(1 - 0.05 / number) * table.scale
    found = sorted((row for row in table.rows if row.count > floor), key=lambda r: -r.count)
    kept = {row.key for row in found[:_MOST_BARS]}
    note = texts.plain("long_table", shown=len(kept), number=f"{number:,}")
    return [row for row in table.rows if row.key in kept], note


def _groups(
    bars: Sequence[Bar], parents: Sequence[str], titles: Mapping[str, str], level: str
) -> tuple[tuple[str, tuple[Bar, ...]], ...]:
    """Bars under the name of what their keys stand below: `epistemic/clarity` under epistemic.

    Pairs stand under the title of their first half. Groups keep the order of the table, so that
    two charts can be read side by side.
    """
    if level == "pair":
        return tuple(
            (mine[0].row.title.partition(_BETWEEN)[0], tuple(map(_second_half, mine)))
            for parent in parents
            if (mine := [bar for bar in bars if _parent(bar.row, level) == parent])
        )
    if len(parents) <= 1:
        return (("", tuple(bars)),)
    return tuple(
        (
            titles.get(parent, parent.replace("-", " ").capitalize()),
            tuple(bar for bar in bars if _parent(bar.row, level) == parent),
        )
        for parent in parents
    )


def _parent(row: Row, level: str) -> str:
    return row.key.partition(_BETWEEN)[0] if level == "pair" else row.key.rpartition("/")[0]


def _second_half(bar: Bar) -> Bar:
    title = bar.row.title
    return replace(bar, row=replace(bar.row, title=title.partition(_BETWEEN)[2] or title))


def _bar(row: Row, end: float, places: int, texts: Texts, *, level: str = "") -> Bar:
    def place(share: float) -> float:
        return round(100 * min(max(share / end, 0.0), 1.0), 3)

    clear = numbers.is_clear(row)
    # A new value is published because more than one person used it: it cannot be none.
    remark = "frequency_not_known" if level == "word" else "could_be_none"
    return Bar(
        row=row,
        figure=numbers.percent(numbers.estimate(row), places, texts),
        interval=numbers.interval(row, places, texts),
        clear=clear,
        remark="" if clear else texts.plain(f"remark.{remark}"),
        length=place(numbers.estimate(row)),
        low=place(row.low),
        high=place(row.high),
    )
