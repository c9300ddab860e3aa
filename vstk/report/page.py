"""The page: a release as one HTML file that needs nothing else to be read.

Text is escaped by the template engine, the only style is the one whose hash the
page's own security policy names, and there is no script: whatever a title holds,
a browser has nothing to run and nowhere to go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from vstk.report import findings, numbers
from vstk.report.quality import MeasuredAgreement, agreements, headline, meanings
from vstk.report.templates import style, template
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

    id: str
    title: str
    question: str
    reading: str
    features: tuple[str, ...] = ()
    charts: tuple[TableChart, ...] = ()
    agreement: MeasuredAgreement | None = None


_SECTIONS: tuple[tuple[Section, tuple[str, ...]], ...] = (
    (
        Section(
            id="subjectivity",
            title="Do conversations leave room for values?",
            question="Does the request leave the assistant room to show values, or does it ask "
            "for a fact, a sum, a translation?",
            reading="Somebody who asks for the boiling point of water leaves no room for values; "
            "somebody who asks how to break bad news does.",
            features=("subjective",),
        ),
        ("subjectivity",),
    ),
    (
        Section(
            id="assistant",
            title="Values the assistant expresses",
            question="Which values visibly shape what the assistant says, spoken or unspoken?",
            reading="A reply can express several values or none, so shares do not add up to 100 %. "
            "They describe replies as the labelling model read them, not what the assistant "
            "“really” values.",
            features=("ai_categories",),
        ),
        ("ai_",),
    ),
    (
        Section(
            id="people",
            title="Values people state",
            question="Which values do people state openly themselves?",
            reading="Only what people say outright is counted: asking for help on a value-laden "
            "topic, or pasting somebody else’s words, is not stating a value.",
            features=("human_categories",),
        ),
        ("human_",),
    ),
    (
        Section(
            id="responses",
            title="How the assistant responds",
            question="How does the assistant respond to the values and aims that people bring: "
            "support, reframing, resistance?",
            reading="A conversation gets one response. “No values” means that there was nothing "
            "to respond to.",
            features=("response_type", "response_group"),
        ),
        ("response_",),
    ),
    (
        Section(
            id="tasks",
            title="What people use it for",
            question="What is the conversation mainly for?",
            reading="A conversation gets one task.",
            features=("task",),
        ),
        ("tasks",),
    ),
    (
        Section(
            id="watch-list",
            title="Watch-list",
            question="Do people try to make the assistant drop its rules, and does it express "
            "values that nobody would want?",
            reading="These are totals; the report points at no conversation. What is rare is hard "
            "to label: read these numbers beside the quality of the labels.",
            features=("harmful_values", "jailbreak_attempt"),
        ),
        ("watch_list",),
    ),
    (
        Section(id="further", title="Further tables", question="", reading=""),
        ("",),
    ),
)

_MOST_BARS = 60

_RANKED = {"domain", "category", "cluster", "leaf"}
"""Levels whose rows have no order of their own, and are shown by size."""


def render(release: Release, titles: Mapping[str, str]) -> str:
    """The page as text. The same release gives the same page."""
    return template("page.html.jinja").render(
        **style(),
        release=release,
        findings=findings.findings(release),
        sections=_sections(release, titles),
        example=_example(),
        agreements=(measured := agreements(release.quality)),
        meanings=meanings(measured),
        weak=findings.is_weak(release.guarantee),
        tremble=findings.noise_ratio(release.guarantee),
        guess=findings.attacker_success(release.guarantee),
        unit=release.guarantee.unit.partition(" (")[0],
        numbers=numbers,
        corrected=[t for t in release.tables if _is_corrected(t)],
        reaching=[t for t in release.tables if t.label_error == "in_interval"],
        silent=[t for t in release.tables if t.label_error == "not_known" and not _is_corrected(t)],
    )


def _sections(release: Release, titles: Mapping[str, str]) -> list[Section]:
    names = {row.key: row.title for table in release.tables for row in table.rows}
    known = {**names, **titles}
    left = list(release.tables)
    found = []
    for section, prefixes in _SECTIONS:
        mine = [table for table in left if table.name.startswith(prefixes)]
        left = [table for table in left if table not in mine]
        if mine:
            found.append(
                Section(
                    id=section.id,
                    title=section.title,
                    question=section.question,
                    reading=section.reading,
                    charts=tuple(_chart(table, _peers(table, release), known) for table in mine),
                    agreement=headline(release.quality, section.features),
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
    sides = ("ai_", "human_")
    for other in release.tables:
        twin = other.level == table.level and other.name.startswith(sides)
        if other is table or (twin and table.name.startswith(sides)):
            yield from other.rows


def _chart(table: Table, peers: Iterable[Row], titles: Mapping[str, str]) -> TableChart:
    end, ticks = numbers.axis(peers)
    places = numbers.digits(table.rows)
    rows, note = _shown(table)
    bars = [_bar(row, end, places) for row in rows]
    parents = tuple(dict.fromkeys(_parent(bar) for bar in bars))
    if table.level in _RANKED or table.name == "tasks":
        bars.sort(key=lambda bar: (-numbers.estimate(bar.row), bar.row.key))
    return TableChart(
        table=table,
        ticks=tuple((100 * tick / end, f"{tick * 100:g}") for tick in ticks),
        groups=_groups(bars, parents, titles),
        corrected=_is_corrected(table),
        both=table.label_error != "not_known",
        note=note,
    )


def _shown(table: Table) -> tuple[Sequence[Row], str]:
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
    note = (
        f"{len(kept)} of {number:,} rows: the largest of those that stand so far above zero that "
        "noise alone would hardly put one there. All rows are listed below."
    )
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


def _bar(row: Row, end: float, places: int) -> Bar:
    def place(share: float) -> float:
        return round(100 * min(max(share / end, 0.0), 1.0), 3)

    return Bar(
        row=row,
        figure=numbers.percent(numbers.estimate(row), places),
        interval=numbers.interval(row, places),
        clear=numbers.is_clear(row),
        length=place(numbers.estimate(row)),
        low=place(row.low),
        high=place(row.high),
    )


def _example() -> TableChart:
    """Three made-up rows that show how to read a bar."""
    rows = (
        Row(key="a", title="Well above zero", count=0, share=0.34, low=0.3, high=0.38),
        Row(key="b", title="Known only roughly", count=0, share=0.22, low=0.08, high=0.36),
        Row(key="c", title="Could be none", count=0, share=0.05, low=0.0, high=0.14),
    )
    return TableChart(
        table=None,
        ticks=tuple((25.0 * n, f"{10 * n}") for n in range(5)),
        groups=(("", tuple(_bar(row, 0.4, 0) for row in rows)),),
        corrected=False,
        both=False,
    )
