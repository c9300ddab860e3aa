"""Bytes -> JSON objects, one at a time, within bounds.

A log is an untrusted file: it can be cut off, compressed, badly encoded, nested deeper
than the parser's stack, or a single line of two gigabytes. Each of these becomes a
reason code for one record here; the formats only see parsed objects.

There are four layouts: one object per line, one array of objects, objects that
follow each other freely (pretty-printed, or without line breaks), and a table with a
heading (CSV). Only the current record is held in memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from vstk.errors import InputUnreadable

HEAD = 64 * 1024
"""How much of a file is looked at to find its format, in bytes."""

MAX_RECORD = 64 * 1024 * 1024
"""A longer line or item is passed over without being held, in bytes."""

MAX_PARTS = 5_000_000
"""Brackets and commas in one record: what is empty in the file is not so in memory."""

_CHUNK = 1024 * 1024

Layout = Literal["lines", "array", "objects", "table"]
Record = dict[str, Any]


class Item(NamedTuple):
    """One record of a file, or the reason why there is none."""

    number: int
    """1-based line, or 1-based item where the file is not made of lines."""

    record: Record | None
    reason: str = ""
    size: int = 0
    """Length in the file, in bytes; 0 where it is not known."""


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """The file's bytes, unpacked while reading where it is gzip.

    Told by its first bytes: names lie, and rotated logs are often renamed.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            if not packed:
                yield plain
                return
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield unpacked
    except PermissionError:
        raise InputUnreadable(
            f"'{path}' may not be read.", remedy="allow this account to read it (`chmod u+r`)."
        ) from None


def head_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked.

    Raises:
        InputUnreadable: where a gzip file is damaged from its beginning.
    """
    head = b""
    try:
        with opened(path) as stream:
            while len(head) < HEAD and (more := stream.read1(HEAD)):
                head += more
    except (EOFError, gzip.BadGzipFile, zlib.error):
        if head:
            return head
        raise InputUnreadable(
            f"'{path}' is a damaged gzip file.", remedy="copy it again, whole."
        ) from None
    return head


def layout(head: bytes) -> Layout:
    """How records follow each other, from the beginning of a file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return "array"
    lines = text.split(b"\n")
    # The last line of the head may be cut off; it only speaks where it is the only one.
    whole = lines[:-1] or lines
    if len(lines) == 1 or any(parse(line)[0] is not None for line in whole):
        return "lines"
    return "objects" if text.startswith(b"{") or not _delimiter(lines[0]) else "table"


def every(number: int) -> bool:
    """Wants every record."""
    return True


def items(path: Path, how: Layout, wanted: Callable[[int], bool] = every) -> Iterator[Item]:
    """The records of a file in order, bad ones as reasons.

    Args:
        path: the file.
        how: its layout.
        wanted: asked of every record's number, in ascending order, whether to parse it.
    """
    number = 0
    try:
        with opened(path) as stream:
            if how == "table":
                yield from (item for item in _rows(stream) if wanted(item.number))
                return
            pieces = _lines(stream) if how == "lines" else _objects(stream, nested=how == "array")
            for number, piece in pieces:
                if not wanted(number):
                    continue
                if piece is None:
                    yield Item(number, None, "too-long")
                    continue
                record, reason = parse(piece)
                yield Item(number, record, reason, len(piece))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield Item(number + 1, None, "broken-gzip")


def parse(piece: bytes) -> tuple[Record | None, str]:
    """One JSON object, or why it is none: closed reason codes, nothing of the content."""
    if len(piece) > MAX_PARTS and sum(map(piece.count, (b"[", b"{", b","))) > MAX_PARTS:
        return None, "too-deep"
    try:
        value = json.loads(piece.strip(b" \t\r\n\x1e").decode("utf-8"))
    except UnicodeDecodeError:
        return None, "bad-encoding"
    except RecursionError:
        return None, "too-deep"
    except ValueError:  # also what json raises for a number of thousands of digits
        return None, "not-json"
    return (value, "") if isinstance(value, dict) else (None, "not-an-object")


def _lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, bytes | None]]:
    """Lines that hold something; `None` for one that is too long to hold."""
    number = 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_RECORD and not line.endswith(b"\n"):
            line = b""
            while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _rows(stream: io.BufferedIOBase) -> Iterator[Item]:
    """The rows of a table as objects: what its heading says, and that in snake case."""
    broken = ""

    def text() -> Iterator[str]:
        nonlocal broken
        for _, line in _lines(stream):
            if line is None:
                broken = "too-long"
                continue
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                broken = "bad-encoding"
                yield line.decode("utf-8", "replace")

    lines = text()
    heading = next(lines, "")
    csv.field_size_limit(MAX_RECORD)
    mark = _delimiter(heading.encode())
    names = next(csv.reader([heading], delimiter=mark), [])
    rows = csv.reader(lines, delimiter=mark)
    number = 0
    while True:
        number += 1
        broken = ""
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Item(number, None, "too-long")
            continue
        if broken or len(cells) != len(names):
            yield Item(number, None, broken or "not-a-row")
            continue
        record: Record = {}
        for name, cell in zip(names, cells, strict=True):
            record[re.sub(r"\W+", "_", name.strip().lower())] = cell
            record[name.strip()] = cell
        yield Item(number, record, size=sum(map(len, cells)))


def _delimiter(heading: bytes) -> str:
    """What separates the columns of a table; nothing where it is no table."""
    best = max(",;\t", key=lambda mark: heading.count(mark.encode()))
    return best if best.encode() in heading else ""


_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')


def _objects(stream: io.BufferedIOBase, *, nested: bool) -> Iterator[tuple[int, bytes | None]]:
    """Values that begin with a bracket, found by counting brackets outside strings.

    Why not a streaming parser: it would build an item of any size and depth. So
    each item is cut out as bytes, and meets the same limits as a line does.
    """
    base = 1 if nested else 0
    depth = number = skip = 0
    inside = False  # a string
    held: bytearray | None = None  # the item in hand; None when it is too long
    while chunk := stream.read1(_CHUNK):  # not `read`: what comes before a damage counts
        at, skip = skip, 0
        start = 0 if depth > base else None
        while found := (_INSIDE if inside else _OUTSIDE).search(chunk, at):
            mark, at = found.group(), found.end()
            if mark == b"\\":
                at += 1
            elif mark == b'"':
                inside = not inside
            elif mark in b"{[":
                depth += 1
                if depth == base + 1:
                    start, held = found.start(), bytearray()
            else:
                depth -= 1
                if depth == base and start is not None:
                    number += 1
                    held = _grown(held, chunk[start:at])
                    yield number, None if held is None else bytes(held)
                    start, held = None, None
                depth = max(depth, 0)
        skip = max(at - len(chunk), 0)
        if start is not None:
            held = _grown(held, chunk[start:])
    if depth > base:
        yield number + 1, None if held is None else bytes(held)


def _grown(held: bytearray | None, more: bytes) -> bytearray | None:
    if held is None or len(held) + len(more) > MAX_RECORD:
        return None
    held += more
    return held
