"""Entries of the ledger: their amounts, their hashes, and how they stand in the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Literal

from vstk.errors import VstkError

UNIT = Decimal("1e-12")
"""The smallest privacy loss that can be recorded; finer amounts round up."""

COLUMNS_1 = (
    "number, kind, at, dataset, request, rho_units, cap_units, delta, policy_hash, settles, "
    "release, previous, hash"
)
"""Columns that the first version of the file has."""

COLUMNS = COLUMNS_1 + ", unit, delta_cap, nonce, document"
"""Columns of the table `entries`, in the order of `from_row`."""

FIRST = "0" * 64
"""What the first entry has in place of the hash of the one before it."""

_SINCE_2 = {"unit", "delta_cap", "nonce", "document"}
_MOST_UNITS = 10**18


class LedgerBroken(VstkError):
    """The ledger was edited, cut short, or restored from an older copy."""

    exit_code = 6


class ApprovalRequired(VstkError):
    """A release that needs the recorded approval of a second person."""

    exit_code = 6


Kind = Literal["reserved", "released", "declined", "approved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: a loss that was reserved, what became of it, or an approval.

    Entries of the first version have no unit, nonce, cap of delta or document.
    """

    number: int
    kind: Kind
    at: str
    dataset: str
    request: str
    """Hash of the question: period, policy and instrument, and nothing of the data."""

    rho: Decimal
    """Privacy loss of this entry. A `released` entry adds none of its own; a `declined`
    entry returns the part that was not drawn."""

    cap: Decimal
    delta: str
    """Delta of finding new values, as exact text; `0` where none were sought. It adds up over
    releases; a `declined` entry returns it."""

    policy_hash: str
    settles: int | None
    """For `released` and `declined`: the number of the reservation that paid for it."""

    release: str | None
    previous: str
    hash: str
    unit: str | None = None
    """The unit of privacy whose losses this entry adds to."""

    delta_cap: str | None = None
    nonce: str | None = None
    """Random bits that keep `hash`, which is published, from being tested against guesses."""

    document: str | None = None
    """JSON: what was labelled (`reserved`), or the signed approval (`approved`)."""


def exact(amount: Decimal | int) -> int:
    """An amount of privacy loss as a whole number of `UNIT`s, rounded up.

    Raises:
        ValueError: for NaN, an infinity, a negative number, one that is smaller than
            a unit and not zero, or one so large that sums would not fit the file.
        TypeError: for a float, because its text is not its exact value.
    """
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise TypeError("privacy loss is a Decimal or an int")
    value = Decimal(amount)
    if not value.is_finite() or value < 0 or 0 < value < UNIT:
        raise ValueError("privacy loss must be finite, and zero or at least one unit")
    if value > _MOST_UNITS * UNIT:
        raise ValueError("privacy loss is too large to be recorded")
    with localcontext() as context:
        context.prec = 60
        return int((value / UNIT).to_integral_value(rounding=ROUND_CEILING))


def request_hash(question: Mapping[str, object]) -> str:
    """The hash of everything that makes two releases the same question."""
    text = json.dumps(question, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def amount(units: int) -> Decimal:
    """A number of `UNIT`s as privacy loss."""
    with localcontext() as context:
        context.prec = 60
        return +(units * UNIT).normalize() if units else Decimal(0)


def from_row(row: tuple[object, ...]) -> Entry:
    """An entry from the values of `COLUMNS`."""
    names = [name.strip() for name in COLUMNS.split(",")]
    fields = dict(zip(names, row, strict=True))
    rho, cap = (amount(int(str(fields.pop(name)))) for name in ("rho_units", "cap_units"))
    return Entry(rho=rho, cap=cap, **fields)  # type: ignore[arg-type]


def entry_hash(entry: Entry) -> str:
    """The hash of an entry, which includes the hash of the one before it."""
    left_out = {"hash", "rho", "cap"}
    if entry.nonce is None:
        left_out |= _SINCE_2
    fields = {
        name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name not in left_out
    }
    return request_hash(fields | {"rho": exact(entry.rho), "cap": exact(entry.cap)})
