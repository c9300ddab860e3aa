"""Heads: small models, linear in the hidden states of a trunk and in products of them.

A heads file is a NumPy archive (`models/heads/NAME.npz`) without pickled
objects. Its arrays:

    meta                  UTF-8 bytes of a JSON object, keys below
    blocks                int32 [n, 2]: (index into `layers`, vector 0..5), in order
    mean, scale           float32 [n * width]: x = (features[blocks] - mean) / scale,
                          each block then drawn to length sqrt(width)
    paired                int32 [p]: indexes into `blocks`, whose quadratic terms are read
    directions            float16 [k, p * width]: principal components of the paired blocks
    FACET.weight          float16 or float32 [labels, n * width + k * (k + 1) / 2]: of x, then
                          of the quadratic terms
    FACET.bias            float32 [labels]
    FACET.thresholds      float32 [labels]: chosen at this probability or above
    FACET.slope, .offset  float32 [labels]: calibration of a facet's branches, optional

A conversation's quadratic terms: its paired blocks on each direction, drawn to length one
together; then all products z[i] * z[j], i <= j in order of i, times sqrt(2) where i < j, at
length sqrt(terms).

The keys of `meta` that this room reads: `format` (3), `weights_sha256`, `sheet` (the
sheet's `reading_hash`), `window` (tokens), `layers`, `vectors` and `facets`
(facet -> `{labels, kind}`). Whatever else it says (what it was trained on, how
many conversations, which metrics) is for people.

Nothing here learns: `vstk models train` does, and calls `save`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vstk import files
from vstk.errors import ModelUnverified

Kind = Literal["multi", "single", "ordinal", "binary"]
"""Any number of labels; exactly one; exactly one of an order; one or none."""

VECTORS = (
    "user-mean",
    "assistant-mean",
    "last-assistant-mean",
    "tap-user",
    "tap-assistant",
    "tap-response",
)
"""The vectors of a layer, in the order of a feature array's second axis."""

FORMAT = 3
"""In the first format blocks kept the length they have; the second had no quadratic terms."""

_KINDS = {"meta": "u", "blocks": "i", "paired": "i"}
"""NumPy's kinds of numbers; all other arrays are of float16 or float32."""

META = ("format", "weights_sha256", "sheet", "window", "layers", "vectors")

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class FacetHead:
    """The labels of one facet, and the plane that finds each of them."""

    labels: tuple[str, ...]
    kind: str
    weight: Floats
    """[labels, dimensions]"""

    bias: Floats
    thresholds: Floats
    """Probability from which a label is chosen; `multi` and `binary` only."""

    def probabilities(self, x: Floats) -> NDArray[np.float64]:
        """How likely each label is, for one conversation's flattened features."""
        logits = self.weight.astype(np.float64) @ x + self.bias
        return softmax(logits) if self.kind in {"single", "ordinal"} else sigmoid(logits)

    def choose(self, probabilities: Floats) -> tuple[bool, ...]:
        """Which labels count."""
        return choose(self.kind, probabilities, self.thresholds)


@dataclass(frozen=True, eq=False)
class Platt:
    """Raw log-odds of a facet's branches into probabilities: one line a label."""

    labels: tuple[str, ...]
    slope: Floats
    offset: Floats


@dataclass(frozen=True, eq=False)
class Heads:
    """A heads file, checked."""

    meta: dict[str, Any]
    facets: dict[str, FacetHead]
    mean: Floats
    scale: Floats
    blocks: tuple[tuple[int, int], ...]
    """(index into `meta["layers"]`, vector 0..5), in the order of the weights."""

    calibration: Mapping[str, Platt] = field(default_factory=dict)
    paired: tuple[int, ...] = ()
    """Which of the blocks quadratic terms are of."""

    directions: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    """[components, paired * width]"""

    @property
    def layers(self) -> tuple[int, ...]:
        """Counts of layers whose hidden states are needed, lowest first."""
        return tuple(sorted({int(self.meta["layers"][layer]) for layer, _ in self.blocks}))

    def flatten(self, features: Floats) -> NDArray[np.float64]:
        """The heads' view of a feature array [len(meta["layers"]), 6, width]."""
        x = np.concatenate([features[layer, vector] for layer, vector in self.blocks])
        linear = unit_length((x.astype(np.float64) - self.mean) / self.scale, len(self.blocks))
        by_block = linear.reshape(len(self.blocks), -1)
        return np.concatenate(
            [linear, quadratic_terms(by_block[list(self.paired)], self.directions)]
        )

    def read(self, features: Floats) -> dict[str, NDArray[np.float64]]:
        """The probabilities of every facet's labels."""
        if not self.facets:  # a file of calibration lines alone
            return {}
        x = self.flatten(features)
        return {facet: head.probabilities(x) for facet, head in self.facets.items()}


def unit_length(x: Floats, blocks: int) -> NDArray[np.float64]:
    """Standard features with each block at length sqrt(width), so that none drowns another.

    The length of a hidden state says how long and how odd a text is, not what is in it.
    """
    vectors = np.asarray(x, dtype=np.float64).reshape(blocks, -1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors * np.sqrt(vectors.shape[1]) / np.maximum(lengths, 1e-9)).ravel()


def quadratic_terms(x: Floats, directions: Floats) -> NDArray[np.float64]:
    """Quadratic terms of standard features in some directions; see the top of this file."""
    z = directions.astype(np.float64) @ x.ravel() if len(directions) else np.zeros(0)
    z /= max(float(np.linalg.norm(z)), 1e-9)
    one, other = np.triu_indices(len(z))
    return np.asarray(z[one] * z[other] * np.sqrt(np.where(one == other, 1.0, 2.0) * len(one)))


def sigmoid(logits: Floats) -> NDArray[np.float64]:
    """Log-odds to probability, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))


def softmax(logits: Floats) -> NDArray[np.float64]:
    """Scores of exclusive answers to probabilities that add up to one."""
    powers = np.exp(np.asarray(logits, dtype=np.float64) - np.max(logits))
    return np.asarray(powers / powers.sum())


def choose(kind: str, probabilities: Floats, thresholds: Floats) -> tuple[bool, ...]:
    """Which labels count: the likeliest one, or all that pass their threshold."""
    if kind in {"single", "ordinal"}:
        best = int(np.argmax(probabilities))
        return tuple(index == best for index in range(len(probabilities)))
    return tuple(bool(p >= t) for p, t in zip(probabilities, thresholds, strict=True))


def save(path: Path, heads: Heads) -> None:
    """Write a heads file whole or not at all; the same heads give the same bytes."""
    meta = heads.meta | {
        "facets": {
            facet: {"labels": list(head.labels), "kind": head.kind}
            for facet, head in heads.facets.items()
        },
        "calibration": {facet: list(line.labels) for facet, line in heads.calibration.items()},
    }
    arrays = {
        "meta": np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8),
        "blocks": np.array(heads.blocks, dtype=np.int32).reshape(-1, 2),
        "mean": np.asarray(heads.mean, dtype=np.float32),
        "scale": np.asarray(heads.scale, dtype=np.float32),
        "paired": np.array(heads.paired, dtype=np.int32),
        "directions": np.asarray(heads.directions, dtype=np.float16),
    }
    for facet, head in heads.facets.items():
        half = head.weight.dtype == np.float16
        arrays[f"{facet}.weight"] = head.weight.astype(np.float16 if half else np.float32)
        arrays[f"{facet}.bias"] = head.bias.astype(np.float32)
        arrays[f"{facet}.thresholds"] = head.thresholds.astype(np.float32)
    for facet, line in heads.calibration.items():
        arrays[f"{facet}.slope"] = line.slope.astype(np.float32)
        arrays[f"{facet}.offset"] = line.offset.astype(np.float32)
    held = io.BytesIO()
    np.savez_compressed(held, **arrays)  # type: ignore[arg-type]
    with files.replacing(path, mode=files.SHARED) as file:
        file.write(held.getvalue())


def load(path: Path) -> Heads:
    """Read a heads file, and check that its parts fit each other.

    Raises:
        ModelUnverified: it is absent, damaged, or not a heads file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        heads = _assemble(arrays)
    except OSError as error:
        raise ModelUnverified(
            f"The heads file '{path.name}' cannot be read ({error.strerror or 'not an archive'}).",
            remedy="restore it from the release of vstk, or train it again: `vstk models train`.",
        ) from None
    except Exception as error:  # a damaged archive raises whatever its bytes lead to
        raise ModelUnverified(
            f"'{path.name}' is not a heads file, or is damaged ({error}).",
            remedy="restore it from the release of vstk, or train it again: `vstk models train`.",
        ) from None
    return heads


def _assemble(arrays: Mapping[str, NDArray[Any]]) -> Heads:
    """Heads out of an archive's arrays; a `ValueError` names what does not fit."""
    meta = json.loads(arrays["meta"].tobytes().decode())
    if missing := [key for key in META if key not in meta]:
        raise ValueError("meta lacks " + ", ".join(missing))
    if meta["format"] != FORMAT or tuple(meta["vectors"]) != VECTORS:
        raise ValueError("made for other vectors than this version computes")
    for name, array in arrays.items():
        wanted = _KINDS.get(name, "f")
        if array.dtype.kind not in wanted or (wanted == "f" and array.dtype.itemsize > 4):
            raise ValueError(f"{name}: kind of numbers")
    blocks = tuple((int(layer), int(vector)) for layer, vector in arrays["blocks"])
    if not all(0 <= a < len(meta["layers"]) and 0 <= b < len(VECTORS) for a, b in blocks):
        raise ValueError("a block lies outside the features")
    mean, scale = arrays["mean"], arrays["scale"]
    if mean.ndim != 1 or mean.shape != scale.shape or not np.all(scale > 0):
        raise ValueError("mean and scale do not fit")
    if (len(mean) % len(blocks) if blocks else len(mean)) != 0:
        raise ValueError("mean is not as long as the blocks")
    paired, directions = tuple(int(one) for one in arrays["paired"]), arrays["directions"]
    if not all(0 <= one < len(blocks) for one in paired) or len(set(paired)) < len(paired):
        raise ValueError("a pair lies outside the blocks, or twice in it")
    width = len(mean) // len(blocks) if blocks else 0
    if meta["facets"] and not width:
        raise ValueError("facets without blocks")
    if directions.ndim != 2 or directions.shape[1] != len(paired) * width:
        raise ValueError("directions are not as long as what is paired")
    terms = len(directions) * (len(directions) + 1) // 2
    facets = {}
    for facet, said in meta["facets"].items():
        head = FacetHead(
            labels=tuple(str(label) for label in said["labels"]),
            kind=str(said["kind"]),
            weight=arrays[f"{facet}.weight"],
            bias=arrays[f"{facet}.bias"],
            thresholds=arrays[f"{facet}.thresholds"],
        )
        count = len(head.labels)
        if head.kind not in get_args(Kind) or len(set(head.labels)) != count or not count:
            raise ValueError(f"facet {facet}: kind or labels")
        if head.weight.shape != (count, len(mean) + terms) or head.bias.shape != (count,):
            raise ValueError(f"facet {facet}: shape of the weights")
        if head.thresholds.shape != (count,):
            raise ValueError(f"facet {facet}: thresholds")
        numbers = (head.weight, head.bias, head.thresholds, mean, scale, directions)
        if not all(np.all(np.isfinite(part)) for part in numbers):
            raise ValueError(f"facet {facet}: a number is not finite")
        facets[facet] = head
    calibration = {}
    for facet, labels in meta.get("calibration", {}).items():
        line = Platt(
            labels=tuple(str(label) for label in labels),
            slope=arrays[f"{facet}.slope"],
            offset=arrays[f"{facet}.offset"],
        )
        if not (line.slope.shape == line.offset.shape == (len(line.labels),)):
            raise ValueError(f"calibration of {facet}: shape")
        if not (np.all(np.isfinite(line.slope)) and np.all(np.isfinite(line.offset))):
            raise ValueError(f"calibration of {facet}: a number is not finite")
        calibration[facet] = line
    return Heads(meta, facets, mean, scale, blocks, calibration, paired, directions)
