"""Two releases side by side: what changed by more than noise.

Reads two published documents and nothing else, so it spends nothing. Numbers of
two instruments are not comparable: a changed model, sheet or taxonomy moves
shares as well as people do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from statistics import NormalDist
from typing import Any

from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.types import Comparison, Difference

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
"""Words of manifest entries that say what the labels were made with."""


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], *, across_instruments: bool = False
) -> Comparison:
    """Compare two parsed `release.json` documents.

    Raises:
        PolicyInvalid: if different instruments made them and that was not allowed.
        InputUnreadable: if either is no release, or they share no row.
    """
    different = tuple(_different(before, after))
    if different and not across_instruments:
        raise PolicyInvalid(
            "These releases were made with different instruments: " + ", ".join(different) + ".",
            remedy="label one of the logs again with the instrument of the other, or compare "
            "all the same (`--across-instruments`): changes may then be the instrument's.",
        )
    first, second = _rows(before), _rows(after)
    headings = {table["name"]: table for table in before["tables"]}
    pairs = [(name, first[name], second[name]) for name in first if name in second]
    if not pairs:
        raise InputUnreadable(
            "These releases have no row in common.", remedy="give two releases of the same tables."
        )
    found = [
        _difference(headings[table], key, a, b, one_instrument=not different)
        for (table, key), a, b in pairs
    ]
    return Comparison(
        differences=tuple(_holm(found)),
        instruments=different,
        only_in_one=tuple(f"{table}: {key}" for table, key in sorted(first.keys() ^ second.keys())),
    )


def between(release: Mapping[str, Any], one: str, other: str) -> Comparison:
    """Compare two tables of one release, such as those of two teams, by their names.

    Raises:
        InputUnreadable: if either is not in the release, or they share no row.
    """
    named = {table["name"]: table for table in release.get("tables", ())}
    if one not in named or other not in named:
        raise InputUnreadable(
            "The release does not have both tables.",
            remedy="give two of: " + ", ".join(sorted(named)) + ".",
        )
    return compare(
        *({**release, "tables": [{**named[name], "name": "segment"}]} for name in (one, other))
    )


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    one, other = before.get("manifest", {}), after.get("manifest", {})
    for name in sorted({*one, *other}):
        if any(word in name for word in INSTRUMENT) and one.get(name) != other.get(name):
            yield name
    for name in ("unit", "neighbouring"):
        if before.get("guarantee", {}).get(name) != after.get("guarantee", {}).get(name):
            yield f"guarantee.{name}"


def _rows(release: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    try:
        return {
            (table["name"], row["key"]): row for table in release["tables"] for row in table["rows"]
        }
    except (KeyError, TypeError):
        raise InputUnreadable(
            "This is not a release that vstk can read: it has no tables.",
            remedy="give the `release.json` of a vstk report, as it was written.",
        ) from None


def _difference(
    table: Mapping[str, Any],
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    one_instrument: bool,
) -> Difference:
    # Corrected shares only if both are: a corrected and a raw one are of two kinds.
    both = all(row.get("corrected") is not None for row in (before, after))
    name = "corrected" if both else "share"
    a, b = float(before[name]), float(after[name])
    # One instrument errs alike in both, which says nothing of a change: what both intervals
    # leave open for its errors is left out, unless shares were corrected one by one.
    alike = one_instrument and not both
    # `low` and `high` of a corrected row are around its corrected share, not the one found.
    (down_a, up_a), (down_b, up_b) = (
        _arms(row, value, found=alike or (not both and row.get("corrected") is not None))
        for row, value in ((before, a), (after, b))
    )
    change = b - a
    # The variances of the two ends recovered from each interval (Zou & Donner 2008), so
    # that the change has a lopsided interval where the shares have.
    low, high = change - math.hypot(down_b, up_a), change + math.hypot(up_b, down_a)
    spread = (math.hypot(down_b, up_a) if change > 0 else math.hypot(up_b, down_a)) / _Z
    p_value = 2 * (1 - NormalDist().cdf(abs(change) / spread)) if spread > 0 else 1.0
    return Difference(
        table=str(table["name"]),
        table_title=str(table.get("title", table["name"])),
        level=str(table.get("level", "label")),
        key=key,
        title=str(before.get("title", key)),
        before=a,
        after=b,
        change=change,
        low=low,
        high=high,
        p_value=p_value,
        changed=False,
    )


def _arms(row: Mapping[str, Any], value: float, *, found: bool) -> tuple[float, float]:
    ends = (row.get("found_low"), row.get("found_high")) if found else (None, None)
    low = float(row["low"] if ends[0] is None else ends[0])
    high = float(row["high"] if ends[1] is None else ends[1])
    down, up = value - low, high - value
    # An interval cut off at 0 or 1 says less than the noise: take the other arm's length.
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
        yield Difference(
            **{field.name: getattr(item, field.name) for field in fields(Difference)}
            | {"changed": n in changed}
        )
