"""What is known of the labeller's quality: a result of `vstk evaluate`, kept next to the heads.

It comes from public labelled conversations that the heads were not trained on,
so it costs no budget; the report prints it, and the release corrects with it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vstk.evaluate import EvaluationResult
from vstk.pipeline.evaluate import DECIDING
from vstk.pipeline.instrument import Instrument
from vstk.release import Spec, TableSpec
from vstk.types import Confusion, Quality

FEWEST = 30
"""Labelled conversations that have a label, and that do not, needed for a correction."""

LEAST_GAIN = 0.5
"""What sensitivity + specificity - 1 must be, with 95 % confidence, for a correction."""

_Z = 1.645
"""Standard deviations of a one-sided 95 % bound."""


@dataclass(frozen=True, slots=True)
class QualityDocument:
    """The evaluation of this very instrument."""

    result: EvaluationResult
    hash: str
    """SHA-256 of the file."""

    @property
    def quality(self) -> Quality:
        """The figures as a release and its report hold them."""
        return self.result.quality

    @property
    def raw(self) -> bool:
        """Whether the text was not scrubbed when it was measured; an audit labels none such."""
        return self.result.text == "raw"


def quality(measured: Instrument) -> QualityDocument | None:
    """The quality of these weights with these heads, this sheet and this taxonomy, if known.

    Raises:
        InputUnreadable: the document next to the heads is not the result of an evaluation.
    """
    if measured.heads is None:
        return None
    path = measured.heads.with_suffix(".quality.json")
    if not path.is_file():
        return None
    data = path.read_bytes()
    result = EvaluationResult.from_json(data, path.name)
    if any(measured.settings[name] != result.instrument.get(name) for name in DECIDING):
        return None
    return QualityDocument(result, hashlib.sha256(data).hexdigest())


def correctable(judged: QualityDocument, specs: Sequence[Spec]) -> dict[str, dict[str, Confusion]]:
    """Tables whose label error can be corrected: per key how the labeller did.

    A table is corrected as a whole or not at all, and only where every row's
    errors are known well enough. Where they are not, dividing by a small and
    uncertain rate would publish the uncertainty as a finding.
    """
    known = _measured(judged, specs)
    return {name: _rounded(rows) for name, rows in known.items() if _all_known_well(rows)}


def uncorrectable(
    judged: QualityDocument, specs: Sequence[Spec]
) -> dict[str, dict[str, Confusion]]:
    """Tables whose label error was measured for every row, and is too uncertain to correct.

    Their intervals reach as far as those errors may have led.
    """
    known = _measured(judged, specs)
    return {name: _rounded(rows) for name, rows in known.items() if not _all_known_well(rows)}


def _measured(judged: QualityDocument, specs: Sequence[Spec]) -> dict[str, dict[str, Confusion]]:
    """Per table and row the confusion, where every row has one."""
    found: dict[str, dict[str, Confusion]] = {}
    for spec in specs:
        # A vote shared among labels is no label, and has no confusion of its own.
        if not isinstance(spec, TableSpec) or spec.shared:
            continue
        rows = {
            key: confusion
            for key, _ in spec.keys
            if (confusion := _confusion(judged.result, spec, key)) is not None
        }
        if len(rows) == len(spec.keys):
            found[spec.name] = rows
    return found


def _confusion(result: EvaluationResult, spec: TableSpec, key: str) -> Confusion | None:
    if spec.facet:
        return result.confusions.get(spec.facet, {}).get(key)
    # Rows of a table of several facets are facets, each with one label.
    labels = result.confusions.get(key, {})
    return next(iter(labels.values())) if len(labels) == 1 else None


def _rounded(rows: Mapping[str, Confusion]) -> dict[str, Confusion]:
    """Whole counts: means over two annotators may end in a half."""
    return {
        key: Confusion(
            true_positives=round(one.true_positives),
            false_negatives=round(one.false_negatives),
            false_positives=round(one.false_positives),
            true_negatives=round(one.true_negatives),
        )
        for key, one in rows.items()
    }


def _all_known_well(rows: Mapping[str, Confusion]) -> bool:
    return all(_is_known_well(one) for one in rows.values())


def _is_known_well(one: Confusion) -> bool:
    """Enough labelled conversations of either kind, and a labeller that is mostly right."""
    positives = one.true_positives + one.false_negatives
    negatives = one.true_negatives + one.false_positives
    if min(positives, negatives) < FEWEST:
        return False
    sensitivity = one.true_positives / positives
    specificity = one.true_negatives / negatives
    variance = (
        sensitivity * (1 - sensitivity) / positives + specificity * (1 - specificity) / negatives
    )
    return sensitivity + specificity - 1 - _Z * math.sqrt(variance) >= LEAST_GAIN
