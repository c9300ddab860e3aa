"""What is known of the labeller's quality: a result of `vstk evaluate`, kept beside the heads.

It comes from public labelled conversations that the heads were not trained on,
so it costs no budget; the report prints it, and the release corrects with it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vstk.pipeline.instrument import Instrument
from vstk.release import Confusion, Spec, TableSpec
from vstk.types import Quality

_COUNTS = ("true_positives", "false_negatives", "false_positives", "true_negatives")

FEWEST = 30
"""Labelled conversations that have a label, and that have it not, for a correction."""

LEAST_GAIN = 0.5
"""What sensitivity + specificity - 1 must be, with 95 % confidence, for a correction."""


@dataclass(frozen=True, slots=True)
class QualityDocument:
    """A quality document that is about this very instrument."""

    quality: Quality
    confusions: Mapping[str, Mapping[str, Any]]
    hash: str
    raw: bool = False
    """Whether it was measured on text that was not scrubbed; an audit labels none such."""


def quality(measured: Instrument) -> QualityDocument | None:
    """The quality of these weights with these heads, this sheet and this taxonomy, if known."""
    if measured.heads is None:
        return None
    path = measured.heads.with_suffix(".quality.json")
    if not path.is_file():
        return None
    data = path.read_bytes()
    document = json.loads(data)
    about = document.get("instrument", {})
    parts = ("model", "heads", "sheet", "taxonomy")
    if any(measured.settings[name] != about.get(name) for name in parts):
        return None
    return QualityDocument(
        Quality(
            source=document["source"],
            conversations=document["conversations"],
            features=document["features"],
            annotators=document["annotators"],
        ),
        document["confusions"],
        hashlib.sha256(data).hexdigest(),
        document.get("text") == "raw",
    )


def correctable(judged: QualityDocument, specs: Sequence[Spec]) -> dict[str, dict[str, Confusion]]:
    """Tables whose label error can be corrected: per key how the labeller did.

    A table is corrected as a whole or not at all, and only where every row's
    errors are known well enough. Where they are not, dividing by a small and
    uncertain rate would publish the uncertainty as a finding.
    """
    known = _measured(judged, specs)
    return {name: _rows(rows) for name, rows in known.items() if _all_known_well(rows)}


def uncorrectable(
    judged: QualityDocument, specs: Sequence[Spec]
) -> dict[str, dict[str, Confusion]]:
    """Tables whose label error was measured for every row, and is too uncertain to correct.

    Their intervals reach as far as those errors may have led.
    """
    known = _measured(judged, specs)
    return {name: _rows(rows) for name, rows in known.items() if not _all_known_well(rows)}


def _measured(
    judged: QualityDocument, specs: Sequence[Spec]
) -> dict[str, dict[str, Mapping[str, float]]]:
    found: dict[str, dict[str, Mapping[str, float]]] = {}
    for spec in specs:
        # A vote shared among labels is no label, and has no confusion of its own.
        if not isinstance(spec, TableSpec) or spec.shared:
            continue
        rows: dict[str, Mapping[str, float]] = {}
        for key, _ in spec.keys:
            facet, label = (spec.facet, key) if spec.facet else (key, "yes")
            counts = judged.confusions.get(facet, {}).get(label)
            if counts is not None:
                rows[key] = counts
        if len(rows) == len(spec.keys):
            found[spec.name] = rows
    return found


def _rows(rows: Mapping[str, Mapping[str, float]]) -> dict[str, Confusion]:
    # Means over two annotators may end in a half.
    return {
        key: Confusion(**{name: round(counts[name]) for name in _COUNTS})
        for key, counts in rows.items()
    }


def _all_known_well(rows: Mapping[str, Mapping[str, float]]) -> bool:
    return all(_is_known_well(counts) for counts in rows.values())


def _is_known_well(counts: Mapping[str, float]) -> bool:
    """Enough labelled conversations of either kind, and a labeller that is mostly right."""
    true = counts["true_positives"] + counts["false_negatives"]
    false = counts["true_negatives"] + counts["false_positives"]
    if min(true, false) < FEWEST:
        return False
    sensitivity = counts["true_positives"] / true
    specificity = counts["true_negatives"] / false
    spread = sensitivity * (1 - sensitivity) / true + specificity * (1 - specificity) / false
    return sensitivity + specificity - 1 - 1.645 * math.sqrt(spread) >= LEAST_GAIN
