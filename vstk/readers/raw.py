"""Bytes -> JSON values, one at a time, within bounds.

A log is somebody else's file: it can be cut off, packed, badly encoded, deeper than the
parser's stack or one line of two gigabytes. All of that ends here, as a reason code for
one record; the formats only ever see a parsed value.

Four layouts of text are told apart: a value a line (with or without a prefix of the
logger before it), one array, objects that follow each other freely (pretty-printed, or
packed without line breaks), and a table with a heading (CSV). None is held in memory
beyond the record in hand.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import orjson

from vstk.readers import tables
from vstk.readers.places import Damaged, Place, opened

MAX_RECORD = 64 * 1024 * 1024
"""A longer line or item is passed over without being held, in bytes."""

MAX_PARTS = 5_000_000
"""Brackets and commas in one record: what is empty in the file is not so in memory."""

_CHUNK = 1024 * 1024

Layout = Literal["lines", "array", "objects", "table", "aider", "sqlite", "parquet"]


class Item(NamedTuple):
    """One record of a file before it is parsed, or the reason why there is none."""

    number: int
    """1-based line, or 1-based item where the file is not made of lines."""

    data: Any
    """The bytes of a JSON value, or a row that is an object already; `None` for neither."""

    reason: str = ""


def layout(head: bytes) -> Layout:
    """How records follow each other, from the beginning of a text file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    lines = [line for line in text.split(b"\n") if line.strip()]
    if text.startswith(b"# aider chat started at"):
        return "aider"
    # The last line of the head may be cut off; it only speaks where it is the only one.
    whole = lines[:-1] or lines
    if text.startswith(b"{") and _are_packed(lines[0]):
        return "objects"
    if text.startswith(b"[") and _after_prefix(lines[0]) is None:
        # One list a line, and not one list over many lines.
        several = len(lines) > 1 and all(_is_json(line) for line in whole[:3])
        return "lines" if several else "array"
    if len(lines) == 1 or any(
        line.lstrip(b"\x1e")[:1] == b"{" and _is_json(line) for line in whole
    ):
        return "lines"
    if text.startswith(b"{"):
        return "objects"
    if any(_after_prefix(line) is not None for line in whole[:200]):
        return "lines"
    return "table" if tables.delimiter(lines[0] if lines else b"") else "lines"


def _is_json(line: bytes) -> bool:
    return line.lstrip(b" \t\r\x1e")[:1] in (b"{", b"[") and parse(line)[1] == ""


def items(place: Place, how: Layout, query: str | None = None) -> Iterator[Item]:
    """Every record of a file in order, unparsed, bad ones as reasons."""
    number = 0
    try:
        if how in ("sqlite", "parquet"):
            database = how == "sqlite"
            rows = tables.of_database(place, query) if database else tables.of_parquet(place)
            for number, row in enumerate(rows, start=1):
                yield Item(number, row)
            return
        with opened(place) as stream:
            if how == "aider":
                for number, session in tables.of_aider(lines(stream, blank=True), MAX_RECORD):
                    yield Item(number, session, "" if session else "too-long")
                return
            if how == "table":
                for number, cells, reason in tables.rows(lines(stream, blank=True), MAX_RECORD):
                    yield Item(number, cells, reason)
                return
            pieces = lines(stream) if how == "lines" else _objects(stream, int(how == "array"))
            for number, piece in pieces:
                if piece is None and number == 1:
                    break
                yield Item(number, piece, "" if piece is not None else "too-long")
            else:
                return
        # One document that is too large to hold: its inner objects one by one.
        yield Item(1, None, "too-long")
        if how != "array":
            yield from _of_large_document(place)
    except Damaged:
        yield Item(number + 1, None, "damaged-file")


def _of_large_document(place: Place) -> Iterator[Item]:
    with opened(place) as stream:
        rest = stream
        for number, piece in _objects(rest, 2):
            if piece is not None or number > 1:
                yield Item(number + 1, piece, "" if piece is not None else "too-long")


def parse(piece: bytes) -> tuple[Any, str]:
    """One JSON value, or why it is none: closed reason codes, nothing of the content."""
    if len(piece) > MAX_PARTS and sum(map(piece.count, (b"[", b"{", b","))) > MAX_PARTS:
        return None, "too-deep"
    try:
        return orjson.loads(piece), ""
    except orjson.JSONDecodeError:
        return _parse_slowly(piece)


def _parse_slowly(piece: bytes) -> tuple[Any, str]:
    """What the fast parser refuses: NaN, halves of surrogate pairs, a logger's prefix."""
    try:
        text = piece.strip(b" \t\r\n\x1e").decode("utf-8")
    except UnicodeDecodeError:
        return None, "bad-encoding"
    try:
        return json.loads(text), ""
    except RecursionError:
        return None, "too-deep"
    except ValueError:  # also what json raises for a number of thousands of digits
        inside = _after_prefix(piece)
        return (inside, "") if inside is not None else (None, "not-json")


def _after_prefix(line: bytes) -> dict[str, Any] | None:
    """The object at the end of a line that a logger has begun with its own words."""
    text = line.strip(b" \t\r\n\x1e")
    if text[:1] in (b"{", b'"', b"") or text[-1:] != b"}":
        return None
    start = -1
    for _ in range(8):  # the logger's own words may hold brackets, too
        start = text.find(b"{", start + 1)
        if start < 0 or not _WORD.search(text, 0, start):
            return None
        try:
            value = orjson.loads(text[start:])
        except orjson.JSONDecodeError:
            continue
        return value if isinstance(value, dict) else None
    return None


_WORD = re.compile(rb"[A-Za-z0-9]")


def _are_packed(line: bytes) -> bool:
    """Whether a line holds several objects without anything between them."""
    at = -1
    for _ in range(50):
        at = line.find(b"}{", at + 1)
        if at < 0:
            return False
        if parse(line[: at + 1])[1] == "":
            return True
    return False


def lines(stream: io.BufferedIOBase, *, blank: bool = False) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; `None` for one that is too long to hold. Blank ones only on demand."""
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
        elif blank or not line.isspace():
            yield number, line


_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\\n]')


def _objects(stream: io.BufferedIOBase, base: int) -> Iterator[tuple[int, bytes | None]]:
    """Values that begin with a bracket `base` levels deep, found by counting brackets.

    Why not a streaming parser: it would build an item of any size and depth. So each
    item is cut out as bytes, and meets the same limits as a line does. An item that is
    broken ends at the next line that begins as the first item did.
    """
    number = 0
    indent = None
    for start_of_line, piece in _cut(stream, base):
        if indent is None:
            indent = start_of_line
        mark = b"\n" + (indent or b"") + b"{"
        if piece is not None and mark in piece and parse(piece)[1]:
            broken = piece.split(mark)
            parts = [broken[0], *(b"{" + part.rstrip(b", \t\r\n]") for part in broken[1:])]
        else:
            parts = [piece]  # type: ignore[list-item]
        for part in parts:
            number += 1
            yield number, part


def _cut(stream: io.BufferedIOBase, base: int) -> Iterator[tuple[bytes, bytes | None]]:
    """Items with the blanks before them on their line."""
    depth = skip = 0
    inside = False  # a string
    held: bytearray | None = None  # the item in hand; None when it is too long
    blanks = b""
    lost: re.Pattern[bytes] | None = None  # where reading resumes after a broken item
    tail = b""
    while chunk := stream.read1(_CHUNK):  # not `read`: what comes before a damage counts
        if lost is not None:
            chunk, tail = tail + chunk, b""
        at, skip = skip, 0
        start = 0 if depth > base else None
        while True:
            if lost is not None:
                if not (again := lost.search(chunk, at)):
                    tail = chunk[max(at, len(chunk) - 200) :]
                    break
                at, lost, depth, inside, start = again.end() - 1, None, base, False, None
            if not (found := (_INSIDE if inside else _OUTSIDE).search(chunk, at)):
                break
            mark, at = found.group(), found.end()
            if mark == b"\\":
                at += 1
            elif mark == b'"':
                inside = not inside
            elif mark == b"\n":  # JSON has no line break inside a string: the item is broken
                if start is not None:
                    held = _grown(held, chunk[start:at])
                    yield blanks, None if held is None else bytes(held)
                held, start = None, None
                lost, at = re.compile(rb"\n" + re.escape(blanks) + rb"\{"), at - 1
            elif mark in b"{[":
                depth += 1
                if depth == base + 1:
                    start, held = found.start(), bytearray()
                    before = chunk[: found.start()]
                    if b"\n" in before[-200:]:
                        blanks = before[before.rfind(b"\n") + 1 :]
                        blanks = blanks if not blanks.strip() else b""
            else:
                depth -= 1
                if depth == base and start is not None:
                    held = _grown(held, chunk[start:at])
                    yield blanks, None if held is None else bytes(held)
                    start, held = None, None
                depth = max(depth, 0)
        skip = max(at - len(chunk), 0) if lost is None else 0
        if start is not None:
            held = _grown(held, chunk[start:])
    if depth > base and lost is None:
        yield blanks, None if held is None else bytes(held)


def _grown(held: bytearray | None, more: bytes) -> bytearray | None:
    if held is None or len(held) + len(more) > MAX_RECORD:
        return None
    held += more
    return held
