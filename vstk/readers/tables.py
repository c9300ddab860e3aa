"""Tables as rows: CSV, SQLite and Parquet. A row is an object of heading -> cell."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from vstk.errors import InputUnreadable
from vstk.readers.places import Place, opened

Row = dict[str, Any]

_LOOK_AHEAD = 64 * 1024
"""How far one stray quote may reach after others have been found in the file, in bytes."""


def delimiter(heading: bytes) -> str:
    """What separates the columns of a table; nothing where it is no table."""
    best = max(",;\t|", key=lambda mark: heading.count(mark.encode()))
    return best if best.encode() in heading else ""


def rows(
    lines: Iterable[tuple[int, bytes | None]], most: int
) -> Iterator[tuple[int, Row | None, str]]:
    """The rows of a CSV table with their numbers, or the reason why a row is none.

    A quote that is opened and never closed costs its own row: reading resumes at the
    next line. Text that is not UTF-8 is read as Windows-1252, as spreadsheets write it.

    Args:
        lines: the numbered lines of the file; `None` for one that was too long.
        most: the longest row that is held, in bytes.
    """
    source = iter(lines)
    csv.field_size_limit(most)
    _, first = next(source, (0, b""))
    if first is not None and first.lstrip()[:4].lower() == b"sep=":  # a hint for spreadsheets
        _, first = next(source, (0, b""))
    heading = _text(first or b"")
    mark = delimiter(heading.encode())
    names = [name.strip() for name in _cells(heading, mark) or []]
    waiting: list[str | None] = []
    reach = most
    number = 0

    def ahead() -> Iterator[str | None]:
        """The next lines, kept so that they can be read again."""
        for _, line in source:
            waiting.append(None if line is None else _text(line))
            yield waiting[-1]

    while True:
        if not waiting and next(ahead(), "end") == "end":
            return
        number += 1
        text = waiting.pop(0)
        if text is not None and not text.strip():
            number -= 1
            continue
        if text is None:
            yield number, None, "too-long"
            continue
        cells = _cells(text, mark)
        if cells is None or len(cells) != len(names):
            whole, used = _longer(text, mark, len(names), waiting, ahead(), reach)
            if whole is None:
                reach = max(reach // 2, _LOOK_AHEAD)
                yield number, None, "not-a-row"
                continue
            del waiting[:used]
            cells = whole
        yield number, dict(zip(names, cells, strict=True)), ""


def _longer(
    text: str,
    mark: str,
    width: int,
    known: list[str | None],
    more: Iterator[str | None],
    reach: int,
) -> tuple[list[str] | None, int]:
    """The row that goes on over the following lines, and how many of them it takes."""
    used = 0
    parts = [text]
    quotes = text.count('"')
    size = len(text)
    if not quotes:
        return None, 0
    while size <= reach:
        line = known[used] if used < len(known) else next(more, None)
        if line is None:
            return None, 0
        used += 1
        parts.append(line)
        size += len(line)
        if line.count('"'):
            quotes += line.count('"')
            if quotes % 2 == 0:
                cells = _cells("".join(parts), mark)
                return (cells, used) if cells and len(cells) == width else (None, 0)
    return None, 0


def _cells(text: str, mark: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=mark or ",", strict=True))
    except (csv.Error, StopIteration):
        return None


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def of_database(place: Place, query: str | None = None) -> Iterator[Row]:
    """The rows of a SQLite database: of a query, or of all tables that are not empty.

    A row of a table carries the table's name as `_table`.

    Raises:
        InputUnreadable: the file is damaged, is inside an archive, or the query fails.
    """
    if place.member or place.data is not None:
        raise InputUnreadable(
            f"'{place.name}' is a database inside an archive.",
            remedy="unpack it, and name the database itself.",
        )
    address = place.path.resolve().as_uri() + "?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            base.text_factory = lambda data: data.decode("utf-8", "replace")
            if query is not None:
                yield from _records(base.execute(query), None)
                return
            for table in _tables(base):
                quoted = '"' + table.replace('"', '""') + '"'
                yield from _records(base.execute(f"select * from {quoted}"), table)
    except sqlite3.Error as error:
        raise InputUnreadable(
            f"The database '{place.name}' cannot be read ({type(error).__name__}).",
            remedy="check it with `sqlite3 FILE 'pragma integrity_check'`, and the query.",
        ) from None


def _tables(base: sqlite3.Connection) -> list[str]:
    found = base.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' "
        "and sql not like 'create virtual%' order by name"
    )
    return [str(name) for (name,) in found]


def _records(cursor: sqlite3.Cursor, table: str | None) -> Iterator[Row]:
    names = [str(column[0]) for column in cursor.description or ()]
    about = {} if table is None else {"_table": table}
    for row in cursor:
        cells = (None if isinstance(cell, bytes) else cell for cell in row)
        yield about | dict(zip(names, cells, strict=True))


def of_parquet(place: Place) -> Iterator[Row]:
    """The rows of a Parquet file, read in batches.

    Raises:
        InputUnreadable: pyarrow is not installed, or the file is damaged.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise InputUnreadable(
            f"'{place.name}' is a Parquet file.",
            remedy="install pyarrow (`pip install 'vstk[parquet]'`), or write its rows as "
            "JSON lines.",
        ) from None
    try:
        if place.member or place.data is not None:
            with opened(place) as stream:
                source: Any = arrow.BufferReader(stream.read())
        else:
            source = str(place.path)
        with parquet.ParquetFile(source) as table:
            for batch in table.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (arrow.ArrowException, OSError, UnicodeDecodeError):
        raise InputUnreadable(
            f"The Parquet file '{place.name}' is damaged.", remedy="copy it again, whole."
        ) from None


_AIDER = b"# aider chat started at "


def of_aider(
    lines: Iterable[tuple[int, bytes | None]], most: int
) -> Iterator[tuple[int, Row | None]]:
    """The sessions in aider's chat history: `####` begins what the person says, `>` a line of
    the program, and the rest is the model's.

    Args:
        lines: the numbered lines of the file; `None` for one that was too long.
        most: the longest session that is held, in bytes.
    """
    number = size = begun = 0
    session: Row | None = None
    for number, line in lines:
        if line is not None and line.startswith(_AIDER):
            if begun:
                yield begun, session
            started = _text(line[len(_AIDER) :]).strip()
            session, size, begun = {"aider": started, "messages": []}, 0, number
        elif session is None or line is None or line.startswith(b">"):
            continue
        elif (size := size + len(line)) > most:
            session = None
        else:
            text = _text(line)
            side = "user" if text.startswith("#### ") else "assistant"
            messages = session["messages"]
            if not messages or (messages[-1]["role"] != side and text.strip()):
                messages.append({"role": side, "content": ""})
            messages[-1]["content"] += text.removeprefix("#### ")
    if begun:
        yield begun, session
