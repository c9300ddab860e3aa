"""The ledger: what has been spent on each dataset, and can never be unspent.

It is a file of its own, apart from the store, because it must outlive it:
deleting every label does not take back one release.

An entry is written and synced before its noise is drawn. If the machine stops
between the two, a budget is spent for nothing, which is a pity; the other order
would publish for free, which is a breach. So a reservation without a release
stays spent, and asking again spends again.

Privacy loss is money: it is a whole number of `UNIT`s here and in the file,
never a float, or three spendings of 0.1 would not fit a cap of 0.3.

Triggers stop accidents and the hash chain shows tampering. Neither stops
somebody with the file and time: a restored old copy is noticed only by a
release that cites an entry which the copy lacks (`holds`).
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, localcontext
from pathlib import Path
from typing import Literal

from vstk.errors import BudgetExhausted, OutputUnwritable, VstkError

UNIT = Decimal("1e-12")
"""The smallest privacy loss that can be recorded; finer amounts round up."""

_MOST_UNITS = 10**18
_FIRST = "0" * 64

_SCHEMA = """
create table if not exists entries (
    number integer primary key check (number > 0),
    kind text not null check (kind in ('reserved', 'released')),
    at text not null,
    dataset text not null,
    request text not null,
    rho_units integer not null check (rho_units >= 0),
    cap_units integer not null check (cap_units >= 0),
    delta text not null,
    policy_hash text not null,
    settles integer references entries (number),
    release text,
    previous text not null,
    hash text not null unique
) strict;
create unique index if not exists one_release_each on entries (settles)
    where settles is not null;
create trigger if not exists entries_stay before delete on entries
begin select raise(abort, 'the ledger is append-only'); end;
create trigger if not exists entries_stand before update on entries
begin select raise(abort, 'the ledger is append-only'); end;
-- Also what stops `insert or replace`, which fires no delete trigger by default.
create trigger if not exists entries_follow before insert on entries
when new.number <> (select coalesce(max(number), 0) + 1 from entries)
begin select raise(abort, 'the ledger is append-only'); end;
create trigger if not exists entries_fit before insert on entries
when new.kind = 'reserved' and new.rho_units + (
    select coalesce(sum(rho_units), 0) from entries where dataset = new.dataset
) > new.cap_units
begin select raise(abort, 'over the cap'); end;
"""

_COLUMNS = (
    "number, kind, at, dataset, request, rho_units, cap_units, delta, policy_hash, settles, "
    "release, previous, hash"
)


class LedgerBroken(VstkError):
    """The ledger is not the one that was written: edited, cut short or restored."""

    exit_code = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the account: a loss reserved, or the release it paid for."""

    number: int
    kind: Literal["reserved", "released"]
    at: str
    dataset: str
    request: str
    """Hash of the question: data, policy, tables and instrument."""

    rho: Decimal
    """Privacy loss of this entry. A `released` entry adds none of its own."""

    cap: Decimal
    delta: str
    """Delta of finding new values, as exact text; `0` where none were sought. Adds up, too,
    and is for the record: the policy bounds it for each release."""

    policy_hash: str
    settles: int | None
    """For `released`: the number of the reservation that paid for it."""

    release: str | None
    previous: str
    hash: str


def exact(amount: Decimal | int) -> int:
    """An amount of privacy loss as a whole number of `UNIT`s, rounded up.

    Raises:
        ValueError: for what is no amount of money: NaN, an infinity, a negative
            number, one smaller than a unit (subnormals among them), or one so
            large that sums of it would not fit the file.
        TypeError: for a float, whose text is not its value.
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


class Ledger:
    """The account of one machine, in one SQLite file.

    Every call opens and closes its own connection, so an object may be shared
    by threads and survives a fork.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`, or begin one.

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
                    for statement in _statements(_SCHEMA):
                        connection.execute(statement)
        except (OSError, sqlite3.Error):
            raise OutputUnwritable(
                f"The ledger '{path}' cannot be opened for writing.",
                remedy="give a place on a local disk that you may write to, holding a ledger "
                "or nothing.",
            ) from None

    def reserve(
        self,
        dataset: str,
        *,
        request: str,
        rho: Decimal,
        cap: Decimal,
        policy_hash: str,
        delta: Decimal = Decimal(0),
        at: datetime | None = None,
    ) -> Entry:
        """Record a loss before any noise is drawn; only then may it be drawn.

        If the same request has been released already nothing is recorded, and
        the entry that comes back is that release: its `release` is the text to
        publish again.

        Raises:
            BudgetExhausted: if the dataset would go over its cap.
        """
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
                    dataset, asked=_amount(rho_units), left=_amount(max(left, 0))
                )
            return self._append(
                connection,
                kind="reserved",
                at=at,
                dataset=dataset,
                request=request,
                rho_units=rho_units,
                cap_units=cap_units,
                delta=f"{delta:f}",
                policy_hash=policy_hash,
            )

    def commit(self, entry: Entry, release: str, *, at: datetime | None = None) -> str:
        """Keep the release that a reservation paid for; returns what to publish.

        That is `release`, unless another process has answered the same request
        in the meantime: one question has one answer, and the first stands.
        """
        if entry.kind != "reserved":
            raise ValueError("only a reservation can be committed")
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
                at=at,
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
                f"select {_COLUMNS} from entries {where} order by number",
                [] if dataset is None else [dataset],
            ).fetchall()
        return tuple(_entry(row) for row in rows)

    def left(self, dataset: str, cap: Decimal) -> Decimal:
        """What the dataset may still lose under this cap; never below zero."""
        with self._transaction() as connection:
            return _amount(max(exact(cap) - self._spent(connection, dataset), 0))

    def head(self) -> str:
        """Hash of the last entry, which stands for all before it."""
        with self._transaction() as connection:
            return self._head(connection)[1]

    def holds(self, head: str) -> bool:
        """Whether an entry with this hash is in the ledger.

        A release cites the head of its day. A ledger that lacks it is an older
        copy, or another ledger.
        """
        return head == _FIRST or any(entry.hash == head for entry in self.entries())

    def verify(self) -> int:
        """Walk the chain and the account; returns the number of entries.

        Raises:
            LedgerBroken: naming the first entry that does not follow.
        """
        previous, spent = _FIRST, dict[str, Decimal]()
        number = 0
        for number, entry in enumerate(self.entries(), start=1):
            spent[entry.dataset] = spent.get(entry.dataset, Decimal(0)) + entry.rho
            follows = (
                entry.number == number
                and entry.previous == previous
                and entry.hash == _hash(entry)
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
        # Autocommit mode, so that `begin immediate` is ours: it takes the write lock
        # before the balance is read, and no second process can read it in between.
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            # One step above `full`: with a rollback journal the folder is synced too, or
            # a power cut could bring the journal back and with it a spent budget.
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
            f"select {_COLUMNS} from entries "
            "where dataset = ? and request = ? and kind = 'released' order by number limit 1",
            [dataset, request],
        ).fetchone()
        return _entry(row) if row else None

    @staticmethod
    def _head(connection: sqlite3.Connection) -> tuple[int, str]:
        row = connection.execute(
            "select number, hash from entries order by number desc limit 1"
        ).fetchone()
        return (row[0], row[1]) if row else (0, _FIRST)

    def _append(
        self,
        connection: sqlite3.Connection,
        *,
        kind: Literal["reserved", "released"],
        at: datetime | None,
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
        moment = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        row = (number + 1, kind, moment, dataset, request, rho_units, cap_units, delta, policy_hash)
        entry = _entry((*row, settles, release, head, ""))
        digest = _hash(entry)
        connection.execute(
            f"insert into entries ({_COLUMNS}) values ({', '.join('?' * 13)})",
            [*row, settles, release, head, digest],
        )
        return _entry((*row, settles, release, head, digest))


def _amount(units: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return +(units * UNIT).normalize() if units else Decimal(0)


def _entry(row: tuple[object, ...]) -> Entry:
    names = [name.strip() for name in _COLUMNS.split(",")]
    fields = dict(zip(names, row, strict=True))
    rho, cap = (_amount(int(str(fields.pop(name)))) for name in ("rho_units", "cap_units"))
    return Entry(rho=rho, cap=cap, **fields)  # type: ignore[arg-type]


def _hash(entry: Entry) -> str:
    told = {
        name: getattr(entry, name)
        for name in Entry.__dataclass_fields__
        if name not in {"hash", "rho", "cap"}
    }
    return request_hash(told | {"rho": exact(entry.rho), "cap": exact(entry.cap)})


def _statements(script: str) -> Iterator[str]:
    # `executescript` would commit the transaction that creates the tables.
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
