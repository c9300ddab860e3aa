"""The ledger's table in SQLite, the triggers that make it append-only, and its migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from vstk.ledger.entries import COLUMNS, COLUMNS_1

SCHEMA = """
create table if not exists entries (
    number integer primary key check (number > 0),
    kind text not null check (kind in ('reserved', 'released', 'declined', 'approved')),
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
    hash text not null unique,
    unit text,
    delta_cap text,
    nonce text,
    document text
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
    select coalesce(sum(case kind when 'declined' then -rho_units else rho_units end), 0)
    from entries where dataset = new.dataset and (unit is null or unit = new.unit)
) > new.cap_units
begin select raise(abort, 'over the cap'); end;
create trigger if not exists entries_return before insert on entries
when new.kind = 'declined' and new.rho_units > coalesce(
    (select rho_units from entries where number = new.settles and kind = 'reserved'), -1
)
begin select raise(abort, 'more returned than reserved'); end;
"""


def create(connection: sqlite3.Connection) -> None:
    """Create the table, or what is missing of it; migrate a file of the earlier version."""
    columns = [row[1] for row in connection.execute("pragma table_info(entries)")]
    if columns and "nonce" not in columns:
        _migrate(connection)
        return
    for statement in statements():
        connection.execute(statement)


def _migrate(connection: sqlite3.Connection) -> None:
    """Copy the entries of the first version, unchanged, to a table of this version."""
    # The checks of a table cannot be altered in SQLite.
    for name in ("entries_stay", "entries_stand", "entries_follow", "entries_fit"):
        connection.execute(f"drop trigger if exists {name}")
    connection.execute("drop index if exists one_release_each")
    connection.execute("alter table entries rename to entries_1")
    first, *others = statements()
    connection.execute(first)
    connection.execute(
        f"insert into entries ({COLUMNS_1}) select {COLUMNS_1} from entries_1 order by number"
    )
    connection.execute("drop table entries_1")
    for statement in others:
        connection.execute(statement)


def statements() -> Iterator[str]:
    """The statements of the schema, one at a time."""
    # `executescript` would commit the transaction that creates the tables.
    statement = ""
    for line in SCHEMA.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


INSERT = f"insert into entries ({COLUMNS}) values ({', '.join('?' * len(COLUMNS.split(',')))})"
