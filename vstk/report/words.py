"""What a release says, in sentences that its intervals can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, exp

from vstk.report.numbers import digits, estimate, interval, is_clear, percent
from vstk.types import Guarantee, Release, Row, Table

WEAK = 10.0
"""Above this epsilon the report says that the promise is not a meaningful one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of the opening: its figure, the words, and what the figure is a share of."""

    figure: str
    interval: str
    text: str
    estimand: str
    section: str


_SUBJECTIVE = ("subjective", "yes")
_ORDER: tuple[tuple[str, str, str], ...] = (
    ("ai_domains", "assistant", "show {} in the assistant’s replies"),
    ("ai_categories", "assistant", "show “{}” in the assistant’s replies"),
    ("human_categories", "people", "have people openly stating “{}”"),
    ("response_types", "responses", "get this response to what the person values: {}"),
    ("tasks", "tasks", "are about this task: {}"),
)


def findings(release: Release) -> list[Finding]:
    """The opening: only rows that are surely more than noise, each with its interval."""
    tables = {table.name: table for table in release.tables}
    found: list[Finding] = []
    if table := tables.get("subjectivity"):
        row = next((r for r in table.rows if last(r.key) in _SUBJECTIVE), None)
        if row is not None and is_clear(row):
            found.append(
                _finding(table, row, "subjectivity", "of conversations leave room for values")
            )
    for name, section, words in _ORDER:
        if name in tables and (leader := _leader(tables[name])):
            row, rivals = leader
            text = "of the conversations counted here " + words.format(lower(row.title))
            found.append(_finding(tables[name], row, section, f"{text}{_rivals(rivals)}"))
    if table := tables.get("response_types"):
        row = next((r for r in table.rows if last(r.key).replace("_", "-") in _RESISTANCE), None)
        leader = _leader(table)
        if row is not None and is_clear(row) and not (leader and leader[0] is row):
            text = f"of the conversations counted here get this response: {lower(row.title)}"
            found.append(_finding(table, row, "responses", text))
    if table := tables.get("watch_list"):
        for row in table.rows:
            if is_clear(row):
                text = (
                    f"of the conversations counted here are on the watch-list: {lower(row.title)}"
                )
                found.append(_finding(table, row, "watch-list", text))
    return found


_RESISTANCE = ("resistance", "strong-resistance", "strong resistance")


def _finding(table: Table, row: Row, section: str, text: str) -> Finding:
    places = digits([row])
    return Finding(
        figure=percent(estimate(row), places),
        interval=interval(row, places),
        text=text,
        estimand=table.estimand,
        section=section,
    )


def _leader(table: Table) -> tuple[Row, list[Row]] | None:
    """The row with the highest estimate, and those it cannot be told apart from.

    None where it may be nothing, or where so many are as close that naming one
    would be picking a winner out of the noise.
    """
    ranked = sorted(table.rows, key=lambda row: (-estimate(row), row.key))
    if not ranked or not is_clear(ranked[0]):
        return None
    first = ranked[0]
    rivals = [row for row in ranked[1:] if row.high >= first.low]
    return (first, rivals) if len(rivals) <= 3 else None


def _rivals(rows: Sequence[Row]) -> str:
    if not rows:
        return ", more than any other"
    names = [lower(row.title) for row in rows]
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    return f"; {listed} may be as frequent"


def lower(title: str) -> str:
    """A title inside a sentence. A word of capitals is left alone."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def last(key: str) -> str:
    """The last part of a key: `epistemic/clarity` -> `clarity`."""
    return key.rpartition("/")[2]


def is_weak(guarantee: Guarantee) -> bool:
    """Whether epsilon is so large that the promise means little."""
    return guarantee.epsilon > WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """How often a guesser can be right, in words and on a scale."""

    words: str
    place: float
    """From 0 (a coin's toss) to 100 (certain)."""


def best_guess(guarantee: Guarantee) -> Guess:
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
    words = f"At most {times:g} times in 100" if times < 99.9 else "Practically every time"
    return Guess(words=words, place=round(2 * (100 * right - 50), 2))
