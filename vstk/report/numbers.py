"""Formats shares: the estimate, its interval, and the number of digits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from vstk.report.texts import Texts
from vstk.types import Row


def estimate(row: Row) -> float:
    """The estimate of a row: the corrected share if there is one, otherwise the share."""
    return row.share if row.corrected is None else row.corrected


def is_clear(row: Row) -> bool:
    """Whether the interval excludes zero, so that noise alone does not explain the row."""
    return row.low > 0


def digits(rows: Iterable[Row]) -> int:
    """Decimals of rows shown together: 1 if any interval is under 2 points wide, else 0."""
    narrow = min((row.high - row.low for row in rows), default=1.0)
    return 1 if narrow < 0.02 else 0


def percent(share: float, places: int, texts: Texts) -> str:
    """A share as `61 %`. Negative shares are shown as zero here; the CSV keeps them as drawn."""
    return texts.plain("percent", number=f"{max(share, 0.0) * 100:.{places}f}")


def interval(row: Row, places: int, texts: Texts) -> str:
    """An interval as `55 to 67 %`. An end above zero is never rounded to zero."""
    low, high = _end(row.low, places, texts), _end(row.high, places, texts)
    return texts.plain("interval", low=low, high=high)


def _end(share: float, places: int, texts: Texts) -> str:
    if share == 0:
        return "0"
    for more in range(places, places + 4):
        shown = f"{share * 100:.{more}f}"
        if float(shown) > 0:
            return shown
    return texts.plain("just_above_zero")


def drawn(share: float) -> str:
    """A share in percent as it was drawn, with two decimals. Can be negative."""
    return f"{share * 100:.2f}".replace("-", "\u2212")


def one_in(delta: str, texts: Texts) -> str:
    """A small probability in words: `1 in 1,000,000`."""
    return texts.plain("one_in", number=f"{int(1 / Decimal(delta)):,}")


def rounded(number: float) -> str:
    """A noised number of conversations, rounded to whole numbers."""
    return f"{number:,.0f}".replace("-", "\u2212")


def axis(rows: Iterable[Row]) -> tuple[float, tuple[float, ...]]:
    """The end of a common scale for rows, and the positions of its grid lines; both as shares."""
    widest = max((max(row.high, estimate(row)) for row in rows), default=1.0)
    end, step = next((scale for scale in _SCALES if widest <= scale[0] + 1e-9), _SCALES[-1])
    return end, tuple(step * n for n in range(round(end / step) + 1))


_SCALES = (
    (0.02, 0.005),
    (0.05, 0.01),
    (0.10, 0.02),
    (0.20, 0.05),
    (0.30, 0.10),
    (0.40, 0.10),
    (0.50, 0.10),
    (0.60, 0.20),
    (0.80, 0.20),
    (1.00, 0.50),
)
