"""Files to an index, and an index to conversations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vstk.errors import InputUnreadable
from vstk.readers.log_index import LogIndex
from vstk.readers.scanning import Options, logs_of
from vstk.types import Conversation, OnReject


def index(
    paths: Sequence[Path], *, format: str | None = None, options: Options | None = None
) -> LogIndex:
    """Read files and folders once, and note what they hold.

    Args:
        paths: log files, folders and archives of them, patterns, or `-` for standard input.
        format: name of a format to read every record as, instead of finding it.
        options: other ways to read: a map of fields, a reader of one's own, a query.

    Raises:
        InputUnreadable: a named file cannot be read, or a folder holds no log.
    """
    options = (options or Options()).with_format(format)
    found = LogIndex(options)
    for log, required in logs_of(paths, found.strangers):
        if found.scan(log):
            continue
        found.forget()
        if required:
            raise InputUnreadable(
                f"'{log.place.name}' is of no known format.",
                remedy="see `vstk formats`, and docs/how-to/read-another-log-format.md to bring "
                "another.",
            )
        found.strangers.append(log.place.name)
    if not found.logs:
        raise InputUnreadable(
            f"No log of a known format was found in {', '.join(f'{str(p)!r}' for p in paths)}.",
            remedy="`vstk formats` lists what can be read.",
        )
    found.settle()
    return found


def read(
    paths: Sequence[Path],
    *,
    on_reject: OnReject,
    format: str | None = None,
    options: Options | None = None,
) -> Iterator[Conversation]:
    """Conversations from files and folders, one at a time.

    The files are indexed first, so what cannot be read is raised before the first
    conversation.

    Args:
        paths: as for `index`.
        on_reject: is told of every record that is passed over, once.
        format: name of a format to read every record as, instead of finding it.
        options: as for `index`.

    Raises:
        InputUnreadable: a named file cannot be read, or a folder holds no log.
    """
    found = index(paths, format=format, options=options)
    for reject in found.rejects():
        on_reject(reject)
    return found.conversations()
