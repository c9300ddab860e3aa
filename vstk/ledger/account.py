"""The ledger file: balances, reservations, and the chain of entries."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from vstk.errors import BudgetExhausted, OutputUnwritable
from vstk.ledger.entries import (
    COLUMNS,
    FIRST,
    Entry,
    LedgerBroken,
    amount,
    entry_hash,
    exact,
    from_row,
)
from vstk.ledger.reservation import Reservation
from vstk.ledger.schema import statements


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
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Created here, before SQLite does, to be readable by its owner alone.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            with self._transaction() as connection:
                present = connection.execute(
                    "select 1 from sqlite_master where name = 'entries_fit'"
                ).fetchone()
                if not present:
                    for statement in statements():
                        connection.execute(statement)
        except (OSError, sqlite3.Error):
            raise OutputUnwritable(
                f"The ledger '{path}' cannot be opened for writing.",
                remedy="give a path on a local disk that you may write to, where there is a ledger "
                "or no file.",
            ) from None

    @contextmanager
    def reservation(
        self,
        dataset: str,
        *,
        request: str,
        rho: Decimal,
        cap: Decimal,
        policy_hash: str,
        delta: Decimal = Decimal(0),
    ) -> Iterator[Reservation]:
        """Record a privacy loss before noise is drawn, and keep the release afterwards.

            with ledger.reservation("helpdesk", request=..., rho=..., cap=...) as entry:
                if entry.stored is None:
                    drawn = release.draw(plan, conversations, reservation=entry)
                    text = entry.keep(...)

        Leaving the block without `keep` leaves the budget spent. If the same request was
        released earlier, nothing is recorded and `stored` is that release.

        Args:
            dataset: whose budget is charged.
            request: hash of the question (`request_hash`).
            rho: privacy loss to reserve.
            cap: the most that the dataset may ever lose.
            policy_hash: for the record.
            delta: delta of finding new values, for the record.

        Raises:
            BudgetExhausted: the dataset would exceed its cap.
        """
        entry = self._reserve(
            dataset, request=request, rho=rho, cap=cap, policy_hash=policy_hash, delta=delta
        )
        reservation = Reservation(entry, self._commit)
        try:
            yield reservation
        finally:
            reservation.close()

    def _reserve(
        self,
        dataset: str,
        *,
        request: str,
        rho: Decimal,
        cap: Decimal,
        policy_hash: str,
        delta: Decimal,
    ) -> Entry:
        rho_units, cap_units = exact(rho), exact(cap)
        if not delta.is_finite() or not 0 <= delta < 1:
            raise ValueError("delta is a probability")
        if rho_units == 0:
            raise ValueError("a release without privacy loss is not a release")
        with self._transaction() as connection:
            released = self._released(connection, dataset, request)
            if released is not None:
                return released
            left = cap_units - self._spent(connection, dataset)
            if rho_units > left:
                raise BudgetExhausted.for_dataset(
                    dataset, asked=amount(rho_units), left=amount(max(left, 0))
                )
            return self._append(
                connection,
                kind="reserved",
                dataset=dataset,
                request=request,
                rho_units=rho_units,
                cap_units=cap_units,
                delta=f"{delta:f}",
                policy_hash=policy_hash,
            )

    def _commit(self, entry: Entry, release: str) -> str:
        """Store the release of a reservation; returns the one that stands."""
        with self._transaction() as connection:
            earlier = self._released(connection, entry.dataset, entry.request)
            if earlier is not None and earlier.release is not None:
                return earlier.release
            kept = connection.execute(
                "select hash from entries where number = ?", [entry.number]
            ).fetchone()
            if kept is None or kept[0] != entry.hash:
                raise LedgerBroken(
                    f"Entry {entry.number} is not in the ledger that it was reserved in.",
                    remedy="find out who replaced the ledger file; publish nothing until then.",
                )
            self._append(
                connection,
                kind="released",
                dataset=entry.dataset,
                request=entry.request,
                rho_units=0,
                cap_units=exact(entry.cap),
                delta="0",
                policy_hash=entry.policy_hash,
                settles=entry.number,
                release=release,
            )
        return release

    def stored(self, dataset: str, request: str) -> str | None:
        """The release that answers this request, if there has been one."""
        with self._transaction() as connection:
            entry = self._released(connection, dataset, request)
        return entry.release if entry else None

    def entries(self, dataset: str | None = None) -> tuple[Entry, ...]:
        """All entries in order, or those of one dataset."""
        where = "" if dataset is None else "where dataset = ?"
        with self._transaction() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from entries {where} order by number",
                [] if dataset is None else [dataset],
            ).fetchall()
        return tuple(from_row(row) for row in rows)

    def left(self, dataset: str, cap: Decimal) -> Decimal:
        """The privacy loss that the dataset may still spend under this cap; at least zero."""
        with self._transaction() as connection:
            return amount(max(exact(cap) - self._spent(connection, dataset), 0))

    def head(self) -> str:
        """Hash of the last entry, which depends on all entries before it."""
        with self._transaction() as connection:
            return self._head(connection)[1]

    def holds(self, head: str) -> bool:
        """Whether an entry with this hash is in the ledger.

        A release cites the entry that paid for it. A ledger without that entry is an
        older copy, or another ledger.
        """
        return head == FIRST or any(entry.hash == head for entry in self.entries())

    def verify(self) -> int:
        """Check the hash chain and the caps; returns the number of entries.

        Raises:
            LedgerBroken: names the first entry that does not follow from the one before.
        """
        previous, spent = FIRST, dict[str, Decimal]()
        number = 0
        for number, entry in enumerate(self.entries(), start=1):
            spent[entry.dataset] = spent.get(entry.dataset, Decimal(0)) + entry.rho
            follows = (
                entry.number == number
                and entry.previous == previous
                and entry.hash == entry_hash(entry)
                and (entry.kind == "released" or spent[entry.dataset] <= entry.cap)
            )
            if not follows:
                raise LedgerBroken(
                    f"Entry {number} of the ledger does not follow from the one before it.",
                    remedy="restore the newest copy whose head a published release.json cites, "
                    "and find out who edited this one.",
                )
            previous = entry.hash
        return number

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # Autocommit mode, so that `begin immediate` takes the write lock before the balance
        # is read: no other process can read it in between.
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            # `extra` syncs the folder too. With `full` a power cut could bring the rollback
            # journal back, and with it budget that was spent.
            connection.execute("pragma synchronous = extra")
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    @staticmethod
    def _spent(connection: sqlite3.Connection, dataset: str) -> int:
        [units] = connection.execute(
            "select coalesce(sum(rho_units), 0) from entries where dataset = ?", [dataset]
        ).fetchone()
        return int(units)

    @staticmethod
    def _released(connection: sqlite3.Connection, dataset: str, request: str) -> Entry | None:
        row = connection.execute(
            f"select {COLUMNS} from entries "
            "where dataset = ? and request = ? and kind = 'released' order by number limit 1",
            [dataset, request],
        ).fetchone()
        return from_row(row) if row else None

    @staticmethod
    def _head(connection: sqlite3.Connection) -> tuple[int, str]:
        row = connection.execute(
            "select number, hash from entries order by number desc limit 1"
        ).fetchone()
        return (row[0], row[1]) if row else (0, FIRST)

    def _append(
        self,
        connection: sqlite3.Connection,
        *,
        kind: Literal["reserved", "released"],
        dataset: str,
        request: str,
        rho_units: int,
        cap_units: int,
        delta: str,
        policy_hash: str,
        settles: int | None = None,
        release: str | None = None,
    ) -> Entry:
        number, head = self._head(connection)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        row = (number + 1, kind, moment, dataset, request, rho_units, cap_units, delta, policy_hash)
        entry = from_row((*row, settles, release, head, ""))
        digest = entry_hash(entry)
        connection.execute(
            f"insert into entries ({COLUMNS}) values ({', '.join('?' * 13)})",
            [*row, settles, release, head, digest],
        )
        return from_row((*row, settles, release, head, digest))
