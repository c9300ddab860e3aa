"""A rate of two rows of one table: of conversations with a stated value, those that mirror it."""

from __future__ import annotations

from math import sqrt

from vstk.facets import RateText
from vstk.stats import Z95
from vstk.types import Row, Table


def rate(table: Table, told: RateText) -> Row | None:
    """The row `part` as a rate of the row `whole`, with a 95 % interval.

    `None` where a row is missing or not measurable, or where the whole cannot be told apart
    from zero, so that no rate is known. The interval holds every rate r with
    |part - r * whole| <= z * sqrt(variance of part + r^2 * variance of whole), within 0 to 1
    (Fieller 1954). Variances are taken from the longer arm of each row's own interval, and the
    two errors as independent; sampling makes them move together, so the interval is then wider
    than needed.
    """
    rows = {row.key: row for row in table.rows}
    part, whole = rows.get(told.part), rows.get(told.whole)
    if part is None or whole is None or part.not_measurable or whole.not_measurable:
        return None
    a, b = _estimate(part), _estimate(whole)
    spread_a, spread_b = _spread(part, a), _spread(whole, b)
    square = b * b - (Z95 * spread_b) ** 2
    if b <= 0 or square <= 0:
        return None
    half = sqrt(max((a * b) ** 2 - square * (a * a - (Z95 * spread_a) ** 2), 0.0))
    low, high = (a * b - half) / square, (a * b + half) / square
    if low > 1 or high < 0:
        return None
    return Row(
        key=f"{told.part}/{told.whole}",
        title=told.title,
        count=part.count,
        share=a / b,
        low=max(low, 0.0),
        high=min(high, 1.0),
    )


def _estimate(row: Row) -> float:
    return row.share if row.corrected is None else row.corrected


def _spread(row: Row, value: float) -> float:
    """Standard deviation behind a row's interval, from its longer arm."""
    return max(row.high - value, value - row.low) / Z95
