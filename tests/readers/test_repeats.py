"""One conversation is counted once, and nobody's log changes anybody else's."""

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

from vstk.readers import log_index

Read = Callable[..., Any]


def chat(*texts: str, **fields: Any) -> dict[str, Any]:
    sides = ("user", "assistant")
    messages = [{"role": sides[n % 2], "content": text} for n, text in enumerate(texts)]
    return {"messages": messages, **fields}


def written(path: Path, *records: dict[str, Any]) -> Path:
    log = path / "log.jsonl"
    log.write_text("".join(json.dumps(record) + "\n" for record in records))
    return log


def told(conversations: list[Any]) -> list[list[str]]:
    return [[turn.text for turn in c.turns] for c in conversations]


def test_of_a_history_that_grows_with_every_call_the_longest_is_kept(
    read: Read, tmp_path: Path
) -> None:
    log = written(
        tmp_path,
        chat("q1", id="r1", user="u"),
        chat("q1", "a1", id="r2", user="u"),
        chat("q1", "a1", "q2", "a2", id="r3", user="u"),
        chat("q1", "a1", "q2", "a2", "q3", "a3", id="r4", user="u"),
    )

    conversations, rejects = read(log)

    assert [c.id for c in conversations] == ["r4"]
    assert [r.reason for r in rejects] == ["duplicate"] * 3


def test_a_system_prompt_that_changes_with_every_call_does_not_hide_the_repeat(
    read: Read, tmp_path: Path
) -> None:
    def call(time: str, *texts: str) -> dict[str, Any]:
        record = chat(*texts)
        record["messages"].insert(0, {"role": "system", "content": f"It is {time}."})
        return record

    log = written(tmp_path, call("8:00", "q1", "a1"), call("8:05", "q1", "a1", "q2", "a2"))

    conversations, _ = read(log)

    assert len(conversations) == 1


def test_two_branches_of_one_beginning_both_count(read: Read, tmp_path: Path) -> None:
    log = written(tmp_path, chat("q", "a", "x", "b"), chat("q", "a"), chat("q", "a", "y", "b"))

    conversations, _ = read(log)

    assert told(conversations) == [["q", "a", "x", "b"], ["q", "a", "y", "b"]]


def test_the_same_words_of_two_people_count_twice(read: Read, tmp_path: Path) -> None:
    log = written(
        tmp_path,
        chat("hi", "hello", user="u1"),
        chat("hi", "hello", user="u2"),
        chat("hi", "hello", "bye", "bye", user="u3"),
        chat("hi", "hello", user="u2"),
    )

    conversations, rejects = read(log)

    assert [c.user for c in conversations] == ["u1", "u2", "u3"]
    assert len({c.id for c in conversations}) == 3
    assert [r.source.line for r in rejects] == [4]


def test_exchanges_that_share_a_conversation_id_become_one_conversation(
    read: Read, tmp_path: Path
) -> None:
    log = written(
        tmp_path,
        chat("q1", "a1", conversation_id="c1", user="u1", timestamp="2026-07-01T08:00:00Z"),
        chat("other", "a", conversation_id="c2", user="u1"),
        chat("q3", "a3", conversation_id="c1", user="u1", timestamp="2026-07-01T08:02:00Z"),
        chat("q2", "a2", conversation_id="c1", user="u1", timestamp="2026-07-01T08:01:00Z"),
        chat("stranger", "a", conversation_id="c1", user="u2"),
    )

    conversations, rejects = read(log)

    assert sorted(told(conversations)) == [
        ["other", "a"],
        ["q1", "a1", "q2", "a2", "q3", "a3"],
        ["stranger", "a"],
    ]
    assert rejects == []


def test_a_window_that_slides_over_a_history_is_put_together(read: Read, tmp_path: Path) -> None:
    log = written(
        tmp_path,
        chat("q1", "a1", "q2", "a2", session_id="s"),
        chat("q2", "a2", "q3", "a3", session_id="s"),
        chat("q3", "a3", "q4", "a4", session_id="s"),
    )

    conversations, _ = read(log)

    assert told(conversations) == [["q1", "a1", "q2", "a2", "q3", "a3", "q4", "a4"]]


def test_question_and_answer_on_lines_of_their_own_are_two_sided_together(
    read: Read, tmp_path: Path
) -> None:
    answer = {"messages": [{"role": "assistant", "content": "a"}], "thread_id": "t"}
    log = written(tmp_path, chat("q", thread_id="t"), answer)

    conversations, rejects = read(log)

    assert told(conversations) == [["q", "a"]]
    assert rejects == []


def test_row_numbers_that_repeat_by_chance_do_not_lose_a_conversation(
    read: Read, tmp_path: Path
) -> None:
    log = written(tmp_path, chat("x", "a", id=0), chat("y", "a", id=0), chat("z", "a", id=1))

    conversations, _ = read(log)

    assert [c.id for c in conversations] == ["0", "0~2", "1"]


def test_threads_too_long_to_hold_together_are_read_one_after_the_other(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_index, "MAX_HELD", 3)
    log = written(
        tmp_path,
        chat("q1", "a1", session_id="s"),
        chat("p1", "b1", session_id="t"),
        chat("q2", "a2", session_id="s"),
        chat("p2", "b2", session_id="t"),
    )

    conversations, rejects = read(log)

    assert sorted(told(conversations)) == [["p1", "b1", "p2", "b2"], ["q1", "a1", "q2", "a2"]]
    assert rejects == []


person = st.sampled_from(["u1", "u2", "u3"])
record = st.builds(
    lambda user, name, thread, texts: chat(
        *texts, user=user, **({"conversation_id": name} if thread else {"id": name})
    ),
    person,
    st.sampled_from(["a", "b"]),
    st.booleans(),
    st.lists(st.sampled_from("xy"), min_size=1, max_size=4),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(record, max_size=12))
def test_what_is_read_of_a_person_does_not_depend_on_the_others(
    read: Read, tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    filler = chat("q", "a", user="nobody-else")

    together, _ = read(written(folder, filler, *records))
    alone, _ = read(written(folder, filler, *(r for r in records if r["user"] == "u1")))

    def of_u1(conversations: list[Any]) -> list[tuple[str, list[str]]]:
        return [(c.id, [t.text for t in c.turns]) for c in conversations if c.user == "u1"]

    assert of_u1(together) == of_u1(alone)


@settings(deadline=None, max_examples=60)
@given(st.lists(record, min_size=1, max_size=12))
def test_no_two_conversations_of_a_person_have_one_id(
    read: Read, tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
) -> None:
    conversations, _ = read(written(tmp_path_factory.mktemp("log"), *records))

    assert len({(c.user, c.id) for c in conversations}) == len(conversations)


def test_a_long_log_is_not_held_in_memory(tmp_path: Path) -> None:
    from vstk import readers

    log = tmp_path / "log.jsonl"
    words = random.Random(3).choices(["ab", "cd", "efg", "hi", "jklm"], k=4_000)
    with log.open("w") as out:
        for n in range(800):
            out.write(json.dumps(chat(f"{n} " + " ".join(words), "a", user=f"u{n}")) + "\n")
    size = log.stat().st_size

    tracemalloc.start()
    count = sum(1 for _ in readers.read([log], on_reject=pytest.fail))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 800
    assert size > 10_000_000
    assert peak < size / 5
