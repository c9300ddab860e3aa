"""Two releases side by side: which rows changed by more than noise.

Reads two published documents and nothing else, so it spends no privacy budget. Numbers
of two instruments are not comparable: another model, question sheet or taxonomy moves
shares as much as a change in what people do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist

from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.types import Comparison, Difference, Release, Row, Table

LEVEL = 0.05
_Z = NormalDist().inv_cdf(0.975)

INSTRUMENT = (
    "model",
    "heads",
    "words",
    "sheet",
    "calibration",
    "taxonomy",
    "lexicon",
    "spacy",
    "jieba",
    "window",
    "quality",
)
"""Manifest entries whose names contain one of these say what made the labels."""


def compare(before: Release, after: Release, *, across_instruments: bool = False) -> Comparison:
    """Compare two releases row by row.

    Raises:
        PolicyInvalid: different instruments made them, and that was not allowed.
        InputUnreadable: they have no row in common.
    """
    different = tuple(_different(before, after))
    if different and not across_instruments:
        raise PolicyInvalid(
            "These releases were made with different instruments: " + ", ".join(different) + ".",
            remedy="audit one of the logs again with the instrument of the other, or pass "
            "`--across-instruments` to compare anyway: changes may then be due to the instrument.",
        )
    first, second = _rows(before), _rows(after)
    headings = {table.name: table for table in before.tables}
    pairs = [(name, first[name], second[name]) for name in first if name in second]
    if not pairs:
        raise InputUnreadable(
            "These releases have no row in common.",
            remedy="give two releases that publish the same tables.",
        )
    found = [
        _difference(headings[table], a, b, one_instrument=not different)
        for (table, _), a, b in pairs
    ]
    return Comparison(
        differences=tuple(_holm(found)),
        instruments=different,
        only_in_one=tuple(f"{table}: {key}" for table, key in sorted(first.keys() ^ second.keys())),
    )


def between(release: Release, one: str, other: str) -> Comparison:
    """Compare two tables of one release by their names, such as those of two teams.

    Raises:
        InputUnreadable: either is not in the release, or they have no row in common.
    """
    named = {table.name: table for table in release.tables}
    if one not in named or other not in named:
        raise InputUnreadable(
            "The release does not have both tables.",
            remedy="give two of: " + ", ".join(sorted(named)) + ".",
        )
    return compare(
        *(replace(release, tables=(replace(named[name], name="segment"),)) for name in (one, other))
    )


def _different(before: Release, after: Release) -> Iterator[str]:
    one, other = before.manifest, after.manifest
    for name in sorted({*one, *other}):
        if any(word in name for word in INSTRUMENT) and one.get(name) != other.get(name):
            yield name
    if before.guarantee.unit != after.guarantee.unit:
        yield "guarantee.unit"
    if before.guarantee.neighbouring != after.guarantee.neighbouring:
        yield "guarantee.neighbouring"


def _rows(release: Release) -> dict[tuple[str, str], Row]:
    return {(table.name, row.key): row for table in release.tables for row in table.rows}


def _difference(table: Table, before: Row, after: Row, *, one_instrument: bool) -> Difference:
    # Corrected shares only if both are corrected: a corrected and a found share are two kinds.
    if before.corrected is not None and after.corrected is not None:
        a, b, corrected = before.corrected, after.corrected, True
    else:
        a, b, corrected = before.share, after.share, False
    # One instrument makes the same errors in both releases, which is no change: the part of
    # an interval that is due to label error is left out, unless shares were corrected.
    same_errors = one_instrument and not corrected
    # `low` and `high` of a corrected row are around its corrected share, not the found one.
    (down_a, up_a), (down_b, up_b) = (
        _arms(row, value, found=same_errors or (not corrected and row.corrected is not None))
        for row, value in ((before, a), (after, b))
    )
    change = b - a
    # The variance of each end is recovered from its interval (Zou & Donner 2008), so that
    # the change has an asymmetric interval where the shares have.
    low, high = change - math.hypot(down_b, up_a), change + math.hypot(up_b, down_a)
    spread = (math.hypot(down_b, up_a) if change > 0 else math.hypot(up_b, down_a)) / _Z
    p_value = 2 * (1 - NormalDist().cdf(abs(change) / spread)) if spread > 0 else 1.0
    return Difference(
        table=table.name,
        table_title=table.title,
        level=table.level,
        key=before.key,
        title=before.title,
        before=a,
        after=b,
        change=change,
        low=low,
        high=high,
        p_value=p_value,
        changed=False,
    )


def _arms(row: Row, value: float, *, found: bool) -> tuple[float, float]:
    """How far the interval reaches below and above `value`."""
    low = row.low if not found or row.found_low is None else row.found_low
    high = row.high if not found or row.found_high is None else row.found_high
    down, up = value - low, high - value
    # An interval cut off at 0 or 1 is shorter than the noise: use the other arm's length.
    if low <= 0:
        down = max(down, up)
    if high >= 1:
        up = max(down, up)
    return max(down, 0.0), max(up, 0.0)


def _holm(found: Sequence[Difference]) -> Iterator[Difference]:
    order = sorted(range(len(found)), key=lambda n: found[n].p_value)
    changed: set[int] = set()
    for rank, n in enumerate(order):
        if found[n].p_value > LEVEL / (len(found) - rank):
            break
        changed.add(n)
    for n, item in enumerate(found):
        yield replace(item, changed=n in changed)
