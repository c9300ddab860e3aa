"""What an operator is told about a log before anything is spent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vstk import readers
from vstk.types import UnitKind


def chat(question: str, **fields: Any) -> str:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": "a"}]
    return json.dumps({"messages": messages, **fields})


def test_a_survey_counts_what_an_audit_would_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        "\n".join(
            [
                chat("q1", user="u1", timestamp="2026-07-03"),
                chat("q2", user="u1", timestamp="2026-09-30T23:59:59Z"),
                chat("q2", user="u1"),
                chat("q3", user="u2"),
                "{",
            ]
        )
    )
    (tmp_path / "b.txt").write_text("no log")

    survey = readers.survey([tmp_path])

    assert [(f.path.name, f.format, f.conversations) for f in survey.files] == [
        ("a.jsonl", "openai-chat", 3),
        ("b.txt", None, 0),
    ]
    assert survey.turns == 6
    assert survey.rejects == {"duplicate": 1, "not-json": 1, "unknown-format": 1}
    assert survey.ids_by_kind == {"account": 2}
    assert (survey.first, survey.last) == (
        datetime(2026, 7, 3, tzinfo=UTC),
        datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([chat("q", user="u"), chat("r", user_id=7)], "account"),
        ([chat("q", user="u"), chat("r", api_key_hash="k")], "api_key"),
        ([chat("q", user="u"), chat("r", hashed_ip="i")], "ip_hash"),
        ([chat("q", user="u"), chat("r")], "none"),
        ([chat("q", user={"id": "u"}, hashed_ip="i")], "account"),
        ([chat("q", user="Anonymous", metadata={"user_id": " "})], "none"),
        ([chat("q", user=True, user_id=["u"])], "none"),
    ],
)
def test_a_log_supports_no_more_than_its_weakest_id(
    tmp_path: Path, lines: list[str], kind: UnitKind
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines))

    assert readers.survey([log]).unit_kind == kind


def test_a_survey_quotes_nothing_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(chat("Ask Wilhelmina", user="wilhelmina@example.org") + "\n{ Wilhelmina")

    assert "ilhelmina" not in repr(readers.survey([log]))


def test_the_parts_of_one_export_are_one_person(tmp_path: Path) -> None:
    def export(folder: str, name: str, question: str) -> None:
        node = {"author": {"role": "user"}, "content": {"parts": [question]}}
        answer = {"author": {"role": "assistant"}, "content": {"parts": ["a"]}}
        mapping = {"q": {"message": node}, "a": {"message": answer, "parent": "q"}}
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(
            json.dumps([{"id": question, "current_node": "a", "mapping": mapping}])
        )

    export("one", "conversations-000.json", "q1")
    export("one", "conversations-001.json", "q2")
    export("two", "conversations.json", "q3")

    survey = readers.survey([tmp_path])

    assert survey.unit_kind == "file"
    assert survey.ids_by_kind == {"file": 2}
