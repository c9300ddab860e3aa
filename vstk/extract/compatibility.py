"""Whether heads and a naming model fit the weights, sheet, taxonomy and window of an extractor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vstk.errors import ModelUnverified, PolicyInvalid
from vstk.extract.fine_labels import Leaves
from vstk.heads import VECTORS, Heads
from vstk.sheet import Sheet
from vstk.types import Facet, RowKey

_TRAIN = "train again with `vstk models train`, or use files that were made together."


def check_heads(
    heads: Heads,
    sheet: Sheet,
    window: int,
    weights_sha256: str,
    labels: Mapping[Facet, Sequence[RowKey]],
) -> None:
    """Check that heads were trained on the features that this extractor reads.

    Args:
        heads: the heads.
        sheet: the question sheet.
        window: tokens of a conversation that are read.
        weights_sha256: hash of the model's weights.
        labels: facet -> labels of the sheet and the taxonomy.

    Raises:
        ModelUnverified: other weights, another reading, or other labels.
        PolicyInvalid: another window.
    """
    check_reading("heads", heads.meta, sheet, window, weights_sha256)
    for facet, head in heads.facets.items():
        if facet not in labels or {label.key for label in labels[facet]} != set(head.labels):
            raise ModelUnverified(
                f"The heads for {facet} have other labels than the sheet and the taxonomy.",
                remedy="use the taxonomy they were trained with, or " + _TRAIN,
            )


def check_reading(
    what: str, meta: Mapping[str, Any], sheet: Sheet, window: int, weights_sha256: str
) -> None:
    """Check a trained model's record of its training against what is read here.

    Args:
        what: the trained model in words, for messages.
        meta: the record.
        sheet, window, weights_sha256: as for `check_heads`.

    Raises:
        ModelUnverified: other weights, or another reading.
        PolicyInvalid: another window.
    """
    if meta["weights_sha256"] != weights_sha256:
        raise ModelUnverified(
            f"These weights are not those used to train the {what}.", remedy=_TRAIN
        )
    if meta["sheet"] not in {sheet.reading_hash, sheet.hash} or (
        tuple(meta["layers"]) != sheet.read.layers
    ):
        raise ModelUnverified(
            f"The sheet '{sheet.name}' has another system prompt, other probe texts or other "
            f"layers than those used to train the {what}.",
            remedy=_TRAIN,
        )
    if int(meta["window"]) != window:
        raise PolicyInvalid(
            f"The policy reads {window} tokens of a conversation; {meta['window']} were used to "
            f"train the {what}.",
            remedy=f"set `extract.window: {meta['window']}` in the policy.",
        )


def naming_position(leaves: Leaves | None, sheet: Sheet) -> tuple[int, int] | None:
    """Index of the layer and of the vector that the naming model reads; `None` without a model.

    Raises:
        ModelUnverified: the sheet does not read that layer, or there is no such vector.
    """
    if leaves is None or leaves.model is None:
        return None
    layer, vector = int(leaves.model.meta["layer"]), str(leaves.model.meta["vector"])
    if layer not in sheet.read.layers or vector not in VECTORS:
        raise ModelUnverified(
            "The naming model reads a hidden state that the sheet does not provide.", remedy=_TRAIN
        )
    return sheet.read.layers.index(layer), VECTORS.index(vector)


def uncalibrated(sheet: Sheet, heads: Heads | None) -> tuple[str, ...]:
    """A warning if some facets have neither a head nor a calibration; empty otherwise."""
    known = {*heads.facets, *heads.calibration} if heads else set()
    raw = [question.facet for question in sheet.facets if question.facet not in known]
    if not raw:
        return ()
    return (
        "No head and no calibration for " + ", ".join(raw) + ": labels follow the model's own "
        "log-odds, which is much less accurate.",
    )
