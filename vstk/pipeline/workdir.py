"""The work folder: labels until they are purged, and the ledger's head at the last release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vstk import ledger, paths
from vstk.errors import OutputUnwritable
from vstk.files import write_atomic
from vstk.pipeline.instrument import Instrument
from vstk.pipeline.request import Request
from vstk.store import Store

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
        PolicyInvalid: the labels were made with other settings.
        OutputUnwritable: the folder cannot be written.
    """
    scope = {"one-in": str(request.one_in), "period": (request.period or "all").lower()}
    try:
        if not must_exist:
            work.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(
            work / "audit.db",
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


def purge(work: Path) -> int:
    """Delete every label in a work folder; returns how many conversations were labelled."""
    with Store(work / "audit.db", must_exist=True) as store:
        return store.purge()
