"""Made-up labelled conversations, and a labeller that repeats what an annotator said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vstk.evaluate import GoldConversation
from vstk.types import Answer, Extraction, RowKey

CATEGORIES = (
    RowKey("epistemic/clarity-and-precision", "Clarity and precision"),
    RowKey("social/ethical-interaction", "Ethical interaction"),
    RowKey("personal/pleasure-and-enjoyment", "Pleasure and enjoyment"),
)
KEYS = tuple(key for key, _ in CATEGORIES)


def annotation(**changed: Any) -> dict[str, Any]:
    return {
        "subjectivity": 3,
        "task": "chit-chat",
        "ai_values": ["warmth"],
        "ai_categories": ["Ethical interaction"],
        "human_values": [],
        "human_categories": [],
        "response_type": "mild support",
        "jailbreak_attempt": False,
        "harmful_values": False,
        "confidence": 3,
    } | changed


def record(name: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    messages = [
        {"role": "user", "content": f"A made-up question of {name}."},
        {"role": "assistant", "content": "A made-up answer."},
    ]
    return {"id": name, "messages": messages, "annotations": list(annotations)}


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


def perfect(labelled: GoldConversation, *, annotator: int = 0) -> Extraction:
    """The extraction of a labeller that says exactly what one annotator said."""
    truth = labelled.annotations[annotator]
    one = [
        ("subjectivity", truth.subjectivity),
        ("task", truth.task),
        ("response_type", truth.response_type),
        *(("ai_value", key) for key in truth.ai_value),
        *(("human_value", key) for key in truth.human_value),
    ]
    answers = [Answer(facet=f, label=label, probability=1.0, chosen=True) for f, label in one]
    for facet in ("jailbreak_attempt", "harmful_values"):
        flag = bool(getattr(truth, facet))
        answers.append(Answer(facet=facet, label="yes", probability=float(flag), chosen=flag))
    return Extraction(key=labelled.id, unit_id="", answers=tuple(answers), seen_share=1.0, tokens=1)
