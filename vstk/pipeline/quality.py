"""What is known of the labeller's quality: a result of `vstk evaluate`, kept beside the heads.

It comes from public labelled conversations that the heads were not trained on,
so it costs no budget; the report prints it, and the release corrects with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vstk.pipeline.measuring import Instrument
from vstk.release import Confusion, Spec, TableSpec
from vstk.types import Quality

_COUNTS = ("true_positives", "false_negatives", "false_positives", "true_negatives")


@dataclass(frozen=True, slots=True)
class Judged:
    """A quality document that is about this very instrument."""

    quality: Quality
    confusions: Mapping[str, Mapping[str, Any]]
    hash: str


def quality(measured: Instrument) -> Judged | None:
    """The quality of these weights with these heads and this sheet, where it is known."""
    if measured.heads is None:
        return None
    path = measured.heads.with_suffix(".quality.json")
    if not path.is_file():
        return None
    data = path.read_bytes()
    document = json.loads(data)
    about = document.get("instrument", {})
    if any(measured.settings[name] != about.get(name) for name in ("model", "heads", "sheet")):
        return None
    return Judged(
        Quality(
            source=document["source"],
            conversations=document["conversations"],
            features=document["features"],
            annotators=document["annotators"],
        ),
        document["confusions"],
        hashlib.sha256(data).hexdigest(),
    )


def confusions(judged: Judged, specs: Sequence[Spec]) -> dict[str, dict[str, Confusion]]:
    """Per table and key how the labeller did, for rows that a facet's labels decide."""
    found: dict[str, dict[str, Confusion]] = {}
    for spec in specs:
        if not isinstance(spec, TableSpec):
            continue
        for key, _ in spec.keys:
            facet, label = (spec.facet, key) if spec.facet else (key, "yes")
            counts = judged.confusions.get(facet, {}).get(label)
            if counts is not None:
                # Means over two annotators may end in a half.
                found.setdefault(spec.name, {})[key] = Confusion(
                    **{name: round(counts[name]) for name in _COUNTS}
                )
    return found
