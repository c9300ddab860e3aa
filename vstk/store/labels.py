"""Write and read the labels of an audit.

A conversation is written in one transaction, so that a process that stops at any moment
leaves complete conversations only, and the next run continues from there.

Labels stay valid only while everything that decided them is unchanged: `record_settings`
stores a hash of each such part, and refuses to mix labels of different settings. The file is
longer than 300 lines because every statement that writes a label stands in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

from vstk.errors import PolicyInvalid
from vstk.store.counts import Counts, count, has_people, oldest
from vstk.store.database import AuditDatabase
from vstk.store.vocabulary import ClosedVocabulary, check_reject, check_settings, require
from vstk.types import Extraction, Facet, LabelledConversation, RejectStep, UnitKind


class Store:
    """The labels of one audit, in one file that only its owner can read.

    Args:
        path: the file; created if it is absent.
        labels: every label that each facet may have; any other is refused. Without it a
            label only has to look like a key.
        segments: every declared segment with its values, besides `other`. Without it a
            value only has to be one plain word.
        must_exist: refuse a path where there is no audit.
        key: of an encrypted store: 64 hexadecimal digits, or a passphrase. Without it the
            store is not encrypted.

    Raises:
        InputUnreadable: `must_exist`, and there is no audit.
        OutputUnwritable: the file cannot be written, or is something else, or the key is
            not that of the store.
    """

    def __init__(
        self,
        path: Path,
        *,
        labels: Mapping[Facet, Collection[str]] | None = None,
        segments: Mapping[str, Collection[str]] | None = None,
        must_exist: bool = False,
        key: str | None = None,
    ) -> None:
        self.path = path
        self._vocabulary = ClosedVocabulary(labels, segments)
        self._has_settings = False
        self._database = AuditDatabase(path, must_exist=must_exist, key=key)

    def close(self) -> None:
        """Close the file. What was added is on disk already."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def record_settings(self, settings: Mapping[str, str], *, relabel: bool = False) -> None:
        """Record what decides the labels; required before the first label is added.

        An empty store takes the settings. A store with the same settings is resumed.

        Args:
            settings: name of each part -> its hash or version.
            relabel: if the settings differ, delete every label and start again.

        Raises:
            PolicyInvalid: the labels were made with other settings; names the parts that
                differ.
            ValueError: a setting is not a short name with a hash or a version.
        """
        check_settings(settings)
        with self._database.transaction():
            found = self.settings()
            changed = sorted(
                name
                for name in found.keys() | settings.keys()
                if found.get(name) != settings.get(name)
            )
            self._has_settings = not changed
            if not changed:
                return
            if found and not relabel:
                raise PolicyInvalid(
                    f"The labels in '{self.path.parent}' were made with other settings: "
                    f"{', '.join(changed)} changed since.",
                    remedy="give another folder with --work, or delete these labels and make "
                    "them again with --relabel.",
                )
            self._delete_everything()
            for name, value in settings.items():
                self._database.execute("insert into settings values (?, ?)", [name, value])
        self._has_settings = True

    def settings(self) -> dict[str, str]:
        """The settings that the labels were made with; empty before `record_settings`."""
        rows = self._database.execute("select name, value from settings order by name")
        return dict(rows.fetchall())

    def done(self) -> set[str]:
        """The keys of all conversations that were labelled or set aside."""
        rows = self._database.execute("select key from conversations union select key from rejects")
        return {key for (key,) in rows}

    def add(
        self,
        extraction: Extraction,
        *,
        unit_kind: UnitKind,
        period: str | None = None,
        segments: Mapping[str, str] | None = None,
    ) -> None:
        """Write the chosen labels of one conversation, in one transaction.

        Adding a conversation a second time changes nothing: its first labels are kept.

        Raises:
            ValueError: there are no settings yet, a label is outside the closed vocabulary,
                or another field is not of its form. The message does not repeat the value.
        """
        segments = segments or {}
        require(self._has_settings, "labels without settings: call record_settings first")
        self._vocabulary.check(extraction, period, segments)
        chosen = {
            (answer.facet, answer.label): answer.probability
            for answer in extraction.answers
            if answer.chosen
        }
        key = extraction.key
        with self._database.transaction():
            added = self._database.execute(
                "insert or ignore into conversations"
                " (key, unit_id, unit_kind, period, seen_share, tokens, stored_on)"
                " values (?, ?, ?, ?, ?, ?, date('now'))",
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
            self._database.execute_many(
                "insert into observations values (?, ?, ?, ?)",
                [(key, facet, label, p) for (facet, label), p in sorted(chosen.items())],
            )
            self._database.execute_many(
                "insert into segments values (?, ?, ?)",
                [(key, name, value) for name, value in sorted(segments.items())],
            )

    def add_rejected(
        self, key: str, step: RejectStep, reason: str, *, unit_id: str | None = None
    ) -> None:
        """Record that a conversation was set aside, so that a resumed audit skips it.

        Raises:
            ValueError: there are no settings yet, or a field is not a hash or a code.
        """
        require(self._has_settings, "rejects without settings: call record_settings first")
        check_reject(key, step, reason, unit_id)
        with self._database.transaction():
            self._database.execute(
                "insert or ignore into rejects (key, unit_id, step, reason, stored_on)"
                " values (?, ?, ?, ?, date('now'))",
                [key, unit_id, step, reason],
            )

    def labelled(self) -> Iterator[LabelledConversation]:
        """Every labelled conversation with its labels, sorted by key."""
        segments: dict[str, dict[str, str]] = {}
        for key, name, value in self._database.execute(
            "select conversation, name, value from segments"
        ):
            segments.setdefault(key, {})[name] = value
        rows: Iterator[Any] = self._database.execute(
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
        """SHA-256 of everything that a release is computed from, as 64 hex digits.

        The same labels of the same people have the same fingerprint, in whatever order and
        over however many runs they were made. Probabilities are not part of it, because a
        release does not use them.
        """
        digest = hashlib.sha256(b"vstk labels 1\n")
        for kind, number in sorted(self.counts().unit_kinds.items()):
            digest.update(f"{kind} {number}\n".encode())
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
        """Exact counts, which are never part of a release."""
        return count(self._database)

    def delete_all_except(self, keys: Collection[str]) -> int:
        """Delete every conversation whose key is not in `keys`; returns how many."""
        deleted = self.done() - set(keys)
        with self._database.transaction():
            for table in ("conversations", "rejects"):
                self._database.execute_many(
                    f"delete from {table} where key = ?", [(key,) for key in sorted(deleted)]
                )
        return len(deleted)

    def forget(self, unit_id: str) -> int:
        """Delete every conversation of one unit and overwrite its place on disk.

        An audit of a log that still holds these conversations labels them again.

        Returns:
            How many conversations were deleted, including those set aside.
        """
        return self._delete("unit_id = ?", unit_id)

    def forget_conversation(self, key: str) -> int:
        """Delete one conversation and overwrite its place on disk; returns how many, 0 or 1."""
        return self._delete("key = ?", key)

    def delete_stored_before(self, day: date) -> int:
        """Delete every conversation that was stored before a day (UTC), and return the space.

        Returns:
            How many conversations were deleted, including those set aside.
        """
        deleted = self._delete("stored_on < ?", day.isoformat())
        self._database.vacuum()
        return deleted

    def _delete(self, condition: str, value: str) -> int:
        with self._database.transaction():
            return sum(
                self._database.execute(f"delete from {table} where {condition}", [value]).rowcount
                for table in ("conversations", "rejects")
            )

    def oldest(self) -> date | None:
        """The day (UTC) on which the oldest conversation was stored; `None` without any."""
        return oldest(self._database)

    def has_people(self) -> bool:
        """Whether any conversation's unit is a person, and not the conversation itself."""
        return has_people(self._database)

    def purge(self) -> int:
        """Delete every label and setting, and return the disk space.

        Returns:
            How many labelled conversations were deleted.
        """
        with self._database.transaction():
            deleted = self.counts().conversations
            self._delete_everything()
        self._database.vacuum()
        return deleted

    def _delete_everything(self) -> None:
        for table in ("observations", "segments", "conversations", "rejects", "settings"):
            self._database.execute(f"delete from {table}")
