"""Which model an audit uses, and whether it can read the policy's prompts."""

from __future__ import annotations

from pathlib import Path

from vstk import registry
from vstk import sheet as sheets
from vstk.errors import ModelUnverified


def find_manifest(model: str) -> registry.Manifest:
    """The manifest with this id, or that of the weights in this file.

    Raises:
        ModelUnverified: there is no such manifest.
    """
    path = Path(model)
    if not path.is_file():
        return registry.get(model)
    _, sha256 = registry.size_and_sha256(path)
    for manifest in registry.manifests().values():
        if manifest.sha256 == sha256 and registry.weights_path(manifest).exists():
            return manifest
    raise ModelUnverified(
        f"No manifest names the weights in '{path}'.",
        remedy=f"`vstk models add {path}` writes one; then give its id with --model.",
    )


def require_usable(manifest: registry.Manifest, sheet: sheets.Sheet, window: int) -> None:
    """Refuse a model that cannot read this policy's prompts.

    Raises:
        ModelUnverified: another chat template, or too short a context.
    """
    if manifest.chat_template not in (None, "chatml"):
        raise ModelUnverified(
            f"The manifest of '{manifest.id}' states the chat template "
            f"'{manifest.chat_template}', and vstk writes its prompts in ChatML only.",
            remedy="use a model with a ChatML template; `vstk models list` names some.",
        )
    needed = window + sheet.read.window.turn_room
    if manifest.context_length is not None and manifest.context_length < needed:
        raise ModelUnverified(
            f"The model '{manifest.id}' reads at most {manifest.context_length} tokens; a window "
            f"of {window} tokens needs {needed}, turn markers included.",
            remedy="set a smaller `extract.window` in the policy, or use another model.",
        )
