"""What a release says, in sentences that its intervals can carry."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, exp, sqrt

from vstk.report.numbers import digits, estimate, interval, is_clear, percent
from vstk.types import Guarantee, Release, Row, Table

WEAK = 10.0
"""Above this epsilon the report says that the promise is not a meaningful one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of the opening, in its parts."""

    figure: str
    interval: str
    text: str
    section: str


_SUBJECTIVE = {"subjective", "yes"}
_RESPONSES = {
    "strong-support": "see the assistant strongly support what the person values or wants",
    "mild-support": "see the assistant go along with what the person values or wants",
    "support": "see the assistant support what the person values or wants",
    "neutral-acknowledgment": "see the assistant recognise what the person values without "
    "taking sides",
    "neutral": "see the assistant take no side in what the person values",
    "reframing": "see the assistant offer another view of what the person values",
    "mild-resistance": "see the assistant hesitate at what the person wants",
    "strong-resistance": "see the assistant refuse or clearly oppose what the person wants",
    "resistance": "see the assistant resist what the person wants",
}
"""Response types that there are words for. `no-values` is none: nothing was responded to."""


def findings(release: Release) -> list[Finding]:
    """The opening: only rows that are surely more than noise, each with its interval."""
    tables = {table.name: table for table in release.tables}
    found: list[Finding | None] = []
    if table := tables.get("subjectivity"):
        row = next((r for r in table.rows if last(r.key) in _SUBJECTIVE), None)
        found.append(_finding(row, "subjectivity", "of conversations leave room for values"))
    for name, section, words in (
        ("ai_domains", "assistant", "show {} in the assistant’s replies"),
        ("ai_categories", "assistant", "show {} in the assistant’s replies"),
        ("human_domains", "people", "have people openly stating {}"),
        ("human_categories", "people", "have people openly stating {}"),
    ):
        if name in tables:
            found.append(_first(tables[name], section, words))
    if table := tables.get("response_types"):
        told = [row for row in table.rows if last(row.key) in _RESPONSES]
        first = max(told, key=lambda row: estimate(row), default=None)
        resisting = (r for r in told if last(r.key) in {"resistance", "strong-resistance"})
        for row in dict.fromkeys((first, next(resisting, None))):
            if row is not None:
                text = f"of conversations {_RESPONSES[last(row.key)]}"
                found.append(_finding(row, "responses", text))
    if table := tables.get("tasks"):
        found.append(_first(table, "tasks", "are mainly for {}"))
    if table := tables.get("watch_list"):
        for row in table.rows:
            text = f"of conversations are on the watch-list: {lower(row.title)}"
            found.append(_finding(row, "watch-list", text))
    return [finding for finding in found if finding is not None]


def _first(table: Table, section: str, words: str) -> Finding | None:
    """The most frequent row of a table, and those it cannot be told apart from.

    None where so many are as close that naming one would be picking a winner
    out of the noise.
    """
    ranked = sorted(table.rows, key=lambda row: (-estimate(row), row.key))
    if not ranked:
        return None
    names = [_named(row.title, table) for row in ranked if row.high >= ranked[0].low]
    if len(names) > 4:
        return None
    rest = f"; {_listed(names[1:])} could be as frequent" if names[1:] else ", more than any other"
    text = f"of conversations {words.format(names[0])}{rest}"
    return _finding(ranked[0], section, text)


def _named(title: str, table: Table) -> str:
    """A title inside a sentence: `practical values`, or the rest in quotation marks."""
    name = lower(title)
    if table.level != "domain":
        return f"“{name}”"
    return name if name.endswith("values") else f"{name} values"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _finding(row: Row | None, section: str, text: str) -> Finding | None:
    if row is None or not is_clear(row):
        return None
    places = digits([row])
    return Finding(
        figure=percent(estimate(row), places),
        interval=interval(row, places),
        text=text,
        section=section,
    )


def lower(title: str) -> str:
    """A title inside a sentence. A word of capitals is left alone."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def last(key: str) -> str:
    """The last part of a key in one spelling: `response/strong support` -> `strong-support`."""
    return key.rpartition("/")[2].replace(" ", "-").replace("_", "-")


def is_weak(guarantee: Guarantee) -> bool:
    """Whether epsilon is so large that the promise means little."""
    return guarantee.epsilon > WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackerSuccess:
    """How often a guesser can be right, in words and on a scale."""

    words: str
    place: float
    """From 0 (a coin's toss) to 100 (certain)."""


def attacker_success(guarantee: Guarantee) -> AttackerSuccess:
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
    return AttackerSuccess(words=words, place=round(2 * (100 * right - 50), 2))


def noise_ratio(guarantee: Guarantee) -> float:
    """The size of the noise, as a multiple of the most that one unit can change.

    All tables together hide one unit as well as a single number would with
    Gaussian noise of this relative size: 1 / sqrt(2 rho).
    """
    return 1 / sqrt(2 * float(Decimal(guarantee.rho)))
