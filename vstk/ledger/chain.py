"""The ledger's file: reading entries, and appending one to the chain of hashes.

Every function but `transaction` takes the connection of an open transaction.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vstk.errors import OutputUnwritable
from vstk.ledger.entries import COLUMNS, FIRST, Entry, Kind, entry_hash, from_row
from vstk.ledger.schema import INSERT, create

_HASH = [name.strip() for name in COLUMNS.split(",")].index("hash")


def open_file(path: Path) -> None:
    """Create the file and its tables where they are missing; migrate an older file.

    Raises:
        OutputUnwritable: it cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Created here, before SQLite does, to be readable by its owner alone.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with transaction(path) as connection:
            create(connection)
    except (OSError, sqlite3.Error):
        raise OutputUnwritable(
            f"The ledger '{path}' cannot be opened for writing.",
            remedy="give a path on a local disk that you may write to, where there is a ledger "
            "or no file.",
        ) from None


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction that locks out every other process from its beginning."""
    # Autocommit mode, so that `begin immediate` takes the write lock before the balance
    # is read: no other process can read it in between.
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection:
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


def entries(connection: sqlite3.Connection, dataset: str | None) -> tuple[Entry, ...]:
    """All entries in order, or those of one dataset."""
    where = "" if dataset is None else "where dataset = ?"
    rows = connection.execute(
        f"select {COLUMNS} from entries {where} order by number",
        [] if dataset is None else [dataset],
    )
    return tuple(from_row(row) for row in rows)


def entries_of_others(connection: sqlite3.Connection, dataset: str) -> dict[str, list[Entry]]:
    """The entries of every other dataset, without the text of releases."""
    columns = COLUMNS.replace("release,", "null,")
    found: dict[str, list[Entry]] = {}
    for row in connection.execute(
        f"select {columns} from entries where dataset <> ? order by number", [dataset]
    ):
        entry = from_row(row)
        found.setdefault(entry.dataset, []).append(entry)
    return found


def entry(connection: sqlite3.Connection, number: int) -> Entry | None:
    """One entry by its number."""
    row = connection.execute(f"select {COLUMNS} from entries where number = ?", [number]).fetchone()
    return from_row(row) if row else None


def outcome(
    connection: sqlite3.Connection, dataset: str, request: str, *, after: int = 0
) -> Entry | None:
    """The newest answer to a question, or the first one after an entry."""
    row = connection.execute(
        f"select {COLUMNS} from entries where dataset = ? and request = ? and number > ? "
        "and kind in ('released', 'declined') "
        f"order by number {'' if after else 'desc'} limit 1",
        [dataset, request, after],
    ).fetchone()
    return from_row(row) if row else None


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Number and hash of the last entry."""
    row = connection.execute(
        "select number, hash from entries order by number desc limit 1"
    ).fetchone()
    return (row[0], row[1]) if row else (0, FIRST)


def append(
    connection: sqlite3.Connection,
    kind: Kind,
    *,
    dataset: str,
    cap_units: int,
    policy_hash: str,
    unit: str | None,
    delta_cap: str | None,
    request: str = "",
    rho_units: int = 0,
    delta: str = "0",
    settles: int | None = None,
    release: str | None = None,
    document: str | None = None,
    nonce: str | None = None,
) -> Entry:
    """Write the next entry of the chain."""
    number, previous = head(connection)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    row = [
        *(number + 1, kind, moment, dataset, request, rho_units, cap_units, delta, policy_hash),
        *(settles, release, previous, "", unit, delta_cap, nonce or new_nonce(), document),
    ]
    row[_HASH] = entry_hash(from_row(tuple(row)))
    connection.execute(INSERT, row)
    return from_row(tuple(row))


def new_nonce() -> str:
    """256 random bits in hexadecimal."""
    return secrets.token_hex(32)
