"""Write whole files: a reader finds the complete content, or no file under that name.

Content goes to a temporary file in the same folder, is flushed to disk, and is then
given its name in one step. A process that stops at any moment leaves no partial file
under the name. Every writer of whole files in vstk uses this module.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from vstk.errors import OutputUnwritable

OWNER_ONLY = 0o600
"""File mode: read and write for the owner, nothing for anybody else."""

SHARED = 0o666
"""File mode: what the process's umask allows, as for files that any program writes."""

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """Lend a binary file that replaces `path` when the block ends without an error.

    Args:
        path: the file; what stood there before is kept until the new file is complete.
        mode: permissions of the new file, reduced by the umask.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    with _temporary(path, mode) as (file, temporary):
        yield file
        _flush(file)
        os.replace(temporary, path)


@contextlib.contextmanager
def creating(path: Path, *, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """As `replacing`, for a file that must not exist yet: what is there is never overwritten.

    Raises:
        FileExistsError: there is a file already, or another process was first.
        OSError: the folder cannot be written, or the disk is full.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    with _temporary(path, mode) as (file, temporary):
        yield file
        _flush(file)
        try:
            # A link and not a rename: it fails when the name is taken.
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            # A file system without hard links (FAT): reserve the name, then fill it.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
            os.replace(temporary, path)


@contextlib.contextmanager
def _temporary(path: Path, mode: int) -> Iterator[tuple[BinaryIO, Path]]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, temporary
    finally:
        temporary.unlink(missing_ok=True)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def write_atomic(path: Path, content: str | bytes, *, mode: int = OWNER_ONLY) -> None:
    """Write a file, or replace it, in one step.

    Args:
        path: the file; its folder must exist.
        content: bytes, or text to be written as UTF-8 (half a surrogate pair becomes `?`).
        mode: permissions of the file, reduced by the umask.

    Raises:
        OutputUnwritable: the folder cannot be written, or the disk is full.
    """
    with _readable_errors(path), replacing(path, mode=mode) as file:
        file.write(_encoded(content))


def stream_atomic(
    path: Path, fill: Callable[[Callable[[str], Any]], Any], *, mode: int = OWNER_ONLY
) -> None:
    """Write a file piece by piece: `fill` gets a function that appends text.

    The file gets its name when `fill` returns. If `fill` raises, nothing is left.

    Raises:
        OutputUnwritable: the folder cannot be written, or the disk is full.
    """
    with _readable_errors(path), replacing(path, mode=mode) as file:
        fill(lambda text: file.write(_encoded(text)))


def write_new_private(path: Path, content: str | bytes) -> None:
    """Write a file that must not exist yet and that only its owner can read.

    Raises:
        FileExistsError: there is a file already, or another process was first.
        OSError: the folder cannot be written, or the disk is full.
    """
    with creating(path) as file:
        file.write(_encoded(content))


def write_csv_new(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for a person to fill in: a new CSV file that only its owner can read.

    Raises:
        OutputUnwritable: there is a file already, which may hold a reviewer's work, or
            the folder cannot be written.
    """
    try:
        with _readable_errors(path), creating(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
            writer = csv.writer(text)
            writer.writerow(header)
            writer.writerows(rows)
            text.detach()
    except FileExistsError:
        raise OutputUnwritable(
            f"'{path}' exists already, and may hold a reviewer's work.",
            remedy="give another file name, or move that file away.",
        ) from None


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", errors="replace") if isinstance(content, str) else content


@contextlib.contextmanager
def _readable_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise OutputUnwritable(
            f"'{path}' cannot be written ({error.strerror}).",
            remedy="give a file in an existing folder that you may write to, on a disk with "
            "free space.",
        ) from None
