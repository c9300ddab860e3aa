"""The table of formats, and the way from files to conversations."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from vstk.errors import InputUnreadable
from vstk.readers import chat, exports, gateways, pairs, raw, rows, sharegpt, telemetry, traces
from vstk.readers.draft import Draft, Format, Unusable
from vstk.readers.folder import find
from vstk.readers.repeats import Placed, Repeats, Threads, content_id
from vstk.types import Conversation, OnReject, Reject, Source

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
"""Every format by name. Where a record fits two, the upper one is taken."""

REASONS: Mapping[str, str] = {
    "not-json": "the line or item is not JSON, or is cut off",
    "not-an-object": "it is JSON, but no object",
    "not-a-row": "a row of a table has more or fewer cells than the heading",
    "bad-encoding": "it is not UTF-8",
    "too-long": f"it is longer than {raw.MAX_RECORD // 2**20} MiB",
    "too-deep": "its objects are nested too deeply, or are millions",
    "broken-gzip": "the packed file is damaged or cut off from here on",
    "no-messages": "it lacks the field that this format keeps messages in",
    "unknown-role": "a message is by nobody we know: not user, assistant, system or tool",
    "no-text": "no message holds any text, or the log has masked it",
    "one-sided": "only one of person and assistant says anything",
    "no-chat": "a step of a program, not a call of a chat model",
    "body-elsewhere": "the log keeps the text in another file, which is not followed",
    "failed-call": "the call failed, and there is no answer",
    "duplicate": "it is a copy, or the beginning, of another record",
    "unknown-format": "a file in a folder is of no known format, and was passed over",
}
"""Why a record was rejected: the whole vocabulary, with its meaning for people."""

_SAMPLE = 50
"""Records looked at to find a file's format, at most."""


class Log(NamedTuple):
    """A file with what was found out about it."""

    path: Path
    layout: raw.Layout
    format: Format


def sniff(path: Path) -> str:
    """The name of the format that most records at the beginning of a file have.

    Raises:
        InputUnreadable: for a file that is missing, empty, binary or unknown.
    """
    return _known(path, None).format.name


def read(
    paths: Sequence[Path], *, on_reject: OnReject, format: str | None = None
) -> Iterator[Conversation]:
    """Conversations out of files and folders, one in hand at a time.

    Files are checked before the first conversation: what cannot be read at all is
    raised here, not in the middle of a run. Each is then gone through twice, the
    first time to learn which records repeat others.

    Args:
        paths: log files, and folders of them.
        on_reject: told of every record that is passed over, once.
        format: name of a format to read everything as, instead of sniffing.

    Raises:
        InputUnreadable: where a named file is unreadable, or a folder holds no log.
    """
    logs, strangers = known(paths, format)
    for path in strangers:
        on_reject(_reject(Source(file=str(path), line=1), "unknown-format"))
    return _conversations(logs, on_reject)


def known(paths: Sequence[Path], format: str | None) -> tuple[list[Log], list[Path]]:
    """The logs among the files meant, and the files in folders that are none."""
    if format is not None and format not in FORMATS:
        raise InputUnreadable(
            f"There is no format '{format}'.", remedy="use one of: " + ", ".join(FORMATS) + "."
        )
    logs: list[Log] = []
    strangers: list[Path] = []
    for found in find(paths):
        try:
            logs.append(_known(found.path, format))
        except InputUnreadable:
            # An audit that lacks a log nobody may read would look complete.
            if found.named or not os.access(found.path, os.R_OK):
                raise
            strangers.append(found.path)
    if not logs:
        raise InputUnreadable(
            f"No log of a known format was found in {', '.join(f'{str(p)!r}' for p in paths)}.",
            remedy="`vstk formats` lists what can be read.",
        )
    return logs, strangers


def _known(path: Path, format: str | None) -> Log:
    if not path.is_file():
        find([path])  # says what it is instead
        raise InputUnreadable(f"'{path}' is a folder.", remedy="name one of its files.")
    head = raw.head_of(path)
    _is_text(path, head)
    how = raw.layout(head)
    if format is not None:
        return Log(path, how, FORMATS[format])
    votes: Counter[str] = Counter()
    for item in raw.items(path, how):
        if item.record is not None:
            votes.update(name for name in FORMATS if FORMATS[name].matches(item.record))
        if item.number >= _SAMPLE:
            break
    if not votes:
        raise _unreadable(
            path,
            "is of no known format",
            "see `vstk formats`, and docs/how-to/read-another-log-format.md to bring another",
        )
    best = max(FORMATS, key=lambda name: votes[name])  # the first of equals
    return Log(path, how, FORMATS[best])


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


def _is_text(path: Path, head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _unreadable(path, "is empty", "name a log that holds conversations")
    for magic, what, remedy in _PACKED:
        if head.startswith(magic):
            raise _unreadable(path, what, remedy)
    # A crash leaves runs of NULs in a log; a binary file has them everywhere.
    if sum(b"\0" in line for line in head.split(b"\n")) * 2 > head.count(b"\n") + 1:
        raise _unreadable(path, "is a binary file", "name a text log: `vstk formats` lists them")


def _unreadable(path: Path, what: str, remedy: str) -> InputUnreadable:
    return InputUnreadable(f"'{path}' {what}.", remedy=f"{remedy}.")


def _reject(source: Source, reason: str) -> Reject:
    return Reject(source=source, step="read", reason=reason)


def _drafts(logs: Sequence[Log], on_reject: OnReject) -> Iterator[Placed]:
    for log in logs:
        for item in raw.items(log.path, log.layout):
            source = Source(file=str(log.path), line=item.number)
            if item.record is None:
                on_reject(_reject(source, item.reason))
                continue
            for record in log.format.split(item.record):
                try:
                    draft = log.format.convert(record)
                except Unusable as refusal:
                    on_reject(_reject(source, refusal.reason))
                    continue
                if draft.unit_kind == "file" and draft.user is None:
                    draft = replace(draft, user=_owner(log.path))
                yield Placed(source, draft)


def _owner(path: Path) -> str:
    """Whose a file is that is one person's: an export in numbered parts is one file."""
    path = path.resolve()
    return str(path.parent if re.fullmatch(r"conversations-\d+\.json", path.name) else path)


def _conversations(logs: Sequence[Log], on_reject: OnReject) -> Iterator[Conversation]:
    repeats = Repeats()
    for placed in _drafts(logs, _nobody):
        repeats.add(placed.draft)
    repeats.settle()

    threads = Threads()
    whole = _whole(on_reject)
    for number, placed in enumerate(_drafts(logs, on_reject)):
        if number >= len(repeats):  # the log has grown since: what came later is for another run
            break
        if repeats.repeated(number):
            on_reject(_reject(placed.source, "duplicate"))
        elif placed.draft.thread and repeats.parts(number) > 1:
            for joined in threads.add(placed, repeats.parts(number)):
                yield from whole(joined, 0)
        else:
            yield from whole(placed, 0 if placed.draft.thread else repeats.nth(number))
    for joined in threads.rest():
        yield from whole(joined, 0)


def _whole(on_reject: OnReject) -> Callable[[Placed, int], Iterator[Conversation]]:
    """A function from a draft to the conversation, if both sides speak in it."""

    def made(placed: Placed, nth: int) -> Iterator[Conversation]:
        draft = placed.draft
        if not {"user", "assistant"} <= {turn.role for turn in draft.turns}:
            on_reject(_reject(placed.source, "one-sided"))
            return
        yield Conversation(
            source=placed.source,
            id=_named(draft, nth),
            user=draft.user,
            unit_kind=draft.unit_kind,
            started_at=draft.started_at,
            turns=draft.turns,
            model=draft.model,
            team=draft.team,
        )

    return made


def _named(draft: Draft, nth: int) -> str:
    """The record's id; a number is added where one person's records share it by chance."""
    name = draft.thread or draft.id
    if name is None:
        return content_id(draft)
    return f"{name}~{nth + 1}" if nth else name


def _nobody(_: Reject) -> None:
    """The first passage counts nothing: the second tells."""
