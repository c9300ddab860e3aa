"""Times in every usual writing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def when(value: object, depth: int = 3) -> datetime | None:
    """A time from the usual writings: ISO 8601, seconds since 1970 and their fractions,
    MongoDB and Firestore objects, RFC 2822, and dates as spreadsheets write them.

    One without a zone is taken as UTC. What is not between 2000 and 2100 is no time, nor is
    a date such as 4/5/2026, of which nobody can tell what is the month.
    """
    if isinstance(value, str):
        return _written(value[:64].strip())
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            seconds = float(value)
        except OverflowError:
            return None
        for scale in (1.0, 1e3, 1e6, 1e9):
            if 946_684_800 <= seconds / scale < 4_102_444_800:
                return _EPOCH + timedelta(seconds=seconds / scale)
        return None
    if isinstance(value, datetime):
        return _sane(value)
    if isinstance(value, date):
        return _sane(datetime(value.year, value.month, value.day))
    if isinstance(value, dict) and depth:
        for name in ("$date", "$numberLong", "_seconds", "seconds", "value", "dateTime"):
            if name in value:
                return when(value[name], depth - 1)
    return None


def _sane(found: datetime) -> datetime | None:
    try:
        if found.tzinfo is not UTC:
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 <= found.year < 2100 else None


_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})[ ,T]*(.*)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?[Mm]?\.?")
_APACHE = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{4})")
_NET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_WORDY = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d")


def _written(text: str) -> datetime | None:
    try:
        return _sane(datetime.fromisoformat(text.removesuffix(" UTC")))
    except ValueError:
        pass
    except OverflowError:
        return None
    try:
        return when(float(text))
    except ValueError:
        pass
    if found := _NET.fullmatch(text):
        return when(int(found[1]))
    if found := _SLASHED.fullmatch(text):
        return _slashed(int(found[1]), found[2], int(found[3]), int(found[4]), found[5])
    if found := _APACHE.fullmatch(text):
        text = f"{found[1]} {found[2]} {found[3]} {found[4]} {found[5]}"
    day, _, clock = text.rpartition(" ") if ":" in text else (text, "", "")
    if clock[:1].lower() in ("a", "p") and day:
        day, _, time = day.rpartition(" ")
        clock = f"{time} {clock}"
    for pattern in _WORDY:
        try:
            return _at(datetime.strptime(day.rstrip(", "), pattern), clock)
        except ValueError:
            continue
    try:
        return _sane(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _slashed(one: int, mark: str, two: int, year: int, clock: str) -> datetime | None:
    match = _CLOCK.match(clock)
    american = bool(match and match[4])
    if mark == "." or one > 12:
        day, month = one, two
    elif american or two > 12:
        day, month = two, one
    elif one == two:
        day = month = one
    else:
        return None
    try:
        return _at(datetime(year, month, day), clock)
    except ValueError:
        return None


def _at(day: datetime, clock: str) -> datetime | None:
    if not (match := _CLOCK.match(clock.strip())):
        return _sane(day)
    hour = int(match[1])
    if match[4]:
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    return _sane(day.replace(hour=hour, minute=int(match[2]), second=int(match[3] or 0)))
