"""`index` and `read`: from files and folders to conversations."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vstk.errors import InputUnreadable
from vstk.readers import formats, raw
from vstk.readers.draft import Format
from vstk.readers.folder import Found, find
from vstk.readers.formats import SNIFFED, Log
from vstk.readers.log_index import LogIndex
from vstk.types import Conversation, OnReject

MAX_SNIFFED_BYTES = 16 * 1024 * 1024
"""Bytes of records that are held while a file's format is found. If its first records are
longer, the file is read from its beginning again."""


def index(paths: Sequence[Path], *, format: str | None = None) -> LogIndex:
    """Read files and folders once, and note what they hold.

    Args:
        paths: log files, and folders of them.
        format: name of a format to read every file as, instead of finding it.

    Raises:
        InputUnreadable: a named file cannot be read, or a folder holds no log.
    """
    given = None if format is None else formats.named(format)
    found = LogIndex()
    # The first bytes of every file are checked before any file is read as a whole.
    layouts: list[tuple[Found, raw.Layout | None]] = [
        (file, _unless_stranger(file)) for file in find(paths)
    ]
    for file, layout in layouts:
        known = layout is not None and _scan_as(found, file, layout, given)
        if not known:
            found.strangers.append(file.path)
    if not found.logs:
        raise InputUnreadable(
            f"No log of a known format was found in {', '.join(f'{str(p)!r}' for p in paths)}.",
            remedy="`vstk formats` lists what can be read.",
        )
    found.settle()
    return found


def read(
    paths: Sequence[Path], *, on_reject: OnReject, format: str | None = None
) -> Iterator[Conversation]:
    """Conversations from files and folders, one at a time.

    The files are indexed first, so what cannot be read is raised before the first
    conversation.

    Args:
        paths: log files, and folders of them.
        on_reject: is told of every record that is passed over, once.
        format: name of a format to read every file as, instead of finding it.

    Raises:
        InputUnreadable: a named file cannot be read, or a folder holds no log.
    """
    found = index(paths, format=format)
    for reject in found.rejects():
        on_reject(reject)
    return found.conversations()


def _unless_stranger(file: Found) -> raw.Layout | None:
    try:
        return formats.layout_of(file.path)
    except InputUnreadable:
        if _is_required(file):
            raise
        return None


def _scan_as(found: LogIndex, file: Found, layout: raw.Layout, format: Format | None) -> bool:
    """Index one file, as the given format or as its own; whether it has a known one."""
    items = raw.items(file.path, layout)
    if format is None:
        votes, held, size = Counter[str](), list[raw.Item](), 0
        for item in items:
            votes.update(formats.matching(item))
            size += item.size
            if size <= MAX_SNIFFED_BYTES:
                held.append(item)
            if item.number >= SNIFFED:
                break
        try:
            format = formats.most_frequent(file.path, votes)
        except InputUnreadable:
            if _is_required(file):
                raise
            return False
        items = chain(held, items) if size <= MAX_SNIFFED_BYTES else raw.items(file.path, layout)
    found.scan(Log(file.path, layout, format), items)
    return True


def _is_required(file: Found) -> bool:
    """Whether a file must be read: an audit without a log that it has no access to would
    look complete."""
    return file.named or not os.access(file.path, os.R_OK)
