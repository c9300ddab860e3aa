"""The ledger's table in SQLite, and the triggers that make it append-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

SCHEMA = """
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


def statements() -> Iterator[str]:
    """The statements of the schema, one at a time."""
    # `executescript` would commit the transaction that creates the tables.
    statement = ""
    for line in SCHEMA.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
