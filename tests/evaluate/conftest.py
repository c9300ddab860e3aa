"""Fixtures for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from vstk.evaluate import GoldConversation, read

from .records import FACETS, annotation, record, write


@pytest.fixture
def two(tmp_path: Path) -> list[GoldConversation]:
    """Four conversations, two annotators who differ in places."""
    file = write(
        tmp_path / "gold.jsonl",
        record("a", annotation(), annotation()),
        record(
            "b",
            annotation(subjectivity=1, task="finance", response_type="no values", ai_categories=[]),
            annotation(subjectivity=2, task="finance", response_type="no values", ai_categories=[]),
        ),
        record(
            "c",
            annotation(harmful_values=True, jailbreak_attempt=True, response_type="reframing"),
            annotation(harmful_values=True, jailbreak_attempt=True, response_type="reframing"),
        ),
        record(
            "d",
            annotation(ai_categories=["Clarity and precision"], response_type="strong resistance"),
            annotation(
                ai_categories=["Clarity and precision", "Pleasure and enjoyment"],
                response_type="mild resistance",
            ),
        ),
    )
    return read(file, FACETS)
