"""Whose a conversation is: the right field, the whole trace, never a session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.readers.shapes import A2, Q2, A, Q, lines, shape, write

Read = Callable[..., Any]
UUID = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("fields", "person", "kind"),
    [
        ({"UserId": "u"}, "u", "account"),
        ({"user": {"id": "u", "name": "x"}}, "u", "account"),
        ({"user": {"name": "X", "email": "X@Example.org"}}, "x@example.org", "account"),
        ({"user": {"$oid": "77"}}, "77", "account"),
        ({"email": "x@example.org"}, "x@example.org", "account"),
        ({"user_id": 4711.0}, "4711", "account"),
        ({"user_id": "4711.0"}, "4711", "account"),
        ({"user": "service", "end_user": "u"}, "u", "account"),
        ({"user_api_key_user_id": "owner", "metadata": {"user_id": "u"}}, "u", "account"),
        (
            {"metadata": {"user_id": json.dumps({"account_uuid": UUID, "session_id": "s"})}},
            UUID,
            "account",
        ),
        (
            {"metadata": {"user_id": f"user_{'a' * 64}_account_{UUID}_session_{UUID}"}},
            UUID,
            "account",
        ),
        ({"user": "s-1", "session_id": "s-1"}, None, "none"),
        ({"user": "anonymous", "api_key": "k"}, "k", "api_key"),
        ({"user_id": "NaN", "ClientIp": "192.0.2.1"}, "192.0.2.1", "ip_hash"),
        ({"user_id": 1e300}, None, "none"),
        ({"user_id": "00000000-0000-0000-0000-000000000000"}, None, "none"),
        ({"session_id": "s-1"}, None, "none"),
    ],
)
def test_the_person_is_found_where_logs_keep_it(
    read: Read, tmp_path: Path, fields: dict[str, Any], person: str | None, kind: str
) -> None:
    log = write(tmp_path, "log.jsonl", lines({"messages": [Q, A], **fields}))

    conversations, _ = read(log)

    assert [(c.user, c.unit_kind) for c in conversations] == [(person, kind)]


def test_a_person_who_is_named_once_in_a_thread_has_the_whole_thread(
    read: Read, tmp_path: Path
) -> None:
    first = {"session_id": "s", "user": "u-1", "messages": [Q, A]}
    log = write(tmp_path, "log.jsonl", lines(first, {"session_id": "s", "messages": [Q2, A2]}))

    assert shape(read, log) == (["uaua"], {"account": 1}, 1)


def test_of_several_people_in_a_thread_each_has_what_follows_them(
    read: Read, tmp_path: Path
) -> None:
    rows = [
        ("u-1", "user", "q1"),
        (None, "assistant", "a1"),
        ("u-2", "user", "q2"),
        (None, "assistant", "a2"),
    ]
    records = [{"thread_id": "t", "user_id": u, "role": r, "content": c} for u, r, c in rows]

    conversations, _ = read(write(tmp_path, "log.jsonl", lines(*records)))

    assert [(c.user, [t.text for t in c.turns]) for c in conversations] == [
        ("u-1", ["q1", "a1"]),
        ("u-2", ["q2", "a2"]),
    ]


def span(trace: str, name: str, **attributes: str) -> dict[str, Any]:
    return {"traceId": trace, "spanId": name, "attributes": attributes}


def test_the_person_of_a_trace_stands_on_any_of_its_spans_also_in_a_shared_session(
    read: Read, tmp_path: Path
) -> None:
    spans = []
    for n in (1, 2):
        call = {"gen_ai.operation.name": "chat", "gen_ai.prompt": f"q{n}", "gen_ai.completion": "a"}
        # The call ends, and is written, before the request that it is part of.
        spans += [span(f"t{n}", f"c{n}", **call)]
        spans += [span(f"t{n}", f"r{n}", **{"user.id": f"u-{n}", "session.id": "shared"})]

    conversations, rejects = read(write(tmp_path, "log.jsonl", lines(*spans)))

    assert sorted((c.user, c.turns[0].text) for c in conversations) == [
        ("u-1", "q1"),
        ("u-2", "q2"),
    ]
    assert {r.reason for r in rejects} == {"no-chat"}


def test_who_wrote_the_answer_is_not_the_person(read: Read, tmp_path: Path) -> None:
    rows = [("user", "u-1", "q"), ("assistant", "bot-7", "a")]
    records = [{"chat_id": "c", "role": r, "user_id": u, "text": t} for r, u, t in rows]

    conversations, _ = read(write(tmp_path, "log.jsonl", lines(*records)))

    assert [c.user for c in conversations] == ["u-1"]


def test_two_exports_of_one_account_are_one_person_and_the_later_version_counts(
    read: Read, tmp_path: Path
) -> None:
    def export(folder: str, *texts: str) -> None:
        mapping: dict[str, Any] = {}
        for n, text in enumerate(texts):
            message = {
                "author": {"role": ("user", "assistant")[n % 2]},
                "content": {"parts": [text]},
            }
            mapping[str(n)] = {"message": message, "parent": str(n - 1)}
        record = {"id": "c", "conversation_id": "c", "current_node": str(n), "mapping": mapping}
        write(tmp_path, f"{folder}/conversations.json", json.dumps([record]))
        write(
            tmp_path, f"{folder}/user.json", json.dumps({"id": "user-1", "email": "x@example.org"})
        )

    export("june", "q", "a")
    export("july", "q", "a", "q2", "a2")

    assert shape(read, tmp_path) == (["uaua"], {"account": 1}, 1)


def test_sessions_in_one_home_folder_are_one_person(read: Read, tmp_path: Path) -> None:
    for n in (1, 2):
        record = {"sessionId": f"s{n}", "parentUuid": None, "timestamp": "2026-07-01T08:00:00Z"}
        pair = (
            record | {"type": "user", "message": Q},
            record | {"type": "assistant", "message": A},
        )
        write(tmp_path, f"home/.claude/projects/p{n}/s{n}.jsonl", lines(*pair))

    paths = sorted(tmp_path.glob("home/.claude/projects/*/*.jsonl"))
    assert shape(read, *paths) == (["ua", "ua"], {"file": 2}, 1)
