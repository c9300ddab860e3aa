"""Bringing a GGUF of one's own: its manifest is read out of the file itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from vstk.errors import ModelUnverified, OutputUnwritable
from vstk.registry.manifest import Manifest, manifests, own
from vstk.registry.weights import measure

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
    size, sha256 = measure(file)
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
    path = own() / f"{manifest.id}.yaml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    except OSError as error:
        raise OutputUnwritable(
            f"'{path.parent}' cannot be written ({error.strerror}).",
            remedy="give yourself access, or set $VSTK_HOME to another folder.",
        ) from None
    return manifest


def _read(file: Path) -> dict[str, Any]:
    """The scalar facts in a GGUF file's header."""
    from gguf import GGUFReader  # slow to import, and needed for this one command only

    try:
        reader = GGUFReader(file)
        return {
            name: field.contents()
            for name, field in reader.fields.items()
            if name.startswith("general.")
            or name.endswith((".block_count", ".context_length", ".chat_template"))
        }
    except FileNotFoundError:
        raise ModelUnverified(
            f"There is no file '{file}'.", remedy="give the path of a GGUF file."
        ) from None
    except (OSError, ValueError, IndexError, KeyError, TypeError):
        raise ModelUnverified(
            f"'{file.name}' is not a GGUF file, or is not whole.",
            remedy="give a GGUF file; llama.cpp's convert_hf_to_gguf.py makes one.",
        ) from None
