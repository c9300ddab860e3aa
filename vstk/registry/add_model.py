"""Add a model of one's own: write a manifest from what a GGUF file says about itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from vstk.errors import ModelUnverified, OutputUnwritable
from vstk.files import SHARED, replacing
from vstk.registry.gguf_header import read_gguf_header
from vstk.registry.manifest import ID, HeadsManifest, Manifest, manifests, own
from vstk.registry.weights import size_and_sha256

_CHATML_MARKER = "<|im_start|>"


def add(file: Path, *, id: str | None = None, licence: str | None = None) -> Manifest:
    """Write a manifest for a GGUF file, which stays where it is.

    The manifest holds the file's hash: if a byte changes, the file no longer loads.
    Adding the same file again changes nothing.

    Args:
        file: the weights, of any architecture that llama.cpp reads, with a ChatML template.
        id: its name in a policy; by default made from the file's name.
        licence: where the file does not state one, or states it wrongly.

    Raises:
        ModelUnverified: it is not a GGUF file, its chat template is not ChatML, or the id
            belongs to another file.
        OutputUnwritable: `$VSTK_HOME/models` cannot be written.
    """
    facts = read_gguf_header(file)
    _require_chatml(file, str(facts.get("tokenizer.chat_template", "")))
    size, sha256 = size_and_sha256(file)
    architecture = str(facts.get("general.architecture", ""))
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
        "chat_template": "chatml",
    }
    try:
        manifest = Manifest.model_validate(document)
    except ValueError:
        raise ModelUnverified(
            f"'{file.name}' does not state its architecture, number of layers and context length, "
            "or the id is not made of lower-case letters, digits, dots and dashes.",
            remedy="give another file, or an id with --id.",
        ) from None
    known = manifests().get(manifest.id)
    if known is not None:
        if known.sha256 == manifest.sha256:
            return known
        raise ModelUnverified(
            f"The id '{manifest.id}' already belongs to another file.",
            remedy="give another id with --id.",
        )
    _write(own() / f"{manifest.id}.yaml", document)
    return manifest


def _require_chatml(file: Path, template: str) -> None:
    if _CHATML_MARKER not in template:
        raise ModelUnverified(
            f"'{file.name}' has "
            + ("another chat template than ChatML." if template else "no chat template."),
            remedy="give a model whose chat template is ChatML (with <|im_start|>), such as Qwen "
            "or SmolLM: vstk writes its prompts in that format only.",
        )


def check_id(base: Manifest, id: str) -> None:
    """Refuse an id under which `keep` would not store a model with these weights.

    Raises:
        ModelUnverified: it is not a valid id, or it belongs to other weights or to a model
            that comes with vstk.
    """
    if not re.fullmatch(ID, id):
        raise ModelUnverified(
            f"'{id}' is not a valid model id.",
            remedy="give at most 80 lower-case letters, digits, dots, dashes and underscores, "
            "beginning with a letter or a digit.",
        )
    known = manifests().get(id)
    if known is None:
        return
    if not (own() / f"{id}.yaml").exists() or known.sha256 != base.sha256:
        raise ModelUnverified(
            f"The id '{id}' already belongs to another model.",
            remedy="give another id.",
        )


def keep(base: Manifest, *, id: str, heads: HeadsManifest, file: Path) -> Manifest:
    """Store a model of one's own: existing weights with other heads beside the manifest.

    The same id again replaces what this wrote before.

    Args:
        base: the manifest of the weights.
        id: of the new model.
        heads: the manifest's section about the heads.
        file: the heads, on the same disk as `$VSTK_HOME/models`; moved there.

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
        with replacing(path, mode=SHARED) as file:
            file.write(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode())
    except OSError as error:
        raise _unwritable(path.parent, error) from None


def _unwritable(folder: Path, error: OSError) -> OutputUnwritable:
    return OutputUnwritable(
        f"'{folder}' cannot be written ({error.strerror}).",
        remedy="correct the folder's permissions, or set $VSTK_HOME to another folder.",
    )
