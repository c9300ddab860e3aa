from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vstk.errors import InputUnreadable
from vstk.evaluate import Vocabulary, read

from .records import annotation, record, write


def test_titles_become_keys(tmp_path: Path, vocabulary: Vocabulary) -> None:
    file = write(
        tmp_path / "gold.jsonl",
        record("a", annotation(subjectivity=4, human_categories=["clarity and  precision"])),
    )

    (labelled,) = read(file, vocabulary)

    assert labelled.id == "a"
    assert [turn.role for turn in labelled.turns] == ["user", "assistant"]
    (labels,) = labelled.annotations
    assert labels.subjectivity == "high"
    assert labels.response_type == "mild-support"
    assert labels.ai_value == ("social/ethical-interaction",)
    assert labels.human_value == ("epistemic/clarity-and-precision",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"subjectivity": 5}, "subjectivity"),
        ({"subjectivity": True}, "subjectivity"),
        ({"task": "juggling"}, "task"),
        ({"ai_categories": ["SECRET-WORD"]}, "ai_categories"),
        ({"ai_categories": [["SECRET-WORD"]]}, "ai_categories"),
        ({"response_type": None}, "response_type"),
        ({"harmful_values": "SECRET-WORD"}, "harmful_values"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_never_quoted(
    tmp_path: Path, vocabulary: Vocabulary, changed: dict[str, Any], said: str
) -> None:
    file = write(
        tmp_path / "gold.jsonl", record("a", annotation()), record("b", annotation(**changed))
    )

    with pytest.raises(InputUnreadable) as caught:
        read(file, vocabulary)

    assert "Line 2" in caught.value.problem
    assert f"`{said}`" in caught.value.problem
    assert "SECRET-WORD" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"SECRET-WORD {\n",
        b"\xff\xfe\x00",
        b"[1]\n",
        b'{"id": "a", "messages": [], "annotations": []}\n',
        b'{"id": "a", "messages": [{"role": "SECRET-WORD", "content": ""}], "annotations": [{}]}\n',
        b'{"id": "a", "messages": ["SECRET-WORD"], "annotations": [{}]}\n',
    ],
)
def test_a_broken_file_is_refused_with_a_fix(
    tmp_path: Path, vocabulary: Vocabulary, content: bytes
) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(content)

    with pytest.raises(InputUnreadable) as caught:
        read(file, vocabulary)

    assert caught.value.remedy
    assert "SECRET-WORD" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(InputUnreadable, match="cannot be read"):
        read(tmp_path / "absent.jsonl", vocabulary)


def test_every_conversation_has_its_own_id_and_as_many_annotators(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    twice = write(tmp_path / "twice.jsonl", record("a", annotation()), record("a", annotation()))
    uneven = write(
        tmp_path / "uneven.jsonl",
        record("a", annotation()),
        record("b", annotation(), annotation()),
    )

    with pytest.raises(InputUnreadable, match="same id"):
        read(twice, vocabulary)
    with pytest.raises(InputUnreadable, match="number of annotators"):
        read(uneven, vocabulary)
