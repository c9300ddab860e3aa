"""Where the bytes of a log are: files, folders, archives, packed files, standard input.

A `Place` is one file to read: a file of the disk, a member of a zip or tar archive, or
standard input. Packed bytes are unpacked while they are read, nested packing included
(`logs.zip` holding `july.jsonl.gz`). Nothing is written to disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from vstk.errors import InputUnreadable
from vstk.readers.streams import CAN_UNZSTD, DAMAGE, Recoded, Unzstd, wide_encoding

HEAD = 64 * 1024
"""How much of a file is looked at to find its layout, in bytes."""

MAX_STDIN = 1024 * 1024 * 1024
"""Standard input is held in memory, because a log is read twice; at most so many bytes."""

MAX_MEMBERS = 200_000
"""Members of one archive, at most."""

Kind = Literal["text", "zip", "tar", "sqlite", "parquet"]


@dataclass(frozen=True, slots=True)
class Place:
    """One file to read."""

    path: Path
    member: str = ""
    """Name inside the archive; empty for a file of its own."""

    named: bool = True
    """Whether the operator named it; `False` for what a folder or an archive holds."""

    data: bytes | None = None
    """The bytes themselves, for standard input."""

    @property
    def name(self) -> str:
        """What the operator sees: the path, or `archive.zip!member`."""
        return f"{self.path}!{self.member}" if self.member else str(self.path)


class Damaged(Exception):
    """The rest of a packed file cannot be read."""


def members(place: Place, kind: Kind) -> Iterator[Place]:
    """The files inside an archive, in sorted order.

    Raises:
        InputUnreadable: the archive is damaged, encrypted, or has too many members.
    """
    with _archive(place, kind) as (_, names):
        for name in names:
            yield Place(place.path, _within(place.member, name), named=False, data=place.data)


def _within(outer: str, name: str) -> str:
    return f"{outer}!{name}" if outer else name


_BROKEN: tuple[type[Exception], ...] = (*DAMAGE, RuntimeError, NotImplementedError)


@contextmanager
def _archive(place: Place, kind: Kind) -> Iterator[tuple[Any, list[str]]]:
    try:
        with ExitStack() as stack:
            stream = stack.enter_context(_unpacked(place))
            if kind == "zip":
                if not stream.seekable():
                    stream = io.BytesIO(_bounded(stream, place))
                archive: Any = stack.enter_context(zipfile.ZipFile(cast(IO[bytes], stream)))
                if any(info.flag_bits & 1 for info in archive.infolist()):
                    raise InputUnreadable(
                        f"'{place.name}' is an encrypted zip archive.",
                        remedy="unpack it with its password first.",
                    )
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
            else:
                archive = stack.enter_context(tarfile.open(fileobj=cast(IO[bytes], stream)))
                names = [info.name for info in archive if info.isfile()]
            if len(names) > MAX_MEMBERS:
                raise InputUnreadable(
                    f"'{place.name}' holds more than {MAX_MEMBERS:,} files.",
                    remedy="unpack it, and name the folder.",
                )
            yield archive, sorted(name for name in names if not _hidden(name))
    except _BROKEN:
        raise InputUnreadable(
            f"'{place.name}' is a damaged archive.", remedy="copy it again, whole."
        ) from None


def _hidden(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts if part != ".")


def _bounded(stream: io.BufferedIOBase, place: Place) -> bytes:
    data = stream.read(MAX_STDIN + 1)
    if len(data) > MAX_STDIN:
        raise InputUnreadable(
            f"'{place.name}' is too large to be read inside another archive.",
            remedy="unpack the outer archive, and name the folder.",
        )
    return data


@contextmanager
def _stored(place: Place) -> Iterator[io.BufferedIOBase]:
    """The bytes as they are stored, without unpacking the file itself."""
    outer, _, name = place.member.rpartition("!")
    if place.member:
        holder = Place(place.path, outer, data=place.data)
        kind = kind_of(holder)
        with _archive(holder, kind) as (archive, _), ExitStack() as stack:
            if kind == "zip":
                yield stack.enter_context(archive.open(name))
            else:
                member = archive.extractfile(name)
                if member is None:
                    raise InputUnreadable(f"'{place.name}' is no file.", remedy="unpack it first.")
                yield stack.enter_context(member)
    elif place.data is not None:
        yield io.BytesIO(place.data)
    else:
        try:
            stream = place.path.open("rb")
        except PermissionError:
            raise InputUnreadable(
                f"'{place.path}' may not be read.",
                remedy="allow this account to read it (`chmod u+r`).",
            ) from None
        with stream:
            yield stream


@contextmanager
def _unpacked(place: Place) -> Iterator[io.BufferedIOBase]:
    """The bytes, unpacked where the file is packed: its first bytes say so, not its name."""
    with _stored(place) as stored:
        stream: Any = stored if hasattr(stored, "peek") else io.BufferedReader(cast(Any, stored))
        first = stream.peek(6)[:6]
        if first[:2] == b"\x1f\x8b":
            yield gzip.GzipFile(fileobj=stream)
        elif first[:3] == b"BZh":
            yield bz2.BZ2File(stream)
        elif first == b"\xfd7zXZ\x00":
            yield lzma.LZMAFile(cast(IO[bytes], stream))  # noqa: SIM115
        elif first[:4] == b"\x28\xb5\x2f\xfd":
            if not CAN_UNZSTD:
                raise InputUnreadable(
                    f"'{place.name}' is packed with zstd.",
                    remedy="install zstandard (`pip install 'vstk[zstd]'`), or unpack it "
                    "(`zstd -d`).",
                )
            yield io.BufferedReader(Unzstd(stream), HEAD)
        else:
            yield stream


@contextmanager
def opened(place: Place) -> Iterator[io.BufferedIOBase]:
    """The text of a place as UTF-8 bytes, unpacked.

    Raises:
        Damaged: from reading the stream, where the rest of a packed file is damaged.
    """
    try:
        with _unpacked(place) as stream:
            encoding = wide_encoding(cast(Any, stream).peek(4)[:4])
            yield io.BufferedReader(Recoded(stream, encoding), HEAD) if encoding else stream
    except DAMAGE:
        raise Damaged from None
    except OSError as error:
        if error.errno is None:  # bz2 reports damage so
            raise Damaged from None
        raise


def head_of(place: Place) -> bytes:
    """The first bytes of a file, unpacked, as UTF-8.

    Raises:
        InputUnreadable: where a packed file is damaged from its beginning.
    """
    head = b""
    try:
        with opened(place) as stream:
            while len(head) < HEAD and (more := stream.read1(HEAD)):
                head += more
    except Damaged:
        if head:
            return head
        raise InputUnreadable(
            f"'{place.name}' is a damaged {_packing(place)} file.", remedy="copy it again, whole."
        ) from None
    return head


def _packing(place: Place) -> str:
    with _stored(place) as stream:
        first = stream.read(4)
    kinds = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz", b"\x28\xb5": "zstd"}
    return kinds.get(first[:2], "packed")


def kind_of(place: Place) -> Kind:
    """Whether a place holds text, an archive, a database or a Parquet table."""
    head = head_of(place)[:512]
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    return "parquet" if head.startswith(b"PAR1") else "text"


def state_of(place: Place) -> tuple[int, int]:
    """Size and time of the last change: what shows that a file has changed."""
    if place.data is not None:
        return len(place.data), 0
    found = place.path.stat()
    return found.st_size, found.st_mtime_ns
