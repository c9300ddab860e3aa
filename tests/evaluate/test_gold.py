from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vstk.errors import InputUnreadable
from vstk.evaluate import read
from vstk.facets import Facets

from .records import FACETS, POLITENESS, annotation, record, write


def test_titles_become_keys(tmp_path: Path) -> None:
    file = write(
        tmp_path / "gold.jsonl",
        record("a", annotation(subjectivity=4, human_categories=["clarity and  precision"])),
    )

    (labelled,) = read(file, FACETS)

    assert labelled.id == "a"
    assert [turn.role for turn in labelled.turns] == ["user", "assistant"]
    (found,) = labelled.annotations
    assert found.labels == {
        "subjectivity": ("high",),
        "task": ("chit-chat",),
        "ai_value": ("social/ethical-interaction",),
        "human_value": ("epistemic/clarity-and-precision",),
        "response_type": ("mild-support",),
        "jailbreak_attempt": (),
        "harmful_values": (),
    }
    assert found.words == {"ai_value": ("warmth",), "human_value": ()}


def test_keys_are_read_as_titles_are(tmp_path: Path) -> None:
    changed = {"response_type": "mild-support", "ai_categories": ["social/ethical-interaction"]}

    by_key = read(write(tmp_path / "keys.jsonl", record("a", annotation(**changed))), FACETS)

    assert by_key == read(write(tmp_path / "titles.jsonl", record("a", annotation())), FACETS)


def test_a_facet_is_known_from_the_sheet_alone(tmp_path: Path) -> None:
    file = write(
        tmp_path / "gold.jsonl",
        record("a", {"is_polite": True}),
        record("b", {"is_polite": False}),
    )

    records = read(file, Facets((*FACETS.values(), POLITENESS)))

    assert [one.annotations[0].labels for one in records] == [
        {"politeness": ("polite",)},
        {"politeness": ()},
    ]


def test_a_facet_that_no_annotation_has_is_left_out(tmp_path: Path) -> None:
    unanswered = {k: v for k, v in annotation().items() if k != "response_type"}
    file = write(tmp_path / "gold.jsonl", record("a", unanswered), record("b", unanswered))

    assert all("response_type" not in one.annotations[0].labels for one in read(file, FACETS))


def test_a_field_that_only_some_annotations_have_is_an_error(tmp_path: Path) -> None:
    unanswered = {k: v for k, v in annotation().items() if k != "response_type"}
    file = write(tmp_path / "gold.jsonl", record("a", annotation()), record("b", unanswered))

    with pytest.raises(InputUnreadable, match=r"Line 2 .* lacks `response_type`"):
        read(file, FACETS)


def test_a_file_without_any_label_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "gold.jsonl", record("a", {"mood": "SECRET-WORD"}))

    with pytest.raises(InputUnreadable) as caught:
        read(file, FACETS)

    assert "ai_categories" in caught.value.remedy
    assert "SECRET-WORD" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "named"),
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
    tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    file = write(
        tmp_path / "gold.jsonl", record("a", annotation()), record("b", annotation(**changed))
    )

    with pytest.raises(InputUnreadable) as caught:
        read(file, FACETS)

    assert "Line 2" in caught.value.problem
    assert f"`{named}`" in caught.value.problem
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
def test_a_broken_file_is_refused_with_a_fix(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(content)

    with pytest.raises(InputUnreadable) as caught:
        read(file, FACETS)

    assert caught.value.remedy
    assert "SECRET-WORD" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="cannot be read"):
        read(tmp_path / "absent.jsonl", FACETS)


def test_every_conversation_has_its_own_id_and_as_many_annotators(tmp_path: Path) -> None:
    twice = write(tmp_path / "twice.jsonl", record("a", annotation()), record("a", annotation()))
    uneven = write(
        tmp_path / "uneven.jsonl",
        record("a", annotation()),
        record("b", annotation(), annotation()),
    )

    with pytest.raises(InputUnreadable, match="same id"):
        read(twice, FACETS)
    with pytest.raises(InputUnreadable, match="number of annotators"):
        read(uneven, FACETS)
