"""What stands around records: logger's words, pages, archives, other encodings, copies."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
import zstandard
from pyarrow import parquet

from tests.readers.shapes import A, Q, chat, lines, shape, write
from vstk import readers
from vstk.errors import InputUnreadable
from vstk.readers import raw

Read = Callable[..., Any]
TWO = (["ua", "ua"], {"account": 2}, 2)
ONE, OTHER = chat("one"), chat("other")
AS_TEXT, AS_TEXT_2 = json.dumps(ONE), json.dumps(OTHER)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.json", json.dumps({"data": [ONE, OTHER], "meta": {"page": 1}})),
        ("any-name.json", json.dumps({"post": [ONE, OTHER]})),
        ("hits.json", json.dumps({"hits": {"hits": [{"_source": ONE}, {"_source": OTHER}]}})),
        ("keyed.json", json.dumps({"a": ONE, "b": OTHER}, indent=1)),
        ("docker.jsonl", lines({"log": AS_TEXT + "\n"}, {"log": AS_TEXT_2, "stream": "stdout"})),
        ("gcp.jsonl", lines({"jsonPayload": ONE}, {"jsonPayload": OTHER, "insertId": "x"})),
        (
            "cloudwatch.json",
            json.dumps({"logEvents": [{"message": AS_TEXT}, {"message": AS_TEXT_2}]}),
        ),
        ("logger.log", f"[2026-07-01 08:00:00] INFO: {AS_TEXT}\n2026-07-01 INFO x - {AS_TEXT_2}\n"),
        (
            "syslog.log",
            f'<34>1 2026 host app 1 - [x@1 a="b"] {AS_TEXT}\n<34>1 2026 h a {AS_TEXT_2}\n',
        ),
        ("packed.json", AS_TEXT + AS_TEXT_2),
        ("sequence.json", f"\x1e{AS_TEXT}\n\x1e{AS_TEXT_2}\n"),
        ("utf16.jsonl", f"{AS_TEXT}\n{AS_TEXT_2}".encode("utf-16")),
        ("utf16.json", json.dumps([ONE, OTHER]).encode("utf-16-le")),
        ("log.bz2", bz2.compress(lines(ONE, OTHER))),
        ("log.xz", lzma.compress(lines(ONE, OTHER))),
        ("log.zst", zstandard.compress(lines(ONE)) + zstandard.compress(lines(OTHER))),
        ("late.jsonl", lines(*({"level": "info", "n": n} for n in range(200)), ONE, OTHER)),
        ("nan.jsonl", lines(ONE | {"score": float("nan")}, OTHER)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_records_are_found_in_what_stands_around_them(
    read: Read, tmp_path: Path, name: str, content: bytes | str
) -> None:
    assert shape(read, write(tmp_path, name, content)) == TWO


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def test_archives_are_read_with_what_is_packed_inside_them(read: Read, tmp_path: Path) -> None:
    inside = zipped(a_jsonl=lines(ONE), b_gz=gzip.compress(lines(OTHER)), notes_txt=b"hello")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("logs/inner.zip")
        entry.size = len(inside)
        archive.addfile(entry, io.BytesIO(inside))

    assert shape(read, write(tmp_path, "logs.zip", inside)) == TWO
    assert shape(read, write(tmp_path, "logs.tgz", out.getvalue())) == TWO


def test_what_is_twice_in_a_folder_packed_and_plain_counts_once(read: Read, tmp_path: Path) -> None:
    log = lines(ONE, {"user_id": "u-9", "prompt": "p?", "response": "r."}, [Q, A])
    write(tmp_path, "a/log.jsonl", log)
    write(tmp_path, "b/log.jsonl.gz", gzip.compress(log))
    write(tmp_path, "c.zip", zipped(log_jsonl=log))

    assert shape(read, tmp_path) == (["ua"] * 3, {"account": 2, "none": 1}, 2)


def test_rows_of_parquet_and_of_a_database_are_records(read: Read, tmp_path: Path) -> None:
    table = {"chat_id": ["c"] * 2, "user_id": ["u"] * 2, "role": ["user", "assistant"]}
    parquet.write_table(arrow.table(table | {"content": ["q", "a"]}), tmp_path / "log.parquet")
    with sqlite3.connect(tmp_path / "log.db") as base:
        base.execute("create table said (room, who, side, words)")
        base.executemany(
            "insert into said values ('r', 'u', ?, ?)", [("visitor", "q"), ("helper", "a")]
        )

    assert shape(read, tmp_path / "log.parquet") == (["ua"], {"account": 1}, 1)
    words = [
        "thread=room,person=who,role=side,text=words",
        "user_role=visitor",
        "assistant_role=helper",
    ]
    form = readers.mapped(readers.read_map(words))
    options = readers.Options(forced=form, query="select * from said order by rowid")
    assert shape(read, tmp_path / "log.db", options=options) == (["ua"], {"account": 1}, 1)


def test_patterns_links_and_standard_input_are_read(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "far/one.jsonl", lines(ONE))
    write(tmp_path, "near/other.jsonl", lines(OTHER))
    (tmp_path / "near" / "linked").symlink_to(tmp_path / "far")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(ONE, OTHER))))

    assert shape(read, tmp_path / "near") == TWO
    assert shape(read, Path(f"{tmp_path}/*/*.jsonl")) == TWO
    assert shape(read, Path("-")) == TWO


def test_one_broken_item_or_quote_costs_itself_alone(read: Read, tmp_path: Path) -> None:
    items = [json.dumps(chat(str(n))) for n in range(30)]
    broken_text = [*items[:3], '{"id": "cut off,', *items[3:]]
    broken_object = [*items[:3], '{"id": "x", "messages": [{"role": "user"', *items[3:]]
    rows = [f"u-{n},Question {n}?,Answer {n}." for n in range(30)]
    rows[1] = 'u-1,"What is 5"" wide?,Five inches.'
    rows[20] = 'u-20,"Two, or\nthree?",Two.'

    for name, parts in (("a.json", broken_text), ("b.json", broken_object)):
        log = write(tmp_path, name, "[\n" + ",\n".join(parts) + "\n]")
        conversations, rejects = read(log)
        assert len(conversations) == 30
        assert [(r.source.line, r.reason) for r in rejects] == [(4, "not-json")]
    table = write(tmp_path, "c.csv", "user_id,prompt,response\n" + "\n".join(rows))
    conversations, rejects = read(table)
    assert len(conversations) == 29
    assert [(r.source.line, r.reason) for r in rejects] == [(2, "not-a-row")]


def test_a_document_that_is_too_large_to_hold_is_read_object_by_object(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MAX_RECORD", 2_000)
    log = write(tmp_path, "page.json", json.dumps({"data": [chat(str(n)) for n in range(40)]}))

    conversations, rejects = read(log)

    assert len(conversations) == 40
    assert [r.reason for r in rejects] == ["too-long"]


def test_a_log_that_changes_after_it_was_indexed_stops_the_run(tmp_path: Path) -> None:
    log = write(tmp_path, "log.jsonl", lines(ONE, OTHER))
    for changed in (lines(ONE), lines(OTHER, ONE), lines(OTHER, ONE, OTHER)):
        write(tmp_path, "log.jsonl", lines(ONE, OTHER))
        found = readers.index([log])
        write(tmp_path, "log.jsonl", changed)
        os.utime(log, (1, 1))
        with pytest.raises(InputUnreadable, match="has changed"):
            list(found.conversations())


def test_a_log_that_grows_after_it_was_indexed_is_read_as_far_as_it_was(tmp_path: Path) -> None:
    log = write(tmp_path, "log.jsonl", lines(ONE))
    found = readers.index([log])
    with log.open("ab") as more:
        more.write(lines(OTHER))

    assert [c.id for c in found.conversations()] == ["one"]


def test_only_the_chosen_conversations_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write(tmp_path, "log.jsonl", lines(*(chat(str(n)) for n in range(20))))
    found = readers.index([log])
    parsed: list[bytes] = []
    parse = raw.parse
    monkeypatch.setattr(raw, "parse", lambda data: (parsed.append(data), parse(data))[1])

    assert [c.id for c in found.conversations([3, 7])] == ["3", "7"]
    assert len(parsed) == 2
