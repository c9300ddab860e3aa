"""Files of linear probes and of the naming model.

A heads file is a NumPy archive (`models/heads/NAME.npz`) without pickled objects. Its arrays:

    meta                  UTF-8 bytes of a JSON object, keys below
    blocks                int32 [n, 2]: (index into `layers`, vector 0..5), in order
    mean, scale           float32 [n * width]: x = (features[blocks] - mean) / scale,
                          each block then scaled to length sqrt(width)
    paired                int32 [p]: indexes into `blocks`, whose quadratic terms are inputs
    directions            float16 [k, p * width]: principal components of the paired blocks
    FACET.weight          float16 or float32 [labels, n * width + k * (k + 1) / 2]: of x, then
                          of the quadratic terms
    FACET.bias            float32 [labels]
    FACET.thresholds      float32 [labels]: chosen at this probability or above
    FACET.slope, .offset  float32 [labels]: calibration of a facet's branches, optional

Keys of `meta` that are read: `format` (3), `weights_sha256`, `sheet` (the sheet's
`reading_hash`), `window` (tokens), `layers`, `vectors` and `facets` (facet ->
`{labels, kind}`). All other keys (what it was trained on, how many conversations, which metrics)
are for people.

The naming model's file (`NAME.words.npz`) has the arrays `meta`, `mean`, `scale`, `down`
(projection), `up` (loadings), `level` (intercept) and `share` (base rate); see
`vstk.heads.model.NamingModel` for their shapes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from vstk import files
from vstk.errors import ModelUnverified
from vstk.facets import Kind
from vstk.heads.model import FORMAT, VECTORS, FacetHead, Heads, NamingModel, Platt

_DTYPES = {"meta": "u", "blocks": "i", "paired": "i"}
"""NumPy's kind of these arrays' numbers; all others are float16 or float32."""

_META = ("format", "weights_sha256", "sheet", "window", "layers", "vectors")
_NAMING_META = ("weights_sha256", "sheet", "window", "layers", "layer", "vector", "phrases")

_REMEDY = "restore it from the release of vstk, or train it again: `vstk models train`."


def save(path: Path, heads: Heads) -> None:
    """Write a heads file whole or not at all; the same heads give the same bytes."""
    meta = dict(heads.meta) | {
        "facets": {
            facet: {"labels": list(head.labels), "kind": head.kind}
            for facet, head in heads.facets.items()
        },
        "calibration": {facet: list(line.labels) for facet, line in heads.calibration.items()},
    }
    arrays: dict[str, NDArray[Any]] = {
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
    _write(path, meta, arrays)


def save_naming(path: Path, model: NamingModel) -> None:
    """Write a naming model whole or not at all; the same model gives the same bytes."""
    arrays: dict[str, NDArray[Any]] = {
        "mean": model.mean.astype(np.float32),
        "scale": model.scale.astype(np.float32),
        "down": model.projection.astype(np.float16),
        "up": model.loadings.astype(np.float16),
        "level": model.intercept.astype(np.float32),
        "share": model.base_rate.astype(np.float32),
    }
    _write(path, model.meta, arrays)


def load(path: Path) -> Heads:
    """Read a heads file, and check that its parts fit each other.

    Raises:
        ModelUnverified: it is absent, damaged, or not a heads file.
    """
    try:
        heads = _heads(_read(path))
        check(heads)
    except OSError as error:
        raise ModelUnverified(
            f"The heads file '{path.name}' cannot be read ({error.strerror or 'not an archive'}).",
            remedy=_REMEDY,
        ) from None
    except Exception as error:  # a damaged archive raises whatever its bytes lead to
        raise ModelUnverified(
            f"'{path.name}' is not a heads file, or is damaged ({error}).", remedy=_REMEDY
        ) from None
    return heads


def load_naming(path: Path) -> NamingModel:
    """Read a naming model, and check that its parts fit each other.

    Raises:
        ModelUnverified: it is absent, damaged, or something else.
    """
    try:
        model = _naming(_read(path))
        _check_naming(model)
    except Exception as error:  # a damaged archive raises whatever its bytes lead to
        raise ModelUnverified(
            f"'{path.name}' is not a naming model, or is damaged ({type(error).__name__}).",
            remedy=_REMEDY,
        ) from None
    return model


def check(heads: Heads) -> None:
    """Check that the parts of heads fit each other.

    Raises:
        ValueError: names what does not fit.
    """
    meta, blocks, mean, scale = heads.meta, heads.blocks, heads.mean, heads.scale
    if meta["format"] != FORMAT or tuple(meta["vectors"]) != VECTORS:
        raise ValueError("made for other vectors than this version computes")
    if not all(0 <= a < len(meta["layers"]) and 0 <= b < len(VECTORS) for a, b in blocks):
        raise ValueError("a block lies outside the features")
    if mean.ndim != 1 or mean.shape != scale.shape or not np.all(scale > 0):
        raise ValueError("mean and scale do not fit")
    if (len(mean) % len(blocks) if blocks else len(mean)) != 0:
        raise ValueError("mean is not as long as the blocks")
    paired, directions = heads.paired, heads.directions
    if not all(0 <= one < len(blocks) for one in paired) or len(set(paired)) < len(paired):
        raise ValueError("an index in `paired` is out of range, or occurs twice")
    width = len(mean) // len(blocks) if blocks else 0
    if heads.facets and not width:
        raise ValueError("facets without blocks")
    if directions.ndim != 2 or directions.shape[1] != len(paired) * width:
        raise ValueError("directions are not as long as the paired blocks")
    if not all(np.all(np.isfinite(part)) for part in (mean, scale, directions)):
        raise ValueError("a number is not finite")
    terms = len(directions) * (len(directions) + 1) // 2
    for facet, head in heads.facets.items():
        _check_head(facet, head, len(mean) + terms)
    for facet, line in heads.calibration.items():
        if not (line.slope.shape == line.offset.shape == (len(line.labels),)):
            raise ValueError(f"calibration of {facet}: shape")
        if not (np.all(np.isfinite(line.slope)) and np.all(np.isfinite(line.offset))):
            raise ValueError(f"calibration of {facet}: a number is not finite")


def _check_head(facet: str, head: FacetHead, dimensions: int) -> None:
    count = len(head.labels)
    if head.kind not in get_args(Kind) or len(set(head.labels)) != count or not count:
        raise ValueError(f"facet {facet}: kind or labels")
    if head.weight.shape != (count, dimensions) or head.bias.shape != (count,):
        raise ValueError(f"facet {facet}: shape of the weights")
    if head.thresholds.shape != (count,):
        raise ValueError(f"facet {facet}: thresholds")
    numbers = (head.weight, head.bias, head.thresholds)
    if not all(np.all(np.isfinite(part)) for part in numbers):
        raise ValueError(f"facet {facet}: a number is not finite")


def _check_naming(model: NamingModel) -> None:
    for name in _NAMING_META:
        model.meta[name]
    words, rank = model.loadings.shape
    sizes = (len(model.meta["words"]), *model.intercept.shape, *model.base_rate.shape)
    arrays = (
        model.mean,
        model.scale,
        model.projection,
        model.loadings,
        model.intercept,
        model.base_rate,
    )
    if not (
        set(sizes) == {words}
        and model.projection.shape == (rank, *model.mean.shape)
        and model.mean.shape == model.scale.shape
        and np.all(model.scale > 0)
        and np.all(model.base_rate > 0)
        and all(np.all(np.isfinite(one)) for one in arrays)
        and int(model.meta["conversations"]) >= 1
    ):
        raise ValueError("shapes")


def _heads(arrays: Mapping[str, NDArray[Any]]) -> Heads:
    """Heads from the arrays of an archive; a `ValueError` names what is wrong."""
    meta = _meta(arrays)
    if missing := [key for key in _META if key not in meta]:
        raise ValueError("meta lacks " + ", ".join(missing))
    for name, array in arrays.items():
        wanted = _DTYPES.get(name, "f")
        if array.dtype.kind not in wanted or (wanted == "f" and array.dtype.itemsize > 4):
            raise ValueError(f"{name}: kind of numbers")
    return Heads(
        meta=meta,
        facets={
            facet: FacetHead(
                labels=tuple(str(label) for label in described["labels"]),
                kind=described["kind"],
                weight=arrays[f"{facet}.weight"],
                bias=arrays[f"{facet}.bias"],
                thresholds=arrays[f"{facet}.thresholds"],
            )
            for facet, described in meta["facets"].items()
        },
        mean=arrays["mean"],
        scale=arrays["scale"],
        blocks=tuple((int(layer), int(vector)) for layer, vector in arrays["blocks"]),
        calibration={
            facet: Platt(
                labels=tuple(str(label) for label in labels),
                slope=arrays[f"{facet}.slope"],
                offset=arrays[f"{facet}.offset"],
            )
            for facet, labels in meta.get("calibration", {}).items()
        },
        paired=tuple(int(one) for one in arrays["paired"]),
        directions=arrays["directions"],
    )


def _naming(arrays: Mapping[str, NDArray[Any]]) -> NamingModel:
    return NamingModel(
        meta=_meta(arrays),
        mean=arrays["mean"],
        scale=arrays["scale"],
        projection=arrays["down"],
        loadings=arrays["up"],
        intercept=arrays["level"],
        base_rate=arrays["share"],
    )


def _meta(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    meta = json.loads(arrays["meta"].tobytes().decode())
    if not isinstance(meta, dict):
        raise ValueError("meta is not an object")
    return meta


def _read(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _write(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    header = np.frombuffer(json.dumps(dict(meta), sort_keys=True).encode(), dtype=np.uint8)
    archive = io.BytesIO()
    np.savez_compressed(archive, meta=header, **arrays)  # type: ignore[arg-type]
    with files.replacing(path, mode=files.SHARED) as file:
        file.write(archive.getvalue())
