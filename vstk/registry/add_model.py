"""Bringing a GGUF of one's own: its manifest is read out of the file itself."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from vstk.errors import ModelUnverified, OutputUnwritable
from vstk.registry.manifest import ID, HeadsManifest, Manifest, manifests, own
from vstk.registry.weights import size_and_sha256

_MARKS = {"<|im_start|>": "chatml", "<|start_header_id|>": "llama3"}


def add(file: Path, *, id: str | None = None, licence: str | None = None) -> Manifest:
    """Write a manifest for a GGUF file, which stays where it is.

    From then on the file is known by its hash: change a byte and it no longer
    loads. Adding the same file again changes nothing.

    Args:
        file: the weights, of any architecture that llama.cpp reads.
        id: its name in a policy; by default made from the file's name.
        licence: where the file does not state one, or states it wrongly.

    Raises:
        ModelUnverified: it is not a GGUF, or the id belongs to another file.
        OutputUnwritable: `$VSTK_HOME/models` cannot be written.
    """
    facts = _read(file)
    size, sha256 = size_and_sha256(file)
    architecture = str(facts.get("general.architecture", ""))
    template = str(facts.get("tokenizer.chat_template", ""))
    document = {
        "vstk_model": 1,
        "id": id or re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._")[:80],
        "kind": "gguf",
        "file": str(file.resolve()),
        "bytes": size,
        "sha256": sha256,
        "licence": licence or str(facts.get("general.license", "unknown")),
        "base_model": str(facts.get("general.name", "unknown")),
        "architecture": architecture,
        "layers": facts.get(f"{architecture}.block_count"),
        "context_length": facts.get(f"{architecture}.context_length"),
        "chat_template": next((_MARKS[mark] for mark in _MARKS if mark in template), "none"),
    }
    try:
        manifest = Manifest.model_validate(document)
    except ValueError:
        raise ModelUnverified(
            f"'{file.name}' does not say what a language model must (architecture, layers, "
            "context length), or the id is not lower-case letters, digits, dots and dashes.",
            remedy="give another file, or an id with --id.",
        ) from None
    known = manifests().get(manifest.id)
    if known is not None:
        if known.sha256 == manifest.sha256:
            return known
        raise ModelUnverified(
            f"The id '{manifest.id}' already belongs to another file.",
            remedy="give this one a name of its own with --id.",
        )
    _write(own() / f"{manifest.id}.yaml", document)
    return manifest


def check_id(base: Manifest, id: str) -> None:
    """Refuse an id under which `keep` would not keep a model over these weights.

    Raises:
        ModelUnverified: it is no id, belongs to other weights, or to a model of vstk's own.
    """
    if not re.fullmatch(ID, id):
        raise ModelUnverified(
            f"'{id}' is no id of a model.",
            remedy="give lower-case letters, digits, dots, dashes and underscores, 80 at most, the "
            "first a letter or a digit.",
        )
    known = manifests().get(id)
    if known is None:
        return
    if not (own() / f"{id}.yaml").exists() or known.sha256 != base.sha256:
        raise ModelUnverified(
            f"The id '{id}' already belongs to another model.",
            remedy="give this one a name of its own.",
        )


def keep(base: Manifest, *, id: str, heads: HeadsManifest, file: Path) -> Manifest:
    """Keep a model of one's own: another's weights with heads that stand beside its manifest.

    The same id again replaces what this wrote before.

    Args:
        heads: what the manifest says of them.
        file: the heads, on the disk of `$VSTK_HOME/models`; moved to their place.

    Raises:
        ModelUnverified: `check_id` refuses the id.
        OutputUnwritable: `$VSTK_HOME/models` cannot be written.
    """
    check_id(base, id)
    manifest = base.model_copy(update={"id": id, "heads": heads})
    document = manifest.model_dump(mode="json", exclude_none=True)
    checked = Manifest.model_validate(document).model_dump(mode="json", exclude_none=True)
    try:
        os.replace(file, own() / heads.file)
    except OSError as error:
        raise _unwritable(own(), error) from None
    _write(own() / f"{id}.yaml", checked)
    return manifest


def _write(path: Path, document: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    except OSError as error:
        raise _unwritable(path.parent, error) from None


def _unwritable(folder: Path, error: OSError) -> OutputUnwritable:
    return OutputUnwritable(
        f"'{folder}' cannot be written ({error.strerror}).",
        remedy="give yourself access, or set $VSTK_HOME to another folder.",
    )


def _read(file: Path) -> dict[str, Any]:
    """The single facts in a GGUF file's header.

    Read by hand, because the gguf package makes an object of each of the
    hundred thousand tokens on the way: minutes, where this takes no time.

    Source:
        https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    facts: dict[str, Any] = {}
    try:
        with file.open("rb") as stream:
            if stream.read(4) != b"GGUF" or _number(stream, "I") not in (2, 3):
                raise ValueError("not a GGUF of a known version")
            _number(stream, "Q")  # how many tensors
            for _ in range(_number(stream, "Q")):
                name = _text(stream)
                kind = _number(stream, "I")
                if kind == _ARRAY:
                    _skip_array(stream)
                else:
                    facts[name] = _text(stream) if kind == _STRING else _scalar(stream, kind)
    except FileNotFoundError:
        raise ModelUnverified(
            f"There is no file '{file}'.", remedy="give the path of a GGUF file."
        ) from None
    except (OSError, ValueError, KeyError, OverflowError, RecursionError, struct.error):
        raise ModelUnverified(
            f"'{file.name}' is not a GGUF file, or is not whole.",
            remedy="give a GGUF file; llama.cpp's convert_hf_to_gguf.py makes one.",
        ) from None
    return facts


_SCALARS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_TEXT = 1 << 24


def _number(stream: BinaryIO, form: str) -> int:
    value: int = struct.unpack("<" + form, stream.read(struct.calcsize("<" + form)))[0]
    return value


def _scalar(stream: BinaryIO, kind: int) -> int:
    return _number(stream, _SCALARS[kind])


def _text(stream: BinaryIO) -> str:
    length = _number(stream, "Q")
    if length > _LONGEST_TEXT:
        raise ValueError("a text of impossible length")
    return stream.read(length).decode("utf-8", errors="replace")


def _skip_array(stream: BinaryIO) -> None:
    kind, length = _number(stream, "I"), _number(stream, "Q")
    if kind == _STRING:
        for _ in range(length):
            stream.seek(_number(stream, "Q"), os.SEEK_CUR)
    elif kind == _ARRAY:
        for _ in range(length):
            _skip_array(stream)
    else:
        stream.seek(length * struct.calcsize("<" + _SCALARS[kind]), os.SEEK_CUR)
