"""Which files are meant: those named, and those inside the folders named."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from vstk.errors import InputUnreadable
from vstk.readers.places import MAX_STDIN, Place


def files(paths: Iterable[Path]) -> list[Path]:
    """Every file meant by these paths, once each, folders in sorted order.

    Raises:
        InputUnreadable: for a path that is missing, or no file and no folder.
    """
    return [place.path for place in find(paths)]


def find(paths: Iterable[Path]) -> list[Place]:
    """As `files`, as places. Hidden files and folders inside folders are passed over."""
    unique: dict[Path, Place] = {}
    for path in paths:
        for place in _meant(path):
            key = path if place.data is not None else place.path.resolve()
            unique.setdefault(key, place)
    return list(unique.values())


def _meant(path: Path) -> Iterator[Place]:
    if str(path) == "-":
        yield Place(Path("-"), data=_standard_input())
    elif path.is_dir():
        yield from (Place(inside, named=False) for inside in _inside(path))
    elif path.is_file():
        yield Place(path)
    elif path.exists():
        raise InputUnreadable(
            f"'{path}' is neither a file nor a folder.",
            remedy="write the log to a file first, or pipe it in as `-`: it is read twice.",
        )
    elif found := sorted(glob.glob(str(path), recursive=True)):
        for one in found:
            yield from _meant(Path(one))
    else:
        raise InputUnreadable(
            f"There is no '{path}'.", remedy="give the path of a log file, or of a folder of them."
        )


def _inside(folder: Path) -> Iterator[Path]:
    """Files of a folder; linked folders are followed once, so that a loop ends."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders[:] = []
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _standard_input() -> bytes:
    data = sys.stdin.buffer.read(MAX_STDIN + 1)
    if len(data) > MAX_STDIN:
        raise InputUnreadable(
            f"Standard input is longer than {MAX_STDIN // 2**20} MiB.",
            remedy="write it to a file, and name the file.",
        )
    return data
