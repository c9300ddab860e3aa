"""The page: a release as one HTML file that needs nothing else to be read.

Text is escaped by the template engine, the only style is the one whose hash the
page's own security policy names, and there is no script: whatever a title holds,
a browser has nothing to run and nowhere to go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import get_args

from vstk.facets import ReportWords, SectionText, TaxonomyLevel
from vstk.report import findings, numbers
from vstk.report.quality import MeasuredAgreement, agreements, headline, meanings
from vstk.report.templates import style, template
from vstk.report.texts import Texts, load
from vstk.types import Release, Row, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row as it is drawn; places on the scale are in percent of its length."""

    row: Row
    figure: str
    interval: str
    clear: bool
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

    note: str = ""
    """Which rows are left out of the picture, where some are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page that shows results."""

    text: SectionText
    charts: tuple[TableChart, ...]
    agreement: MeasuredAgreement | None


_MOST_BARS = 60

_TAXONOMY_LEVELS = frozenset(get_args(TaxonomyLevel))
"""Levels whose rows have no order of their own, and are shown by size."""


def render(release: Release, titles: Mapping[str, str], words: ReportWords) -> str:
    """The page as text. The same release gives the same page."""
    texts = load()
    return template("page.html.jinja").render(
        **style(),
        t=texts,
        release=release,
        heading=words.heading or texts.plain("heading"),
        source=words.source,
        findings=findings.findings(release, words, texts),
        sections=sections(release, titles, words, texts),
        example=_example(texts),
        agreements=(measured := agreements(release.quality, words, texts)),
        meanings=meanings(measured),
        weak=findings.is_weak(release.guarantee),
        noise_ratio=findings.noise_ratio(release.guarantee),
        attacker=findings.attacker_success(release.guarantee, texts),
        unit=release.guarantee.unit.partition(" (")[0],
        numbers=numbers,
        corrected=[t for t in release.tables if _is_corrected(t)],
        reaching=[t for t in release.tables if t.label_error == "in_interval"],
        silent=[t for t in release.tables if t.label_error == "not_known" and not _is_corrected(t)],
    )


def sections(
    release: Release, titles: Mapping[str, str], words: ReportWords, texts: Texts
) -> list[Section]:
    """The sections that have tables, in the sheet's order; then all other tables."""
    names = {row.key: row.title for table in release.tables for row in table.rows}
    known = {**names, **titles}
    order = {name: place for place, name in enumerate(words.tables)}
    tables = sorted(release.tables, key=lambda t: order.get(words.base(t.name), len(order)))
    further = SectionText(id="further", title=texts.plain("further_tables"))
    found = []
    for text in (*words.sections, None):
        mine = [table for table in tables if words.section_of(table.name) == text]
        if mine:
            found.append(
                Section(
                    text=text or further,
                    charts=tuple(
                        _chart(table, _peers(table, release), known, words, texts) for table in mine
                    ),
                    agreement=headline(release.quality, text.measures, words, texts)
                    if text
                    else None,
                )
            )
    return found


def _is_corrected(table: Table) -> bool:
    return any(row.corrected is not None for row in table.rows)


def _peers(table: Table, release: Release) -> Iterable[Row]:
    """Rows that share a scale with this table's.

    The assistant's values and people's are compared by eye, across two
    sections: a bar of one length must mean one share in both.
    """
    for other in release.tables:
        if other is table or other.level == table.level in _TAXONOMY_LEVELS:
            yield from other.rows


def _chart(
    table: Table,
    peers: Iterable[Row],
    titles: Mapping[str, str],
    words: ReportWords,
    texts: Texts,
) -> TableChart:
    end, ticks = numbers.axis(peers)
    places = numbers.digits(table.rows)
    rows, note = _shown(table, texts)
    bars = [_bar(row, end, places, texts) for row in rows]
    parents = tuple(dict.fromkeys(_parent(bar) for bar in bars))
    if table.level in _TAXONOMY_LEVELS or words.table(table.name).ranked:
        bars.sort(key=lambda bar: (-numbers.estimate(bar.row), bar.row.key))
    return TableChart(
        table=table,
        ticks=tuple((100 * tick / end, f"{tick * 100:g}") for tick in ticks),
        groups=_groups(bars, parents, titles),
        corrected=_is_corrected(table),
        both=table.label_error != "not_known",
        note=note,
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
    bars: Sequence[Bar], parents: Sequence[str], titles: Mapping[str, str]
) -> tuple[tuple[str, tuple[Bar, ...]], ...]:
    """Bars under the name of what their keys stand below: `epistemic/clarity` under epistemic.

    Groups keep the order of the table, so that two charts can be read side by side.
    """
    if len(parents) <= 1:
        return (("", tuple(bars)),)
    return tuple(
        (
            titles.get(parent, parent.replace("-", " ").capitalize()),
            tuple(bar for bar in bars if _parent(bar) == parent),
        )
        for parent in parents
    )


def _parent(bar: Bar) -> str:
    return bar.row.key.rpartition("/")[0]


def _bar(row: Row, end: float, places: int, texts: Texts) -> Bar:
    def place(share: float) -> float:
        return round(100 * min(max(share / end, 0.0), 1.0), 3)

    return Bar(
        row=row,
        figure=numbers.percent(numbers.estimate(row), places, texts),
        interval=numbers.interval(row, places, texts),
        clear=numbers.is_clear(row),
        length=place(numbers.estimate(row)),
        low=place(row.low),
        high=place(row.high),
    )


def _example(texts: Texts) -> TableChart:
    """Three made-up rows that show how to read a bar."""
    rows = (
        Row(key="a", title=texts.plain("example.clear"), count=0, share=0.34, low=0.3, high=0.38),
        Row(key="b", title=texts.plain("example.rough"), count=0, share=0.22, low=0.08, high=0.36),
        Row(
            key="c", title=texts.plain("example.doubtful"), count=0, share=0.05, low=0.0, high=0.14
        ),
    )
    return TableChart(
        table=None,
        ticks=tuple((25.0 * n, f"{10 * n}") for n in range(5)),
        groups=(("", tuple(_bar(row, 0.4, 0, texts) for row in rows)),),
        corrected=False,
        both=False,
    )
