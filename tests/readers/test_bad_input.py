"""Somebody else's files: cut off, packed, deep, long, binary, and never quoted."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk import readers
from vstk.errors import InputUnreadable
from vstk.readers import raw

Read = Callable[..., Any]


def chat(name: str, *texts: str, **fields: Any) -> dict[str, Any]:
    sides = ("user", "assistant")
    messages = [{"role": sides[n % 2], "content": text} for n, text in enumerate(texts)]
    return {"id": name, "messages": messages, **fields}


GOOD = json.dumps(chat("good", "q", "a")).encode()
SECRET = "Wilhelmina"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not-json"),
        (GOOD[:-10], "not-json"),
        (GOOD.replace(b"q", b"\0"), "not-json"),
        (b"\0" * 300, "not-json"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not-json"),
        (GOOD.replace(b'"q"', b'"\xff\xfe"'), "bad-encoding"),
        (GOOD.replace(b'"q"', b'"\xed\xa0\x80"'), "bad-encoding"),
        (b'"text"', "not-an-object"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too-deep"),
        (b'{"a": [' + b"[]," * 2_600_000 + b"[]]}", "too-deep"),
        (b'{"messages": "none"}', "no-messages"),
        (b'{"messages": [1, 2]}', "no-messages"),
        (b'{"messages": [{"content": "by nobody"}]}', "unknown-role"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_a_broken_line_is_counted_and_the_lines_around_it_are_read(
    read: Read, tmp_path: Path, line: bytes, reason: str
) -> None:
    log = tmp_path / "log.jsonl"
    other = json.dumps(chat("other", "q2", "a2")).encode()
    log.write_bytes(GOOD + b"\n" + line + b"\n" + other + b"\n")

    conversations, rejects = read(log)

    assert [c.id for c in conversations] == ["good", "other"]
    assert [(r.source.line, r.reason) for r in rejects] == [(2, reason)]


def test_a_line_that_is_too_long_is_passed_over_without_being_held(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MAX_RECORD", 10_000)
    log = tmp_path / "log.jsonl"
    long = json.dumps(chat("long", "q" * 10_000_000, "a")).encode()
    log.write_bytes(GOOD + b"\n" + long + b"\n" + GOOD.replace(b"good", b"last"))

    tracemalloc.start()
    conversations, rejects = read(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [c.id for c in conversations] == ["good", "last"]
    assert [(r.source.line, r.reason) for r in rejects] == [(2, "too-long")]
    assert peak < 5_000_000


def test_an_item_of_an_array_meets_the_same_limits_as_a_line(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MAX_RECORD", 10_000)
    log = tmp_path / "log.json"
    deep = b'{"a":' * 1_500 + b"1" + b"}" * 1_500
    long = json.dumps(chat("long", "q" * 3_000_000, "a")).encode()
    log.write_bytes(b"[" + b",\n".join([GOOD, deep, long, GOOD.replace(b"good", b"last")]) + b"]")

    conversations, rejects = read(log)

    assert [c.id for c in conversations] == ["good", "last"]
    assert [(r.source.line, r.reason) for r in rejects] == [(2, "too-deep"), (3, "too-long")]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("cut", [0, 1, 40])
def test_an_array_that_is_cut_off_gives_what_came_before(
    read: Read, tmp_path: Path, indent: int | None, cut: int
) -> None:
    log = tmp_path / "log.json"
    records = [chat(str(n), f'q {{"[{n}\\', "a") for n in range(5)]
    whole = json.dumps(records, indent=indent)
    log.write_text(whole[: len(whole) - cut])

    conversations, rejects = read(log)

    assert [c.id for c in conversations] == [str(n) for n in range(4 if cut == 40 else 5)]
    assert [r.reason for r in rejects] == (["not-json"] if cut == 40 else [])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text(alphabet='ab"\\{}[]\n', min_size=1).filter(str.strip), min_size=1, max_size=4),
    st.sampled_from([None, 0, 3]),
    st.integers(1, 40),
)
def test_items_are_found_wherever_the_chunks_end(
    read: Read,
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    indent: int | None,
    chunk: int,
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.json"
    records = [chat(str(n), text, "a") for n, text in enumerate(texts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "_CHUNK", chunk)
        for written in (
            json.dumps(records, indent=indent),
            "\n".join(json.dumps(record, indent=indent) for record in records),
        ):
            log.write_text(written)

            conversations, rejects = read(log)

            assert [c.turns[0].text for c in conversations] == texts
            assert rejects == []


@pytest.mark.parametrize("kept", [0.3, 0.99])
def test_a_packed_log_that_is_cut_off_gives_what_came_before(
    read: Read, tmp_path: Path, kept: float
) -> None:
    log = tmp_path / "log.jsonl.gz"
    lines = [json.dumps(chat(str(n), os.urandom(30).hex(), "a")) for n in range(1_500)]
    packed = gzip.compress("\n".join(lines).encode())
    log.write_bytes(packed[: int(len(packed) * kept)])

    conversations, rejects = read(log)

    assert 0 < len(conversations) < 1_500
    assert {r.reason for r in rejects} <= {"damaged-file", "not-json"}
    assert rejects[-1].reason == "damaged-file"


def test_a_gzip_bomb_is_a_rejected_line(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MAX_RECORD", 100_000)
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(GOOD + b"\n" + b" " * 20_000_000 + b"{"))

    tracemalloc.start()
    conversations, rejects = read(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [c.id for c in conversations] == ["good"]
    assert [r.reason for r in rejects] == ["too-long"]
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("blank.jsonl", b" \n\n\t\n", "is empty"),
        ("packed-empty.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("binary.jsonl", bytes(range(256)) * 100, "is a binary file"),
        ("rows.parquet", b"PAR1" + b"\0" * 100, "is damaged"),
        ("base.db", b"SQLite format 3\0" + b"\0" * 100, "cannot be read"),
        ("export.zip", b"PK\x03\x04" + b"\0" * 100, "is a damaged archive"),
        ("log.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 100, "is a damaged zstd file"),
        ("log.bz2", b"BZh9" + b"\xff" * 100, "is a damaged bzip2 file"),
        ("log.xz", b"\xfd7zXZ\0" + b"\xff" * 100, "is a damaged xz file"),
        ("damaged.gz", b"\x1f\x8b" + b"\0" * 40, "is a damaged gzip file"),
        ("words.txt", f"Dear {SECRET}, hello.\n".encode() * 9, "is of no known format"),
        ("other.json", json.dumps({"secret": SECRET}).encode(), "is of no known format"),
        ("numbers.json", b"[1, 2, 3]", "is of no known format"),
    ],
)
def test_a_file_that_is_no_log_is_named_with_a_way_out(
    read: Read, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    log = tmp_path / name
    log.write_bytes(content)

    with pytest.raises(InputUnreadable) as caught:
        read(log)

    assert caught.value.exit_code == 3
    assert says in caught.value.problem
    assert name in caught.value.problem
    assert len(caught.value.remedy) > 10
    assert SECRET not in str(caught.value)


def test_what_is_missing_or_no_file_is_said_before_anything_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for path, says in ((tmp_path / "nowhere", "There is no"), (pipe, "neither a file nor")):
        with pytest.raises(InputUnreadable, match=says):
            readers.read([path], on_reject=pytest.fail)
    with pytest.raises(InputUnreadable, match="is a folder"):
        readers.sniff(tmp_path)
    with pytest.raises(InputUnreadable, match="No log of a known format"):
        readers.read([tmp_path / "."], on_reject=lambda _: None)
    with pytest.raises(InputUnreadable, match="no format 'morse'"):
        readers.read([tmp_path], on_reject=pytest.fail, format="morse")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_in_a_folder_that_may_not_be_read_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(GOOD)
    closed = tmp_path / "b.jsonl"
    closed.write_bytes(GOOD)
    closed.chmod(0)

    with pytest.raises(InputUnreadable, match="may not be read"):
        readers.read([tmp_path], on_reject=pytest.fail)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400))
def test_no_bytes_whatsoever_break_the_reading(
    read: Read, tmp_path_factory: pytest.TempPathFactory, noise: bytes
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.write_bytes(GOOD + b"\n" + noise)

    try:
        conversations, _ = read(log)
    except InputUnreadable:
        return
    assert conversations[0].id == "good"


WORDS = """
role content messages conversations conversation from value request response body choices message
delta input output type text user id metadata timestamp prompt user_id model status_code items
refusal created system chunks custom_id mapping current_node parent author parts chat_messages
sender attributes events name gen_ai.input.messages gen_ai.prompt.0.content resourceSpans
scopeSpans spans key inputs outputs run_type generations kwargs extra inputBodyJson
outputBodyJson modelId requestMetadata contentBlockDelta call_type llm.input_messages
"""
FIELDS = WORDS.split()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=60)
@given(
    json_values.filter(lambda value: isinstance(value, dict)),
    st.sampled_from(sorted(readers.FORMATS)),
)
def test_no_object_whatsoever_breaks_a_format(
    read: Read, tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any], format: str
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.write_text(json.dumps(record))

    conversations, rejects = read(log, format=format)

    assert len(conversations) + len(rejects) >= 1
    assert {reject.reason for reject in rejects} <= set(readers.REASONS)
    for conversation in conversations:
        assert all(isinstance(turn.text, str) and turn.text.encode() for turn in conversation.turns)
