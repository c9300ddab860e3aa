"""The table of formats, and which format a file is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vstk.errors import InputUnreadable
from vstk.readers import chat, exports, gateways, pairs, raw, rows, sharegpt, telemetry, traces
from vstk.readers.draft import Format
from vstk.readers.folder import find

FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        exports.CHATGPT,
        exports.CLAUDE,
        telemetry.SPANS,
        traces.LANGSMITH,
        gateways.BEDROCK,
        gateways.LITELLM,
        rows.WILDCHAT,
        rows.LMSYS,
        sharegpt.SHAREGPT,
        pairs.PAIRS,
        traces.LANGFUSE,
        chat.ANTHROPIC,
        chat.CHAT,
        pairs.PROMPTS,
    )
}
"""Every format by name. Where a record matches two, the upper one is used."""

REASONS: Mapping[str, str] = {
    "not-json": "the line or item is not JSON, or is cut off",
    "not-an-object": "it is JSON, but not an object",
    "not-a-row": "a row of a table has more or fewer cells than the heading",
    "bad-encoding": "it is not UTF-8",
    "too-long": f"it is longer than {raw.MAX_RECORD // 2**20} MiB",
    "too-deep": "its objects are nested too deeply, or it has millions of them",
    "broken-gzip": "the compressed file is damaged or cut off from here on",
    "no-messages": "it has no messages where this format keeps them",
    "unknown-role": "the author of a message is not user, assistant, system or tool",
    "no-text": "no message has text, or the log has masked it",
    "one-sided": "only the person or only the assistant says anything",
    "no-chat": "a step of a program, not a call of a chat model",
    "body-elsewhere": "the log keeps the text in another file, which is not read",
    "failed-call": "the call failed, and there is no answer",
    "duplicate": "it is a copy, or the beginning, of another record",
    "unknown-format": "a file in a folder is of no known format and was skipped",
}
"""Reason code of a rejected record -> what it means, for people. No other code exists."""

SNIFFED = 50
"""Records at the beginning of a file that decide its format."""


class Log(NamedTuple):
    """A file that holds conversations, and how to read it."""

    path: Path
    layout: raw.Layout
    format: Format


def sniff(path: Path) -> str:
    """The name of the format of most records at the beginning of a file.

    Raises:
        InputUnreadable: the file is missing, empty, binary or of no known format.
    """
    votes: Counter[str] = Counter()
    for item in raw.items(path, layout_of(path)):
        votes.update(matching(item))
        if item.number >= SNIFFED:
            break
    return most_frequent(path, votes).name


def matching(item: raw.Item) -> Iterator[str]:
    """Names of the formats that a record looks like."""
    if item.record is not None:
        for name, format in FORMATS.items():
            if format.matches(item.record):
                yield name


def most_frequent(path: Path, votes: Mapping[str, int]) -> Format:
    """The format of most records; of equals, the upper one in the table.

    Raises:
        InputUnreadable: no record is of a known format.
    """
    best = max(FORMATS, key=lambda name: votes.get(name, 0))
    if not votes.get(best):
        raise _unreadable(
            path,
            "is of no known format",
            "see `vstk formats`, and docs/how-to/read-another-log-format.md to add another",
        )
    return FORMATS[best]


def named(format: str) -> Format:
    """The format of this name.

    Raises:
        InputUnreadable: there is none.
    """
    if format not in FORMATS:
        raise InputUnreadable(
            f"There is no format '{format}'.", remedy="use one of: " + ", ".join(FORMATS) + "."
        )
    return FORMATS[format]


def layout_of(path: Path) -> raw.Layout:
    """How records follow each other in a file, from its first bytes.

    Raises:
        InputUnreadable: the file is missing, a folder, empty, packed or binary.
    """
    if not path.is_file():
        find([path])  # raises for a path that is missing or neither file nor folder
        raise InputUnreadable(f"'{path}' is a folder.", remedy="name one of its files.")
    head = raw.head_of(path)
    _check_text(path, head)
    return raw.layout(head)


_PACKED: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "is a zip archive", "unpack it (`unzip`), then name what was in it"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd", "unpack it first (`zstd -d`)"),
    (b"BZh", "is packed with bzip2", "unpack it first (`bunzip2`)"),
    (b"\xfd7zXZ", "is packed with xz", "unpack it first (`unxz`)"),
    (b"PAR1", "is a Parquet file", "write its rows as JSON lines first"),
    (b"SQLite format 3", "is a database", "export the conversations as JSON lines first"),
    (b"\xff\xfe", "is not UTF-8", "convert it (`iconv -f UTF-16 -t UTF-8`)"),
    (b"\xfe\xff", "is not UTF-8", "convert it (`iconv -f UTF-16 -t UTF-8`)"),
)


def _check_text(path: Path, head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _unreadable(path, "is empty", "name a log that holds conversations")
    for magic, what, remedy in _PACKED:
        if head.startswith(magic):
            raise _unreadable(path, what, remedy)
    # A crash leaves runs of NULs in a log; a binary file has NULs in most lines.
    if sum(b"\0" in line for line in head.split(b"\n")) * 2 > head.count(b"\n") + 1:
        raise _unreadable(path, "is a binary file", "name a text log: `vstk formats` lists them")


def _unreadable(path: Path, what: str, remedy: str) -> InputUnreadable:
    return InputUnreadable(f"'{path}' {what}.", remedy=f"{remedy}.")
