"""Files to read: those that were named, and those inside the folders that were named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from vstk.errors import InputUnreadable


class Found(NamedTuple):
    """A file to read, and whether it was named itself or found in a folder."""

    path: Path
    named: bool


def files(paths: Iterable[Path]) -> list[Path]:
    """Every file of these paths once, those of folders in sorted order.

    Raises:
        InputUnreadable: a path does not exist, or is neither a file nor a folder.
    """
    return [found.path for found in find(paths)]


def find(paths: Iterable[Path]) -> list[Found]:
    """As `files`, with whether each was named; hidden files and folders are skipped."""
    unique: dict[Path, Found] = {}
    for path in paths:
        for found in _meant(path):
            unique.setdefault(found.path.resolve(), found)
    return list(unique.values())


def _meant(path: Path) -> Iterator[Found]:
    if path.is_dir():
        yield from (Found(inside, named=False) for inside in _inside(path))
    elif path.is_file():
        yield Found(path, named=True)
    elif path.exists():
        raise InputUnreadable(
            f"'{path}' is neither a file nor a folder.",
            remedy="write the log to a file first, because it is read twice.",
        )
    else:
        raise InputUnreadable(
            f"There is no '{path}'.", remedy="give the path of a log file, or of a folder of them."
        )


def _inside(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path
