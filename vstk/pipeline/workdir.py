"""The work folder: labels until they are purged, and the ledger's head at the last release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from vstk import ledger, paths
from vstk.anonymiser import load_key, pseudonyms
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import write_atomic
from vstk.pipeline.instrument import Instrument
from vstk.pipeline.request import Request
from vstk.pipeline.store_key import store_key
from vstk.store import Store

LABELS = "audit.db"
"""File in the work folder: the store."""

HEAD = "ledger-head"
"""File in the work folder: hash of the ledger's last entry when labels were last released."""

_ENTRY = re.compile(r"[0-9a-f]{64}")


@contextmanager
def open_store(
    request: Request,
    measured: Instrument,
    work: Path,
    *,
    relabel: bool = False,
    must_exist: bool = False,
) -> Iterator[Store]:
    """The work folder's labels, if they were made with these settings.

    Args:
        request: its sample rate and period must be those of the labels.
        measured: its settings must be those of the labels.
        work: the work folder.
        relabel: whether to discard labels of other settings.
        must_exist: whether a missing work folder is an error.

    Raises:
        PolicyInvalid: the labels were made with other settings, or are not encrypted and
            the policy requires it.
        InputUnreadable: the labels are encrypted, and there is no key.
        OutputUnwritable: the folder cannot be written.
    """
    scope = {"one-in": str(request.one_in), "period": (request.period or "all").lower()}
    try:
        if not must_exist:
            work.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(
            work / LABELS,
            key=store_key(work / LABELS, measured.policy.store),
            labels=measured.vocabulary,
            segments={str(n): v for n, v in measured.policy.privacy.segments.items()},
            must_exist=must_exist,
        )
    except OSError as error:
        raise OutputUnwritable(
            f"The work folder '{work}' cannot be written ({error.strerror}).",
            remedy="give a folder that you may write to with --work.",
        ) from None
    with closing(store):
        store.record_settings(measured.settings | scope, relabel=relabel)
        yield store


def check_ledger_head(book: ledger.Ledger, work: Path) -> None:
    """Check that the ledger has every entry it had at this folder's last release.

    Raises:
        LedgerBroken: it was replaced by an older copy or by another ledger.
    """
    try:
        head = (work / HEAD).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return
    # Content that no release has written (a file cut short) says nothing about the ledger.
    if _ENTRY.fullmatch(head) and not book.holds(head):
        raise ledger.LedgerBroken(
            f"The ledger '{book.path}' lacks an entry that it had at the last release of "
            f"'{work}'. It is an older copy or another ledger, and budget spent since is missing.",
            remedy="restore the newest copy. If you moved these labels here from another "
            f"machine on purpose, delete '{work / HEAD}'.",
        )


def record_ledger_head(book: ledger.Ledger, work: Path) -> None:
    """Store the ledger's head beside the labels."""
    write_atomic(work / HEAD, book.head() + "\n")


def open_ledger() -> ledger.Ledger:
    """The ledger of this machine."""
    return ledger.Ledger(paths.home() / "ledger.db")


def open_labels(work: Path) -> Store:
    """The labels of a finished audit, whatever they were made with.

    Raises:
        InputUnreadable: there are none, or they are encrypted and there is no key.
        OutputUnwritable: the key is wrong, or the file is something else.
    """
    return Store(work / LABELS, must_exist=True, key=store_key(work / LABELS))


def purge(work: Path) -> int:
    """Delete every label in a work folder; returns how many conversations were labelled."""
    with open_labels(work) as store:
        return store.purge()


def purge_older(work: Path, *, days: int) -> int:
    """Delete what was stored more than so many days ago.

    Returns:
        How many conversations were deleted, including those set aside.
    """
    with open_labels(work) as store:
        return store.delete_stored_before(_today() - timedelta(days=days))


def labels_age(work: Path) -> int | None:
    """Days since the oldest conversation in a work folder was stored; `None` without any."""
    with open_labels(work) as store:
        oldest = store.oldest()
    return None if oldest is None else (_today() - oldest).days


def _today() -> date:
    return datetime.now(UTC).date()  # as SQLite's date('now')


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted of one person."""

    conversations: int
    """Deleted conversations, including those set aside."""

    has_people: bool
    """Whether the work folder's labels belong to people at all; otherwise each
    conversation is a unit of its own, and a person's cannot be found by the person's id."""


@dataclass(frozen=True, slots=True)
class _Identity:
    id: str
    user: str | None


def forget(work: Path, person: str, *, conversation: str | None = None) -> Forgotten:
    """Delete the labels of one person, or one of the person's conversations.

    The ids are hashed with the key of this machine, as in an audit, and only the hashes
    are looked up. Nothing records the ids.

    Args:
        work: the work folder.
        person: id as in the log; of a record without one, the conversation's id.
        conversation: id as in the log; without it, all conversations of the person.

    Raises:
        InputUnreadable: there is no audit, or no key of this machine.
    """
    secret = paths.home() / "key"
    if not secret.is_file():
        raise InputUnreadable(
            f"There is no key '{secret}', so that no id can be compared with these labels.",
            remedy="run the command on the machine that made the labels, or set $VSTK_HOME.",
        )
    hashes = pseudonyms(load_key(secret), _Identity(conversation or "", person))
    with open_labels(work) as store:
        has_people = store.has_people()
        deleted = (
            store.forget(hashes.unit_id)
            if conversation is None
            else store.forget_conversation(hashes.key)
        )
    return Forgotten(deleted, has_people)
