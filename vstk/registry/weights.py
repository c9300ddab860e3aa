"""Weights on this machine: where they are, and the proof that they are the right ones.

Verifying reads and hashes the whole file every time. Remembering that a file of
this size and time was right once would save a few seconds on a run of minutes,
and would no longer be a proof.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from vstk import paths
from vstk.errors import ModelUnverified
from vstk.registry.manifest import HeadsManifest, Manifest, get, own


def locate(id: str) -> Path:
    """Where a model's file or folder belongs, whether or not it is there."""
    return weights_path(get(id))


def weights_path(manifest: Manifest) -> Path:
    """`locate` for a manifest that is at hand. An absolute path stays what it is."""
    return paths.weights() / manifest.file


def verify(id: str) -> Path:
    """The path of a model whose every byte is the manifest's.

    Raises:
        ModelUnverified: it is absent, or another.
    """
    manifest = get(id)
    path = weights_path(manifest)
    if not path.exists():
        raise ModelUnverified(
            f"The model '{id}' is not on this machine ({path}).",
            remedy=f"vstk models pull {id}"
            if manifest.sources
            else "bring the file back to that path, or `vstk models add` it from where it is.",
        )
    difference = compare(path, bytes=manifest.bytes, sha256=manifest.sha256)
    if difference:
        raise ModelUnverified(
            f"'{path}' is not the model '{id}': {difference}.",
            remedy=f"delete it and run `vstk models pull {id}`; "
            "a model of your own is brought with `vstk models add FILE`.",
        )
    return path


def heads_path(id: str) -> Path | None:
    """The verified file of a model's heads; `None` where it has none.

    Raises:
        ModelUnverified: they are absent, or not the manifest's.
    """
    return _beside(id, "heads", get(id).heads)


def words_path(id: str) -> Path | None:
    """The verified file of a model's words; `None` where it has none.

    Raises:
        ModelUnverified: they are absent, or not the manifest's.
    """
    return _beside(id, "words", get(id).words)


def _beside(id: str, what: str, named: HeadsManifest | None) -> Path | None:
    if named is None:
        return None
    for folder in (paths.documents("models"), own()):
        path = folder / named.file
        if path.is_file() and not compare(path, bytes=None, sha256=named.sha256):
            return path
    raise ModelUnverified(
        f"The {what} of '{id}' ({named.file}) are absent, or not those of the manifest.",
        remedy=f"install vstk again; {what} of your own stand beside their manifest.",
    )


def compare(path: Path, *, bytes: int | None, sha256: str) -> str:
    """What differs between a file or folder and its manifest, in words; empty if nothing."""
    size, digest = size_and_sha256(path)
    if bytes is not None and size != bytes:
        return f"it has {size:,} bytes, the manifest says {bytes:,}"
    if digest != sha256:
        return f"its SHA-256 begins with {digest[:12]}, the manifest's with {sha256[:12]}"
    return ""


def size_and_sha256(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file, or of all that is in a folder.

    A folder's hash is that of the list that `sha256sum` prints for its files,
    sorted by path, so that anybody can compute it without us:

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
            # It may lead anywhere, and lead elsewhere tomorrow.
            return 0, "of no folder with links in it"
        file_size, digest = size_and_sha256(found)
        size += file_size
        listing.update(f"{digest}  {found.relative_to(path).as_posix()}\n".encode())
    return size, listing.hexdigest()
