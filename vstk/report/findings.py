"""Main findings: sentences about rows whose intervals support them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from vstk.facets import FindingText, ReportWords
from vstk.report.charts import is_measured
from vstk.report.numbers import digits, estimate, interval, is_clear, percent
from vstk.report.texts import Texts
from vstk.types import Guarantee, Release, Row, Table

WIDEST = 0.15
"""Widest interval of a main finding, as a share: a number known less well is no headline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The parts of one main finding: about 61 % (55 to 67 %) of conversations ..."""

    figure: str
    interval: str
    sentence: str
    colour: str
    measured: bool
    """Whether the labeller's errors are part of the interval. It is marked where they are not."""


def findings(release: Release, words: ReportWords, texts: Texts) -> list[Finding]:
    """The main findings of a release.

    Only rows whose interval does not include zero and is at most 15 percentage points wide.
    Findings whose interval does not include the labeller's errors come last.
    """
    tables = {table.name: table for table in release.tables}
    found: list[Finding] = []
    for name, text in words.tables.items():
        if text.finding is not None and name in tables:
            section = words.section_of(name)
            colour = section.colour if section else "plain"
            found += _of_table(tables[name], text.finding, colour, texts)
    return sorted(found, key=lambda finding: not finding.measured)


def _of_table(table: Table, told: FindingText, colour: str, texts: Texts) -> list[Finding]:
    if told.show == "leading":
        return _leading(table, told, colour, texts)
    rows: Sequence[Row] = _candidates(table, told)
    if told.show == "largest":
        first = max(rows, key=estimate, default=None)
        rows = [row for row in rows if row is first or row.key in told.always]
        rows.sort(key=lambda row: row is not first)
    return _clear(
        [
            (row, told.labels.get(row.key) or _filled(told, row.title, texts), colour)
            for row in rows
        ],
        texts,
        measured=is_measured(table),
    )


def _candidates(table: Table, told: FindingText) -> list[Row]:
    return [
        row
        for row in table.rows
        if (told.sentence or row.key in told.labels) and not row.not_measurable
    ]


def _leading(table: Table, told: FindingText, colour: str, texts: Texts) -> list[Finding]:
    """The most frequent row of a table, with the rows whose intervals overlap with its own.

    Empty if more than three rows overlap: the order would then be due to noise.
    """
    ranked = sorted(_candidates(table, told), key=lambda row: (-estimate(row), row.key))
    close = [row for row in ranked if row.high >= ranked[0].low]
    if not close or len(close) > 4:
        return []
    sentence = told.labels.get(close[0].key) or _filled(told, close[0].title, texts)
    names = [_named(told, row.title, texts) for row in close[1:]]
    # A row that cannot be measured might be larger than all that can.
    some_unknown = any(row.not_measurable for row in table.rows)
    sentence = (
        texts.plain("finding.tied", sentence=sentence, names=_listed(names, texts))
        if names
        else texts.plain(
            "finding.alone_of_measurable" if some_unknown else "finding.alone", sentence=sentence
        )
    )
    return _clear([(close[0], sentence, colour)], texts, measured=is_measured(table))


def _filled(told: FindingText, title: str, texts: Texts) -> str:
    return told.sentence.replace("{title}", _named(told, title, texts))


def _named(told: FindingText, title: str, texts: Texts) -> str:
    """A title inside a sentence, as the sheet writes it, or else in quotation marks."""
    if told.row_name:
        return told.row_name.replace("{title}", lower(title))
    return texts.plain("finding.quoted", title=lower(title))


def _listed(names: list[str], texts: Texts) -> str:
    if len(names) == 1:
        return names[0]
    return texts.plain("and", first=", ".join(names[:-1]), last=names[-1])


def _clear(rows: Iterable[tuple[Row, str, str]], texts: Texts, *, measured: bool) -> list[Finding]:
    """Findings of rows, sentences and colours, of rows that are known well enough."""
    return [
        Finding(
            figure=percent(estimate(row), digits([row]), texts),
            interval=interval(row, digits([row]), texts),
            sentence=sentence,
            colour=colour,
            measured=measured,
        )
        for row, sentence, colour in rows
        if is_clear(row) and row.high - row.low <= WIDEST
    ]


def lower(title: str) -> str:
    """A title with a lower-case first letter, for use inside a sentence. Acronyms keep theirs."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def noise_ratio(guarantee: Guarantee) -> float:
    """The size of the noise, as a multiple of the largest change one unit can cause.

    All tables together hide one unit as well as a single number would with
    Gaussian noise of this relative size: 1 / sqrt(2 rho).
    """
    return 1 / sqrt(2 * float(Decimal(guarantee.rho)))
