"""Labels know the day on which they were stored, and can be deleted by it or by person."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from sqlite_utils import Database

from vstk.store import Store
from vstk.store.migrations import m001_labels, migrations
from vstk.types import Extraction


def filled(path: Path, days: list[str]) -> None:
    """One conversation and one rejected one for each day."""
    with Store(path) as store:
        store.record_settings({"policy": "a"})
        for number, _ in enumerate(days):
            found = Extraction(
                key=f"{number:032x}",
                unit_id=f"{number + 50:032x}",
                answers=(),
                seen_share=1.0,
                tokens=1,
            )
            store.add(found, unit_kind="account")
            store.add_rejected(f"{number + 100:032x}", "scrub", "timed-out")
    with sqlite3.connect(path) as db:
        for number, day in enumerate(days):
            for table, key in (("conversations", number), ("rejects", number + 100)):
                db.execute(f"update {table} set stored_on = ? where key = ?", [day, f"{key:032x}"])


def test_a_conversation_is_stored_on_this_day(tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    with Store(tmp_path / "audit.db") as store:
        assert store.oldest() is None
        store.record_settings({"policy": "a"})
        store.add_rejected("e" * 32, "scrub", "timed-out")

        assert before <= store.oldest() <= datetime.now(UTC).date()


def test_what_was_stored_before_a_day_is_deleted(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", ["2026-01-31", "2026-02-01", "2026-03-01"])

    with Store(tmp_path / "audit.db") as store:
        assert store.oldest() == date(2026, 1, 31)
        assert store.delete_stored_before(date(2026, 2, 1)) == 2
        assert store.oldest() == date(2026, 2, 1)
        assert store.counts().conversations == 2
    assert b"2026-01-31" not in (tmp_path / "audit.db").read_bytes()


def test_one_conversation_is_forgotten(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", ["2026-01-31", "2026-02-01"])

    with Store(tmp_path / "audit.db") as store:
        assert store.has_people()
        assert store.forget_conversation(f"{1:032x}") == 1
        assert store.forget_conversation("f" * 32) == 0
        assert store.counts().conversations == 1


def test_labels_of_an_older_version_are_dated_when_they_are_first_opened(tmp_path: Path) -> None:
    with Database(tmp_path / "audit.db") as db:
        m001_labels(db)
        db.execute("insert into rejects values (?, null, 'scrub', 'timed-out')", ["e" * 32])
        migrations.ensure_migrations_table(db)
        db["_sqlite_migrations"].insert(
            {"migration_set": migrations.name, "name": "m001_labels", "applied_at": "2026-01-01"}
        )

    with Store(tmp_path / "audit.db") as store:
        assert store.oldest() == datetime.now(UTC).date()
        assert store.done() == {"e" * 32}
