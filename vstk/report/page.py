"""Renders a release as one self-contained HTML page.

The template engine escapes all text. The page's content security policy allows only its own
style, by hash, and there is no script: a hostile title can neither run code nor load anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vstk import attacker
from vstk.facets import ReportWords, SectionText
from vstk.report import charts, findings, numbers
from vstk.report.charts import TableChart
from vstk.report.quality import MeasuredAgreement, agreements, headline, meanings
from vstk.report.templates import style, template
from vstk.report.texts import Texts, load
from vstk.types import Release, Row, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the page that shows results."""

    text: SectionText
    charts: tuple[TableChart, ...]
    agreement: MeasuredAgreement | None
    """Shown below the last measured chart: it says nothing about labels that were not measured."""

    @property
    def last_measured(self) -> int | None:
        """Index of the last chart whose labels were measured; `None` if there is none."""
        return max((n for n, chart in enumerate(self.charts) if chart.measured), default=None)


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
        example=charts.example(texts),
        agreements=(measured := agreements(release.quality, words, texts)),
        meanings=meanings(measured),
        meaning=attacker.meaning(release.guarantee),
        noise_ratio=findings.noise_ratio(release.guarantee),
        unit=release.guarantee.unit.partition(" (")[0],
        numbers=numbers,
        corrected=[t for t in release.tables if charts.is_corrected(t)],
        reaching=[t for t in release.tables if t.label_error == "in_interval"],
        silent=[t for t in release.tables if not charts.is_measured(t)],
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
                        charts.chart(table, _peers(table, release), known, words, texts)
                        for table in mine
                    ),
                    agreement=headline(release.quality, text.measures, words, texts)
                    if text
                    else None,
                )
            )
    return found


def _peers(table: Table, release: Release) -> Iterable[Row]:
    """Rows that share a scale with those of this table.

    Readers compare the assistant's values with people's values across two sections, so a bar of
    the same length must mean the same share in both.
    """
    for other in release.tables:
        if other is table or other.level == table.level in charts.TAXONOMY_LEVELS:
            yield from other.rows
