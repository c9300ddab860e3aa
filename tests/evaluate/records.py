"""Labelled conversations for tests: a vocabulary, gold records, and a labeller that agrees."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from vstk import sheet as sheets
from vstk.evaluate import AnnotatorLabels, GoldConversation
from vstk.facets import Facets, FacetSpec, Measure
from vstk.types import Answer, Extraction, RowKey

CATEGORIES = (
    RowKey("epistemic/clarity-and-precision", "Clarity and precision"),
    RowKey("social/ethical-interaction", "Ethical interaction"),
    RowKey("personal/pleasure-and-enjoyment", "Pleasure and enjoyment"),
)
KEYS = tuple(key for key, _ in CATEGORIES)
FACETS = sheets.load("sheet-2").resolve(CATEGORIES)

POLITENESS = FacetSpec(
    key="politeness",
    kind="binary",
    labels=(RowKey("polite", "Polite"),),
    about="assistant",
    gold_field="is_polite",
    measures=(Measure(name="politeness", title="Politeness"),),
)
"""A facet that only tests have."""


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


def labels(**changed: Any) -> AnnotatorLabels:
    """What an annotator found, in keys; by default of an everyday conversation."""
    given = {
        "subjectivity": ("objective",),
        "task": ("finance",),
        "ai_value": (),
        "human_value": (),
        "response_type": ("no-values",),
        "jailbreak_attempt": (),
        "harmful_values": (),
    }
    return AnnotatorLabels(labels=given | changed)


def relabelled(record: GoldConversation, **changed: Any) -> GoldConversation:
    """The conversation with other labels by its one annotator."""
    (annotation,) = record.annotations
    return replace(record, annotations=(AnnotatorLabels(labels=dict(annotation.labels) | changed),))


def yes(flag: object) -> tuple[str, ...]:
    """Labels of a yes-or-no facet."""
    return ("yes",) if flag else ()


def perfect(
    labelled: GoldConversation, facets: Facets = FACETS, *, annotator: int = 0
) -> Extraction:
    """The extraction of a labeller that says exactly what one annotator said."""
    truth = labelled.annotations[annotator].labels
    answers = [
        Answer(facet=facet, label=key, probability=float(key in given), chosen=key in given)
        for facet, given in truth.items()
        for key in (facets[facet].keys if facets[facet].kind == "binary" else given)
    ]
    return Extraction(key=labelled.id, unit_id="", answers=tuple(answers), seen_share=1.0, tokens=1)
