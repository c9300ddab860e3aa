"""The first pass learns what there is; the second reads what is asked for."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk import readers

from .test_repeats import chat, record, written

Read = Callable[..., Any]


@settings(deadline=None, max_examples=80)
@given(st.lists(record, min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_whatever_is_asked_for_is_what_reading_everything_gives(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], chance: random.Random
) -> None:
    log = written(tmp_path_factory.mktemp("log"), chat("q", "a", user="u9"), *records)
    index = readers.index([log])
    whole = list(index.conversations())
    known = {(one.user, one.id): one for one in index}
    asked = chance.sample(sorted(known), chance.randint(0, len(known)))

    some = list(index.conversations([known[name].number for name in asked]))

    assert [one for one in whole if (one.user, one.id) in asked] == some
    assert len(index) == len(known) == len(whole)
    for one in whole:
        indexed = known[one.user, one.id]
        assert (indexed.unit_kind, indexed.started_at) == (one.unit_kind, one.started_at)


def test_a_thread_begins_when_its_earliest_record_does(tmp_path: Path) -> None:
    log = written(
        tmp_path,
        chat("q2", "a2", conversation_id="c", timestamp="2026-07-01T08:01:00.000001Z"),
        chat("q1", "a1", conversation_id="c", timestamp="2026-06-30T23:00:00Z"),
    )

    [indexed] = readers.index([log])
    [read] = readers.index([log]).conversations()

    assert indexed.started_at == read.started_at
    assert read.started_at is not None
    assert read.started_at.month == 6


def test_an_index_of_long_conversations_is_small(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    words = " ".join(["word"] * 3_000)
    with log.open("w") as out:
        for n in range(600):
            out.write(json.dumps(chat(f"{n} {words}", "a", user=f"u{n}", id=f"c{n}")) + "\n")

    tracemalloc.start()
    index = readers.index([log])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(index) == 600
    assert held < 600 * 400


def test_records_of_several_files_and_layouts_are_found_again(read: Read, tmp_path: Path) -> None:
    for name, ids in (("a.jsonl", "abc"), ("c.jsonl", "ghi")):
        (tmp_path / name).write_text("\n".join(json.dumps(chat(i, "x", id=i)) for i in ids))
    (tmp_path / "b.json").write_text(json.dumps([chat(i, "x", id=i) for i in "def"], indent=1))
    (tmp_path / "d.csv").write_text("id,prompt,response\nj,q,a\nk,q2,a\nl,q3,a\n")
    index = readers.index([tmp_path])
    numbers = [one.number for one in index if one.id in "cdfgk"]

    assert [one.id for one in index.conversations(numbers)] == list("cdfgk")
    assert {log.format for log in index.logs} <= set(readers.FORMATS)
