"""A folder that appears whole, or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vstk.errors import OutputUnwritable

_IDENTITY = "release.json"


def publish(files: Mapping[str, str], out: Path) -> list[Path]:
    """Write `files` (relative path -> content) as the folder `out`.

    They are written beside `out` and moved there in one step. Where `out`
    itself cannot be moved (the working directory, a mounted volume), they are
    written inside it and moved one level up, the pages that people open last.
    """
    taken = _taken(files, out)
    if taken:
        raise OutputUnwritable(
            f"The folder '{out}' {taken}.",
            remedy="give `--out` a folder that is empty or does not exist yet.",
        )
    try:
        return _publish(files, out)
    except OSError as error:
        raise OutputUnwritable(
            f"The folder '{out}' cannot be written ({error.strerror or 'no reason given'}).",
            remedy="give `--out` a folder on a disk with free space that you may write to.",
        ) from None


def _taken(files: Mapping[str, str], out: Path) -> str | None:
    """Why `out` must not be touched, if it must not."""
    try:
        if not out.exists():
            return None
        if not out.is_dir():
            return "is a file"
        held = {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir()}
        # Rendering the same release again may replace its own files and no others.
        known = (out / _IDENTITY).is_file() and (
            (out / _IDENTITY).read_bytes() == files.get(_IDENTITY, "").encode()
        )
    except OSError:
        return "cannot be read"
    if not held and not any(out.iterdir()):
        return None
    if not known:
        return "already holds something else"
    return None if held <= set(files) else "holds other files beside this report"


def _publish(files: Mapping[str, str], out: Path) -> list[Path]:
    out = out.absolute()
    token = f".{out.name}.{secrets.token_hex(6)}"
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        new = _fill(files, out.parent / f"{token}.new")
    except PermissionError:
        new = None
    if new is None:
        return _publish_inside(files, out, token)
    try:
        if out.exists() and any(out.iterdir()):
            old = out.rename(out.parent / f"{token}.old")
            try:
                new.rename(out)
            except OSError:
                old.rename(out)
                raise
            shutil.rmtree(old, ignore_errors=True)
        else:
            new.rename(out)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        return _publish_inside(files, out, token)
    return [out / name for name in files]


def _publish_inside(files: Mapping[str, str], out: Path, token: str) -> list[Path]:
    """For a folder that cannot be replaced: fill a folder in it, then move each file."""
    new = _fill(files, out / token)
    try:
        for name in reversed(list(files)):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).replace(out / name)
    except OSError:
        for name in files:
            with suppress(OSError):
                (out / name).unlink()
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [out / name for name in files]


def _fill(files: Mapping[str, str], folder: Path) -> Path:
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8", newline="\n")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder
