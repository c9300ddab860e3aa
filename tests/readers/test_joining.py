"""Which records are one conversation, by what each of them is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.readers.shapes import A2, AT, Q2, A, Q, lines, write

Read = Callable[..., Any]
LATER = {"timestamp": "2026-07-05T08:00:00Z"}


def call(minute: int, *messages: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {"user": "u", "timestamp": AT.format(minute), "messages": list(messages), **fields}


def turn(n: int) -> tuple[dict[str, str], dict[str, str]]:
    return {"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}


def joined(read: Read, folder: Path, *records: Any) -> list[str]:
    conversations, _ = read(write(folder, "log.jsonl", lines(*records)))
    return sorted("".join(t.role[0] for t in c.turns) for c in conversations)


RAG = {"role": "user", "content": "Context:\n- a page\n\nQuestion: Does it float?"}
CLOCK = [{"role": "system", "content": f"It is 08:0{n}."} for n in range(2)]


@pytest.mark.parametrize(
    ("records", "roles"),
    [
        pytest.param([call(0, Q, A), call(1, Q, A, Q2, A2)], ["uaua"], id="growing history"),
        pytest.param([call(1, Q, A, Q2, A2), call(0, Q, A)], ["uaua"], id="newest first"),
        pytest.param(
            [call(0, Q, A), call(1, Q, A, Q2, A2) | LATER], ["ua", "uaua"], id="days apart"
        ),
        pytest.param([call(0, Q, A, id="x"), call(5, Q, A, id="y")], ["ua", "ua"], id="two ids"),
        pytest.param([call(0, Q, A, id="x"), call(0, Q, A, id="x")], ["ua"], id="one id"),
        pytest.param(
            [call(0, Q, A, id="x"), call(1, Q, A, id="y"), call(2, Q, A, Q2, A2, id="z")],
            ["uaua"],
            id="asked again",
        ),
        pytest.param(
            [call(n, *turn(n), *turn(n + 1)) for n in range(4)], ["ua" * 5], id="sliding window"
        ),
        pytest.param(
            [call(n, CLOCK[n], *turn(n), *turn(n + 1), session_id="s") for n in range(2)],
            ["s" + "ua" * 3],
            id="clock in the system prompt",
        ),
        pytest.param(
            [call(0, RAG, A, session_id="s"), call(1, Q, A, Q2, A2, session_id="s")],
            ["uaua"],
            id="retrieved page before the newest question",
        ),
        pytest.param(
            [
                call(0, Q, A, *turn(1), session_id="s"),
                call(1, Q, A, *turn(2), session_id="s"),
            ],
            ["uaua"],
            id="edited question",
        ),
        pytest.param(
            [call(n, *turn(1), session_id="s") for n in range(2)],
            ["uaua"],
            id="the same short exchange twice",
        ),
        pytest.param(
            [
                {"session_id": "s", "role": r, "text": t, "created_at": AT.format(n)}
                for n, (r, t) in enumerate([("user", "ok"), ("bot", "Next?")] * 3)
            ],
            ["uauaua"],
            id="short messages in rows",
        ),
        pytest.param(
            [{"messages": [Q, A]}, {"messages": [Q, A]}], ["ua", "ua"], id="nobody's copies"
        ),
        pytest.param(
            [{"messages": [Q, A]}, {"messages": [Q, A, Q2, A2]}], ["uaua"], id="nobody's history"
        ),
        pytest.param(
            [{"id": 1, "messages": [Q, A]}, {"id": 2, "messages": [Q, A, Q2, A2]}],
            ["ua", "uaua"],
            id="nobody's chats that begin alike",
        ),
        pytest.param(
            [
                {
                    "request": {"input": "q", "user": "u"},
                    "response": {"id": "r1", "object": "response", "output_text": "a"},
                },
                {
                    "request": {"input": "q2", "user": "u", "previous_response_id": "r1"},
                    "response": {"id": "r2", "object": "response", "output_text": "a2"},
                },
            ],
            ["uaua"],
            id="chained responses",
        ),
        pytest.param(
            [
                {
                    "user_id": "u",
                    "turns": [{"question": "q", "answer": "a"}, {"question": "q2", "answer": "a2"}],
                }
            ],
            ["uaua"],
            id="exchanges in a list",
        ),
        pytest.param(
            [
                {"session_id": "s", "user_id": "u", "question": "q", "answer": "a", "history": []},
                {
                    "session_id": "s",
                    "user_id": "u",
                    "question": "q2",
                    "answer": "a2",
                    "history": [["q", "a"]],
                },
            ],
            ["uaua"],
            id="history beside an exchange",
        ),
    ],
)
def test_records_are_joined_by_what_they_are(
    read: Read, tmp_path: Path, records: list[Any], roles: list[str]
) -> None:
    assert joined(read, tmp_path, *records) == roles


def step(name: str, kind: str, asked: Any, answered: Any, **fields: Any) -> dict[str, Any]:
    base = {"id": name, "traceId": "t", "type": kind, "startTime": AT.format(1)}
    return base | {"input": asked, "output": answered, **fields}


def test_steps_of_a_program_are_no_conversations(read: Read, tmp_path: Path) -> None:
    trace = {
        "id": "t",
        "userId": "u",
        "sessionId": "s",
        "input": "Does it float?",
        "output": "It floats.",
    }
    steps = [
        step("1", "GENERATION", [{"role": "user", "content": "Write a title: ..."}], "Boats"),
        step("2", "RETRIEVER", "float", "a page"),
        step("3", "GENERATION", [{"role": "system", "content": "Be brief."}, Q], A),
    ]

    conversations, rejects = read(write(tmp_path, "log.jsonl", lines(trace, *steps)))

    assert [[t.text for t in c.turns] for c in conversations] == [
        ["Be brief.", "Does it float?", "It floats."]
    ]
    assert sorted(r.reason for r in rejects) == ["duplicate", "no-chat", "no-chat"]
    assert conversations[0].user == "u"


def test_a_trace_without_a_call_counts_by_its_own_input_and_output(
    read: Read, tmp_path: Path
) -> None:
    trace = {
        "id": "t",
        "userId": "u",
        "sessionId": "s",
        "input": "Does it float?",
        "output": "It floats.",
    }

    assert joined(read, tmp_path, trace, step("2", "SPAN", "x", "y")) == ["ua"]
