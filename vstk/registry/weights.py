"""Weights on this machine: where they are, and whether they are those of the manifest.

Verifying reads and hashes the whole file every time. A cache by size and modification
time would save seconds in a run of minutes, and would miss a changed file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from vstk import paths
from vstk.errors import ModelUnverified
from vstk.registry.manifest import HeadsManifest, Manifest, get, own


def locate(id: str) -> Path:
    """Where a model's file or folder belongs, whether or not it exists."""
    return weights_path(get(id))


def weights_path(manifest: Manifest) -> Path:
    """Where the file or folder of a manifest belongs; an absolute path is kept."""
    return paths.weights() / manifest.file


def verify(id: str) -> Path:
    """The path of a model's weights, after comparing size and SHA-256 with the manifest.

    Raises:
        ModelUnverified: the weights are absent, or not those of the manifest.
    """
    manifest = get(id)
    path = weights_path(manifest)
    if not path.exists():
        raise ModelUnverified(
            f"The model '{id}' is not on this machine ({path}).",
            remedy=f"vstk models pull {id}"
            if manifest.sources
            else "move the file back to that path, or run `vstk models add` with its new path.",
        )
    difference = compare(path, bytes=manifest.bytes, sha256=manifest.sha256)
    if difference:
        raise ModelUnverified(
            f"'{path}' is not the model '{id}': {difference}.",
            remedy=f"delete it and run `vstk models pull {id}`; "
            "add a model of your own with `vstk models add FILE`.",
        )
    return path


def heads_path(id: str) -> Path | None:
    """The verified file of a model's heads; `None` where it has none.

    Raises:
        ModelUnverified: the file is absent, or not that of the manifest.
    """
    return _verified_beside_manifest(id, "heads", get(id).heads)


def words_path(id: str) -> Path | None:
    """The verified file of a model's naming model; `None` where it has none.

    Raises:
        ModelUnverified: the file is absent, or not that of the manifest.
    """
    return _verified_beside_manifest(id, "words", get(id).words)


def _verified_beside_manifest(id: str, what: str, section: HeadsManifest | None) -> Path | None:
    if section is None:
        return None
    for folder in (paths.documents("models"), own()):
        path = folder / section.file
        if path.is_file() and not compare(path, bytes=None, sha256=section.sha256):
            return path
    raise ModelUnverified(
        f"The {what} of '{id}' ({section.file}) are absent, or not those of the manifest.",
        remedy=f"install vstk again; {what} of your own belong into the folder of their manifest.",
    )


def compare(path: Path, *, bytes: int | None, sha256: str) -> str:
    """The difference between a file or folder and its manifest, in words; empty if none."""
    size, digest = size_and_sha256(path)
    if bytes is not None and size != bytes:
        return f"it has {size:,} bytes, the manifest says {bytes:,}"
    if digest != sha256:
        return f"its SHA-256 begins with {digest[:12]}, the manifest's with {sha256[:12]}"
    return ""


def size_and_sha256(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file, or of a folder with everything in it.

    A folder's hash is that of the list that `sha256sum` prints for its files, sorted by
    path, so that it can be computed without vstk:

        find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum
    """
    if path.is_file():
        with path.open("rb") as file:
            return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
    listing = hashlib.sha256()
    size = 0
    files = [found for found in path.rglob("*") if not found.is_dir() or found.is_symlink()]
    for found in sorted(files, key=lambda found: found.relative_to(path).as_posix().encode()):
        if found.is_symlink():
            # A link can lead outside the folder, and its target can change.
            return 0, "of no folder with links in it"
        file_size, digest = size_and_sha256(found)
        size += file_size
        listing.update(f"{digest}  {found.relative_to(path).as_posix()}\n".encode())
    return size, listing.hexdigest()
