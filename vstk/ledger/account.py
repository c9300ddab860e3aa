"""The ledger: reservations, approvals, and checks of the chain of entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vstk.ledger import approval, chain, conflicts
from vstk.ledger.balance import Balance, balance, left
from vstk.ledger.charge import Charge
from vstk.ledger.entries import FIRST, ApprovalRequired, Entry, LedgerBroken, entry_hash, exact
from vstk.ledger.reservation import Reservation

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Ledger:
    """The ledger of one machine, in one SQLite file.

    Every call opens and closes its own connection, so an object can be shared by
    threads and survives a fork.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`, or create one.

        Raises:
            OutputUnwritable: if it cannot be read or written there.
        """
        self.path = path
        chain.open_file(path)

    @contextmanager
    def reservation(
        self, dataset: str, *, anew: bool = False, **charge: Any
    ) -> Iterator[Reservation]:
        """Record a privacy loss before noise is drawn, and keep the release afterwards.

            with ledger.reservation("helpdesk", request=..., rho=..., cap=...) as entry:
                if entry.stored is None:
                    drawn = release.draw(plan, conversations, reservation=entry)
                    text = entry.keep(...)

        Leaving the block without `keep` leaves the budget spent. If the same request was
        answered earlier, nothing is recorded and `stored` is that release, or `declined`
        says why there was none.

        Args:
            dataset: whose budget is charged.
            anew: whether to release again although the question was answered earlier.
            charge: the fields of `Charge`.

        Raises:
            BudgetExhausted: the dataset would exceed its cap.
            ApprovalRequired: the policy raises a cap or changes the unit, or the dataset
                is another one under a new name.
        """
        asked = Charge(dataset=dataset, **charge)
        changed = False
        with chain.transaction(self.path) as connection:
            answered = None if anew else chain.outcome(connection, dataset, asked.request)
            if answered is not None:
                changed = not _has_labels(connection, answered, asked.labels)
            entry = answered or _reserve(connection, asked)
        reservation = Reservation(entry, self._commit, changed=changed)
        try:
            yield reservation
        finally:
            reservation.close()

    def _commit(self, entry: Entry, release: str, returned: Decimal | None) -> str:
        """Store what became of a reservation; returns the release that stands.

        Args:
            entry: the reservation.
            release: the text of the release, or why there is none.
            returned: `None` for a release; for none, the loss that was not drawn.
        """
        with chain.transaction(self.path) as connection:
            kept = chain.entry(connection, entry.number)
            if kept is None or kept.hash != entry.hash:
                raise LedgerBroken(
                    f"Entry {entry.number} is not in the ledger that it was reserved in.",
                    remedy="find out who replaced the ledger file; publish nothing until then.",
                )
            earlier = chain.outcome(connection, entry.dataset, entry.request, after=entry.number)
            if returned is None and earlier is not None and earlier.kind == "released":
                # Another process answered the same question in the meantime.
                return earlier.release or ""
            chain.append(
                connection,
                "released" if returned is None else "declined",
                dataset=entry.dataset,
                request=entry.request,
                rho_units=0 if returned is None else exact(returned),
                cap_units=exact(entry.cap),
                delta="0" if returned is None else entry.delta,
                policy_hash=entry.policy_hash,
                settles=entry.number,
                release=release,
                unit=entry.unit,
                delta_cap=entry.delta_cap,
            )
        return release

    def approve(
        self,
        dataset: str,
        *,
        unit: str,
        cap: Decimal,
        delta_cap: Decimal,
        policy_hash: str,
        reason: str,
        key: Ed25519PrivateKey,
    ) -> Entry:
        """Record that a second person approves a policy's limits for a dataset.

        The approval sets the caps of one unit, and admits this dataset although it may be
        about the same people as another.

        Args:
            dataset: whose limits change; it need not exist yet.
            unit: the policy's unit of privacy.
            cap: the policy's cap of rho.
            delta_cap: the policy's cap of delta.
            policy_hash: SHA-256 of the approved policy.
            reason: kept with the approval.
            key: the approver's private key.

        Raises:
            ApprovalRequired: the key is not one that the dataset accepts.
        """
        public = approval.public_text(key)
        with chain.transaction(self.path) as connection:
            if not balance(chain.entries(connection, dataset)).accepts(public):
                raise ApprovalRequired(
                    f"This key may not approve changes of dataset '{dataset}'.",
                    remedy="sign with a key whose public part the dataset's first policy lists "
                    "in `privacy.approvers`, or with the key of its first approval.",
                )
            statement = approval.Approval(
                dataset=dataset,
                unit=unit,
                cap=cap,
                delta_cap=delta_cap,
                policy_hash=policy_hash,
                reason=reason,
                after=chain.head(connection)[1],
                public_key=public,
            )
            return chain.append(
                connection,
                "approved",
                dataset=dataset,
                cap_units=exact(cap),
                policy_hash=policy_hash,
                unit=unit,
                delta_cap=f"{delta_cap:f}",
                document=approval.sign(statement, key),
            )

    def stored(self, dataset: str, request: str) -> str | None:
        """The release that answers this request, if there has been one."""
        with chain.transaction(self.path) as connection:
            entry = chain.outcome(connection, dataset, request)
        return entry.release if entry and entry.kind == "released" else None

    def entries(self, dataset: str | None = None) -> tuple[Entry, ...]:
        """All entries in order, or those of one dataset."""
        with chain.transaction(self.path) as connection:
            return chain.entries(connection, dataset)

    def balance(self, dataset: str) -> Balance:
        """What the dataset has spent, and its limits."""
        return balance(self.entries(dataset))

    def left(self, dataset: str, cap: Decimal, unit: str = "unit") -> Decimal:
        """The loss that a unit of the dataset may still have under this cap; at least zero."""
        return left(self.balance(dataset).account(unit), exact(cap))

    def head(self) -> str:
        """Hash of the last entry, which depends on all entries before it."""
        with chain.transaction(self.path) as connection:
            return chain.head(connection)[1]

    def holds(self, head: str) -> bool:
        """Whether an entry with this hash is in the ledger.

        A release cites the entry that paid for it. A ledger without that entry is an
        older copy, or another ledger.
        """
        return head == FIRST or any(entry.hash == head for entry in self.entries())

    def verify(self) -> int:
        """Check the hash chain, the caps and the approvals; returns the number of entries.

        Raises:
            LedgerBroken: names the first entry that does not follow from the one before.
        """
        previous, balances = FIRST, dict[str, Balance]()
        number = 0
        for number, entry in enumerate(self.entries(), start=1):
            follows = (
                entry.number == number
                and entry.previous == previous
                and entry.hash == entry_hash(entry)
                and balances.setdefault(entry.dataset, Balance()).add(entry)
            )
            if not follows:
                raise LedgerBroken(
                    f"Entry {number} of the ledger does not follow from the one before it.",
                    remedy="restore the newest copy whose head a published release.json cites, "
                    "and find out who edited this one.",
                )
            previous = entry.hash
        return number


def _reserve(connection: sqlite3.Connection, asked: Charge) -> Entry:
    """Check a charge against the ledger, and write it down."""
    own = balance(chain.entries(connection, asked.dataset))
    conflicts.check(asked, own, chain.entries_of_others(connection, asked.dataset))
    nonce = chain.new_nonce()
    return chain.append(
        connection,
        "reserved",
        dataset=asked.dataset,
        request=asked.request,
        rho_units=exact(asked.rho),
        cap_units=exact(asked.cap),
        delta=f"{asked.delta:f}",
        policy_hash=asked.policy_hash,
        unit=asked.unit,
        delta_cap=f"{asked.delta_cap:f}",
        nonce=nonce,
        document=approval.reserved_document(
            labels=conflicts.labels_hash(nonce, asked.labels),
            population=asked.population.to_json() if asked.population else None,
            approvers=asked.approvers,
        ),
    )


def _has_labels(connection: sqlite3.Connection, answer: Entry, labels: str) -> bool:
    """Whether an answer was drawn from labels with this fingerprint."""
    paid = chain.entry(connection, answer.settles or 0)
    if paid is None or paid.nonce is None or paid.document is None:
        return True  # the first version did not record it
    known: str = json.loads(paid.document)["labels"]
    return known == conflicts.labels_hash(paid.nonce, labels)
