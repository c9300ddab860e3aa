"""What a release says, in sentences that its intervals can carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, exp, sqrt

from vstk.facets import FindingText, ReportWords
from vstk.report.numbers import digits, estimate, interval, is_clear, percent
from vstk.report.texts import Texts
from vstk.types import Guarantee, Release, Row, Table

WEAK = 10.0
"""Above this epsilon the report says that the promise is not a meaningful one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of the opening, in its parts: about 61 % (55 to 67 %) of conversations ..."""

    figure: str
    interval: str
    sentence: str
    colour: str


def findings(release: Release, words: ReportWords, texts: Texts) -> list[Finding]:
    """The opening: only rows that are surely more than noise, each with its interval."""
    tables = {table.name: table for table in release.tables}
    found: list[Finding] = []
    for name, text in words.tables.items():
        if text.finding is not None and name in tables:
            section = words.section_of(name)
            colour = section.colour if section else "plain"
            found += _of_table(tables[name], text.finding, colour, texts)
    return found


def _of_table(table: Table, told: FindingText, colour: str, texts: Texts) -> list[Finding]:
    if told.show == "leading":
        return _leading(table, told, colour, texts)
    rows: Sequence[Row] = [row for row in table.rows if told.sentence or row.key in told.labels]
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
    )


def _leading(table: Table, told: FindingText, colour: str, texts: Texts) -> list[Finding]:
    """The most frequent row of a table, and those it cannot be told apart from.

    Nothing where so many are as close that naming one would be picking a winner
    out of the noise.
    """
    rows = [row for row in table.rows if told.sentence or row.key in told.labels]
    ranked = sorted(rows, key=lambda row: (-estimate(row), row.key))
    close = [row for row in ranked if row.high >= ranked[0].low]
    if not close or len(close) > 4:
        return []
    sentence = told.labels.get(close[0].key) or _filled(told, close[0].title, texts)
    names = [_named(told, row.title, texts) for row in close[1:]]
    sentence = (
        texts.plain("finding.tied", sentence=sentence, names=_listed(names, texts))
        if names
        else texts.plain("finding.alone", sentence=sentence)
    )
    return _clear([(close[0], sentence, colour)], texts)


def _filled(told: FindingText, title: str, texts: Texts) -> str:
    return told.sentence.replace("{title}", _named(told, title, texts))


def _named(told: FindingText, title: str, texts: Texts) -> str:
    """A title inside a sentence: `practical values`, or else in quotation marks."""
    if told.row_name:
        return told.row_name.replace("{title}", lower(title))
    return texts.plain("finding.quoted", title=lower(title))


def _listed(names: list[str], texts: Texts) -> str:
    if len(names) == 1:
        return names[0]
    return texts.plain("and", first=", ".join(names[:-1]), last=names[-1])


def _clear(rows: Iterable[tuple[Row, str, str]], texts: Texts) -> list[Finding]:
    """Findings of rows, sentences and colours, of rows that are clearly more than noise."""
    return [
        Finding(
            figure=percent(estimate(row), digits([row]), texts),
            interval=interval(row, digits([row]), texts),
            sentence=sentence,
            colour=colour,
        )
        for row, sentence, colour in rows
        if is_clear(row)
    ]


def lower(title: str) -> str:
    """A title inside a sentence. A word of capitals is left alone."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def is_weak(guarantee: Guarantee) -> bool:
    """Whether epsilon is so large that the promise means little."""
    return guarantee.epsilon > WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackerSuccess:
    """How often a guesser can be right, in words and on a scale."""

    words: str
    place: float
    """From 0 (a coin's toss) to 100 (certain)."""


def attacker_success(guarantee: Guarantee, texts: Texts) -> AttackerSuccess:
    """How often a guesser who starts from a coin's toss can be right at most.

    For an (epsilon, delta)-private release, whoever must tell "with this unit"
    from "without", at even odds and knowing everything else, is right with
    probability at most (e^epsilon + delta) / (1 + e^epsilon). Rounded up.

    Source:
        Kairouz, Oh & Viswanath (2015), "The Composition Theorem for Differential
        Privacy": the region of error rates, at even odds.
    """
    delta = float(Decimal(guarantee.delta))
    right = 1 - (1 - delta) / (1 + exp(min(guarantee.epsilon, 700.0)))
    times = ceil(right * 1000 - 1e-9) / 10
    words = (
        texts.plain("attacker.at_most", times=f"{times:g}")
        if times < 99.9
        else texts.plain("attacker.always")
    )
    return AttackerSuccess(words=words, place=round(2 * (100 * right - 50), 2))


def noise_ratio(guarantee: Guarantee) -> float:
    """The size of the noise, as a multiple of the largest change one unit can cause.

    All tables together hide one unit as well as a single number would with
    Gaussian noise of this relative size: 1 / sqrt(2 rho).
    """
    return 1 / sqrt(2 * float(Decimal(guarantee.rho)))
