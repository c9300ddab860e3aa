"""The store: what an audit has learned, without a word of what was said.

One SQLite file holds keyed hashes, label keys and periods. A conversation is
written in one transaction, so that a machine that stops anywhere leaves whole
conversations only, and an audit that starts again goes on from there.

The labels are worth keeping only while everything that decided them stands
still: `begin` records a hash of each such part, and refuses to mix.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from sqlite_utils import Database

from vstk.errors import InputUnreadable, OutputUnwritable, PolicyInvalid
from vstk.store.migrations import migrations
from vstk.types import (
    Extraction,
    Facet,
    LabelledConversation,
    RejectStep,
    UnitKind,
)

__all__ = ["Counts", "Store"]

_HASH = re.compile(r"[0-9a-f]{32}")
_FACET = re.compile(r"[a-z][a-z_]{0,31}")
_LABEL = re.compile(r"[a-z0-9]+(?:[-_/][a-z0-9]+)*")
_SEGMENT_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_SEGMENT_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,63}")
_PERIOD = re.compile(r"all|\d{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]|W[0-5]\d))?")
_REASON = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SETTING = re.compile(r"[A-Za-z0-9_.:/+=-]{0,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Exact numbers, for the operator's screen and nowhere else."""

    conversations: int
    units: int
    sizes: Mapping[int, int]
    """Conversations of a unit -> how many units have so many."""

    unit_kinds: Mapping[UnitKind, int]
    """Conversations by the kind of id that the log carried."""

    rejected: Mapping[tuple[RejectStep, str], int]
    """Conversations set aside, by step and reason."""

    tokens: int
    seen_share: float
    """Mean share of a conversation's tokens that was read; 1 when there are none."""


class Store:
    """The labels of one audit, in one file that only its owner can read.

    Args:
        path: the file; made when it is absent.
        labels: every label that each facet may have. What is not among them
            cannot be added. Without it a label must still look like a key.
        segments: every declared segment with its values; `other` is always one.
            Without it a value must be one plain word.
        must_exist: refuse a path where no audit has been.

    Raises:
        InputUnreadable: `must_exist`, and there is none.
        OutputUnwritable: the file cannot be written, or is something else.
    """

    def __init__(
        self,
        path: Path,
        *,
        labels: Mapping[Facet, Collection[str]] | None = None,
        segments: Mapping[str, Collection[str]] | None = None,
        must_exist: bool = False,
    ) -> None:
        self.path = path
        self._begun = False
        self._labels = None if labels is None else {k: frozenset(v) for k, v in labels.items()}
        self._segments = None if segments is None else {k: set(v) for k, v in segments.items()}
        if must_exist and not path.is_file():
            raise InputUnreadable(
                f"There is no audit in '{path.parent}' ('{path.name}' is not there).",
                remedy="give the folder that `vstk audit --work DIR` wrote.",
            )
        with self._readable_errors():
            # Made with its mode, not changed to it afterwards: there is no moment
            # at which others can open it. SQLite gives its journal the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            # Plug-ins of sqlite-utils are code that the policy does not name.
            self._db = Database(path, execute_plugins=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        self._db.execute("pragma busy_timeout = 30000")
        self._db.execute("pragma foreign_keys = on")
        # What is deleted is overwritten with zeros. This holds for the rollback
        # journal, which is why the store does not use a write-ahead log.
        self._db.execute("pragma secure_delete = on").fetchall()
        self._db.execute("pragma journal_mode = delete").fetchall()
        self._db.execute("pragma synchronous = full")
        tables = set(self._db.table_names())
        if tables and migrations.migrations_table not in tables:
            raise OutputUnwritable(
                f"'{self.path}' is a database of something else.",
                remedy="give another folder with --work.",
            )
        if {migration.name for migration in migrations.applied(self._db)} - _own_names():
            raise OutputUnwritable(
                f"'{self.path}' was written by a newer vstk.",
                remedy="use that version, or give another folder with --work.",
            )
        migrations.apply(self._db)

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn what the disk says into something that a person can act on."""
        try:
            yield
        except OSError as error:
            raise OutputUnwritable(
                f"'{self.path}' cannot be written ({error.strerror}).",
                remedy="give a folder that exists and can be written with --work.",
            ) from None
        except sqlite3.OperationalError as error:
            raise OutputUnwritable(
                f"'{self.path}' cannot be written ({error}).",
                remedy="see that the disk has room and no other audit uses this folder, "
                "or give another with --work.",
            ) from None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise OutputUnwritable(
                f"'{self.path}' is not a vstk store, or is damaged.",
                remedy="give another folder with --work, or delete this file and audit again.",
            ) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._readable_errors(), self._db.atomic():
            yield

    def close(self) -> None:
        """Close the file. What was added is already on disk."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self, settings: Mapping[str, str], *, relabel: bool = False) -> None:
        """Say what decides the labels, before the first one is added.

        In an empty store the settings are recorded; the same settings resume.

        Args:
            settings: name of each part -> its hash or version.
            relabel: where the settings differ, drop every label and start anew.

        Raises:
            PolicyInvalid: the store was labelled under other settings; names
                the parts that differ.
        """
        for name, value in settings.items():
            if not _SEGMENT_NAME.fullmatch(name) or not _SETTING.fullmatch(value):
                raise ValueError("a setting is a short name with a hash or a version")
        with self._transaction():
            found = self.settings()
            changed = sorted(
                name
                for name in found.keys() | settings.keys()
                if found.get(name) != settings.get(name)
            )
            self._begun = not changed
            if not changed:
                return
            if found and not relabel:
                raise PolicyInvalid(
                    f"The labels in '{self.path.parent}' were made with other settings: "
                    f"{', '.join(changed)} changed since.",
                    remedy="give another folder with --work, or drop these labels and make "
                    "them again with --relabel.",
                )
            self._delete_everything()
            for name, value in settings.items():
                self._db.execute("insert into settings values (?, ?)", [name, value])
        self._begun = True

    def settings(self) -> dict[str, str]:
        """The settings that the labels were made with; empty before `begin`."""
        rows = self._db.execute("select name, value from settings order by name")
        return dict(rows.fetchall())

    def is_done(self, key: str) -> bool:
        """Whether a conversation has its labels, or was set aside."""
        return bool(
            self._db.execute(
                "select exists (select 1 from conversations where key = :key)"
                " or exists (select 1 from rejects where key = :key)",
                {"key": key},
            ).fetchone()[0]
        )

    def done(self) -> set[str]:
        """Every conversation that needs no more work."""
        rows = self._db.execute("select key from conversations union select key from rejects")
        return {key for (key,) in rows}

    def add(
        self,
        extraction: Extraction,
        *,
        unit_kind: UnitKind,
        period: str | None = None,
        segments: Mapping[str, str] | None = None,
    ) -> None:
        """Write one conversation: its chosen labels, whole or not at all.

        Adding it a second time changes nothing: the first labels stand.

        Raises:
            ValueError: before `begin`, or a label is not of the closed vocabulary, or another
                field is not of its form. The message does not repeat it.
        """
        segments = segments or {}
        _require(self._begun, "labels without settings: call begin first")
        self._check(extraction, period, segments)
        chosen = {
            (answer.facet, answer.label): answer.probability
            for answer in extraction.answers
            if answer.chosen
        }
        key = extraction.key
        with self._transaction():
            added = self._db.execute(
                "insert or ignore into conversations values (?, ?, ?, ?, ?, ?)",
                [
                    key,
                    extraction.unit_id,
                    unit_kind,
                    period,
                    extraction.seen_share,
                    extraction.tokens,
                ],
            ).rowcount
            if not added:
                return
            self._db.conn.executemany(
                "insert into observations values (?, ?, ?, ?)",
                [(key, facet, label, p) for (facet, label), p in sorted(chosen.items())],
            )
            self._db.conn.executemany(
                "insert into segments values (?, ?, ?)",
                [(key, name, value) for name, value in sorted(segments.items())],
            )

    def _check(
        self, extraction: Extraction, period: str | None, segments: Mapping[str, str]
    ) -> None:
        _require(_HASH.fullmatch(extraction.key), "key is not a keyed hash")
        _require(_HASH.fullmatch(extraction.unit_id), "unit_id is not a keyed hash")
        _require(period is None or _PERIOD.fullmatch(period), "period is not a period")
        for answer in extraction.answers:
            if not answer.chosen:
                continue
            _require(_FACET.fullmatch(answer.facet), "a facet is not a key")
            _require(_LABEL.fullmatch(answer.label), "a label is not a key")
            if self._labels is not None:
                _require(
                    answer.label in self._labels.get(answer.facet, ()),
                    "a label is not of its facet's vocabulary",
                )
        for name, value in segments.items():
            _require(_SEGMENT_NAME.fullmatch(name), "a segment is not a name")
            if self._segments is None:
                _require(_SEGMENT_VALUE.fullmatch(value), "a segment's value is not a word")
                continue
            _require(name in self._segments, "a segment is not declared")
            _require(
                value == "other" or value in self._segments[name],
                "a segment's value is not declared",
            )

    def add_rejected(
        self, key: str, step: RejectStep, reason: str, *, unit_id: str | None = None
    ) -> None:
        """Note that a conversation was set aside, so that a resumed audit leaves it so."""
        _require(self._begun, "rejects without settings: call begin first")
        _require(_HASH.fullmatch(key), "key is not a keyed hash")
        _require(unit_id is None or _HASH.fullmatch(unit_id), "unit_id is not a keyed hash")
        _require(step in get_args(RejectStep), "a step does not exist")
        _require(len(reason) <= 40 and _REASON.fullmatch(reason), "a reason is not a code")
        with self._transaction():
            self._db.execute(
                "insert or ignore into rejects (key, unit_id, step, reason) values (?, ?, ?, ?)",
                [key, unit_id, step, reason],
            )

    def labelled(self) -> Iterator[LabelledConversation]:
        """Every labelled conversation with its labels, in the order of the keys."""
        segments: dict[str, dict[str, str]] = {}
        for key, name, value in self._db.execute("select conversation, name, value from segments"):
            segments.setdefault(key, {})[name] = value
        rows: Iterator[Any] = self._db.execute(
            "select c.key, c.unit_id, c.period, o.facet, o.label"
            " from conversations as c left join observations as o on o.conversation = c.key"
            " order by c.key, o.facet, o.label"
        )
        for (key, unit_id, period), group in groupby(rows, key=lambda row: row[:3]):
            labels: dict[Facet, tuple[str, ...]] = {
                facet: tuple(row[4] for row in rows_of_facet)
                for facet, rows_of_facet in groupby(group, key=lambda row: row[3])
                if facet is not None
            }
            yield LabelledConversation(
                unit_id=unit_id,
                key=key,
                labels=labels,
                period=period,
                segments=segments.get(key, {}),
            )

    def fingerprint(self) -> str:
        """SHA-256 of everything that a release is made of: 64 hex digits.

        The same labels of the same people have the same fingerprint, in
        whatever order and over however many runs they were made.
        Probabilities are not part of it: a release does not see them.
        """
        digest = hashlib.sha256(b"vstk labels 1\n")
        for kind, count in sorted(self.counts().unit_kinds.items()):
            digest.update(f"{kind} {count}\n".encode())
        for conversation in self.labelled():
            line = [
                conversation.key,
                conversation.unit_id,
                conversation.period,
                sorted(conversation.segments.items()),
                sorted(conversation.labels.items()),
            ]
            digest.update(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        return digest.hexdigest()

    def counts(self) -> Counts:
        """How much there is. Exact, so never part of a release."""
        total, units, tokens, seen = self._db.execute(
            "select count(*), count(distinct unit_id), coalesce(sum(tokens), 0),"
            " coalesce(avg(seen_share), 1) from conversations"
        ).fetchone()
        kinds = self._db.execute("select unit_kind, count(*) from conversations group by unit_kind")
        sizes = self._db.execute(
            "select size, count(*) from"
            " (select count(*) as size from conversations group by unit_id) group by size"
        )
        rejected = self._db.execute("select step, reason, count(*) from rejects group by 1, 2")
        return Counts(
            conversations=total,
            units=units,
            sizes=dict(sizes.fetchall()),
            unit_kinds=dict(kinds.fetchall()),
            rejected={(step, reason): count for step, reason, count in rejected},
            tokens=tokens,
            seen_share=seen,
        )

    def keep_only(self, keys: Collection[str]) -> int:
        """Delete every conversation that is not among `keys`; returns how many were."""
        gone = self.done() - set(keys)
        with self._transaction():
            for table in ("conversations", "rejects"):
                self._db.conn.executemany(
                    f"delete from {table} where key = ?", [(key,) for key in sorted(gone)]
                )
        return len(gone)

    def forget(self, unit_id: str) -> int:
        """Delete every conversation of one unit, and overwrite where it stood.

        An audit of a log that still holds them will label them again.

        Returns:
            How many conversations were deleted, set-aside ones included.
        """
        with self._transaction():
            deleted: int = self._db.execute(
                "delete from conversations where unit_id = ?", [unit_id]
            ).rowcount
            deleted += self._db.execute("delete from rejects where unit_id = ?", [unit_id]).rowcount
        return deleted

    def purge(self) -> int:
        """Delete every label and setting, and give the disk its room back.

        Returns:
            How many conversations were deleted.
        """
        with self._transaction():
            deleted = self.counts().conversations
            self._delete_everything()
        with self._readable_errors():
            self._db.vacuum()
        return deleted

    def _delete_everything(self) -> None:
        for table in ("observations", "segments", "conversations", "rejects", "settings"):
            self._db.execute(f"delete from {table}")


def _own_names() -> set[str]:
    """The names of the migrations that this version knows."""
    with Database(memory=True, execute_plugins=False) as empty:
        return {migration.name for migration in migrations.pending(empty)}


def _require(holds: object, problem: str) -> None:
    """Raise without repeating the value: what does not fit may be a log's own words."""
    if not holds:
        raise ValueError(problem)
