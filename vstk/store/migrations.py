"""The tables of `audit.db`, as numbered migrations that are never edited afterwards.

Every column has a check in the database itself: hashes are hex digits of a fixed length,
labels are slugs. A bug elsewhere, or another program that does not use `Store`, cannot
write a sentence here. Only the value of a segment is free, because it can be any name
that a policy declares; `Store` compares it with those.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("vstk.store")


@migrations()
def m001_labels(db: Database) -> None:
    """Settings, conversations, their labels, and conversations that were set aside."""
    db.execute(
        """
        create table settings (
            name text primary key
                check (name not glob '*[^a-z0-9_.-]*' and length(name) between 1 and 64),
            value text not null
                check (value not glob '*[^A-Za-z0-9_.:/+=-]*' and length(value) <= 200)
        ) strict
        """
    )
    db.execute(
        """
        create table conversations (
            key text primary key
                check (length(key) = 32 and key not glob '*[^0-9a-f]*'),
            unit_id text not null
                check (length(unit_id) = 32 and unit_id not glob '*[^0-9a-f]*'),
            unit_kind text not null
                check (unit_kind in ('account', 'api_key', 'ip_hash', 'file', 'none')),
            period text
                check (period not glob '*[^0-9QHWal-]*' and length(period) <= 10),
            seen_share real not null check (seen_share between 0 and 1),
            tokens integer not null check (tokens >= 0)
        ) strict
        """
    )
    db.execute("create index conversations_unit_id on conversations (unit_id)")
    db.execute(
        """
        create table segments (
            conversation text not null references conversations (key) on delete cascade,
            name text not null
                check (name not glob '*[^a-z0-9_.-]*' and length(name) between 1 and 64),
            value text not null check (length(value) between 1 and 80),
            primary key (conversation, name)
        ) strict, without rowid
        """
    )
    db.execute(
        """
        create table observations (
            conversation text not null references conversations (key) on delete cascade,
            facet text not null
                check (facet not glob '*[^a-z_]*' and length(facet) between 1 and 32),
            label text not null
                check (label not glob '*[^a-z0-9_/-]*' and length(label) between 1 and 160),
            probability real not null check (probability between 0 and 1),
            primary key (conversation, facet, label)
        ) strict, without rowid
        """
    )
    db.execute(
        """
        create table rejects (
            key text primary key
                check (length(key) = 32 and key not glob '*[^0-9a-f]*'),
            unit_id text
                check (length(unit_id) = 32 and unit_id not glob '*[^0-9a-f]*'),
            step text not null check (step in ('read', 'scrub', 'extract')),
            reason text not null
                check (reason not glob '*[^a-z0-9-]*' and length(reason) between 1 and 40)
        ) strict
        """
    )


@migrations()
def m002_stored_on(db: Database) -> None:
    """The day on which each conversation was stored, so that old labels can be deleted.

    Conversations that were stored before this column existed get the day of the migration.
    """
    for table in ("conversations", "rejects"):
        db.execute(
            f"alter table {table} add column stored_on text"
            " check (stored_on glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')"
        )
        db.execute(f"update {table} set stored_on = date('now')")
