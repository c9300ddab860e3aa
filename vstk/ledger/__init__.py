"""The ledger: the privacy loss spent on each dataset, which can never be recovered.

It is a file of its own, apart from the store, because it must outlive the store:
deleting every label does not take back one release.

The order is fixed: reserve, draw, keep. `Ledger.reservation` writes and syncs an entry
before its noise is drawn; only the open reservation can be spent, and only a spent
reservation can keep its release. If the machine stops after the entry was written, the
budget is spent without a release. The opposite order could publish a release without
paying for it. So a reservation without a release stays spent, and asking again spends
again.

Privacy loss is a whole number of `UNIT`s here and in the file, never a float, because
three losses of 0.1 would otherwise not fit a cap of 0.3.

A dataset's first entry fixes its unit, its caps and who may approve changes (`balance`). A
reservation that would raise a limit, or open a second budget for the same people, needs a
signed approval (`approval`, `conflicts`, `population`).

Triggers prevent accidents and the hash chain reveals tampering. Neither stops somebody
with access to the file: a restored old copy is detected only if a release cites an
entry that the copy lacks (`Ledger.holds`).
"""

from vstk.ledger.account import Ledger
from vstk.ledger.balance import Balance
from vstk.ledger.entries import (
    UNIT,
    ApprovalRequired,
    Entry,
    LedgerBroken,
    exact,
    request_hash,
)
from vstk.ledger.population import Population
from vstk.ledger.reservation import Reservation

__all__ = [
    "UNIT",
    "ApprovalRequired",
    "Balance",
    "Entry",
    "Ledger",
    "LedgerBroken",
    "Population",
    "Reservation",
    "exact",
    "request_hash",
]
