"""The SQLite file of an audit: opening it, its permissions, transactions and errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.store import encryption
from vstk.store.migrations import migrations


class AuditDatabase:
    """One SQLite file with the tables of `migrations`, readable by its owner only.

    Args:
        path: the file; created if it is absent.
        must_exist: refuse a path where there is no file.
        key: of an encrypted file; see `encryption.connect`. Without it the file is not
            encrypted.

    Raises:
        InputUnreadable: `must_exist`, and there is no file.
        OutputUnwritable: the file cannot be written, or is something else, or the key is
            not that of the file.
    """

    def __init__(self, path: Path, *, must_exist: bool = False, key: str | None = None) -> None:
        self.path = path
        if must_exist and not path.is_file():
            raise InputUnreadable(
                f"There is no audit in '{path.parent}' ('{path.name}' does not exist).",
                remedy="give the folder that `vstk audit --work DIR` wrote.",
            )
        self._encrypted = key is not None
        if self._encrypted and encryption.state(path) == "plain":
            raise OutputUnwritable(
                f"'{path}' is not encrypted.",
                remedy="give another folder with --work, or delete this file and audit again.",
            )
        with self._readable_errors():
            # Created with its permissions rather than changed to them afterwards, so that
            # nobody else can open it in between. SQLite gives its journal the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            # Plug-ins of sqlite-utils are code that the policy does not name.
            self._db = Database(
                path if key is None else encryption.connect(path, key), execute_plugins=False
            )
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._db.execute("pragma busy_timeout = 30000")
        self._db.execute("pragma foreign_keys = on")
        # Deleted content is overwritten with zeros. This holds for the rollback journal
        # only, which is why the store does not use a write-ahead log.
        self._db.execute("pragma secure_delete = on").fetchall()
        self._db.execute("pragma journal_mode = delete").fetchall()
        self._db.execute("pragma synchronous = full")
        tables = set(self._db.table_names())
        if tables and migrations.migrations_table not in tables:
            raise OutputUnwritable(
                f"'{self.path}' is a database of another program.",
                remedy="give another folder with --work.",
            )
        if {migration.name for migration in migrations.applied(self._db)} - _known_migrations():
            raise OutputUnwritable(
                f"'{self.path}' was written by a newer vstk.",
                remedy="use that version, or give another folder with --work.",
            )
        migrations.apply(self._db)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run one statement and return its cursor."""
        return self._db.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of parameters."""
        self._db.conn.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything of the block, or nothing of it.

        Raises:
            OutputUnwritable: the disk is full, or another process holds the file.
        """
        with self._readable_errors(), self._db.atomic():
            yield

    def vacuum(self) -> None:
        """Rewrite the file without its free pages, so that it takes less disk space."""
        with self._readable_errors():
            self._db.vacuum()

    def close(self) -> None:
        """Close the file. Finished transactions are on disk already."""
        self._db.close()

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn errors of the disk and of SQLite into errors with a remedy."""
        try:
            yield
        except OSError as error:
            raise OutputUnwritable(
                f"'{self.path}' cannot be written ({error.strerror}).",
                remedy="give a folder that exists and can be written with --work.",
            ) from None
        except encryption.errors("OperationalError") as error:
            raise OutputUnwritable(
                f"'{self.path}' cannot be written ({error}).",
                remedy="check that the disk has free space and that no other audit uses this "
                "folder, or give another folder with --work.",
            ) from None
        except encryption.errors("DatabaseError") as error:
            if isinstance(error, encryption.errors("IntegrityError")):
                raise
            if self._encrypted:
                raise OutputUnwritable(
                    f"'{self.path}' cannot be read with this key, or is damaged.",
                    remedy="give the key that these labels were encrypted with.",
                ) from None
            raise OutputUnwritable(
                f"'{self.path}' is not a vstk store, or is damaged.",
                remedy="give another folder with --work, or delete this file and audit again.",
            ) from None


def _known_migrations() -> set[str]:
    """The names of the migrations that this version has."""
    with Database(memory=True, execute_plugins=False) as empty:
        return {migration.name for migration in migrations.pending(empty)}
