"""A folder that appears whole, or not at all."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vstk.errors import OutputUnwritable
from vstk.files import SHARED, replacing

_IDENTITY = "release.json"
_SIGNATURE = "release.json.sig"
"""The organisation's, of the release as it stands: stays when that is rendered again."""

_OURS = re.compile(
    r"release\.json(\.sig)?|report\.html|values_(frequencies|tree)\.csv|tables/[a-z0-9_-]+\.csv"
)


def check(out: Path) -> None:
    """Refuse a folder that no report could be written to, before any work is done.

    A folder that holds nothing but a report passes: only `publish` can tell
    whether it is the same one. Leaves nothing behind.

    Raises:
        OutputUnwritable: `out` is a file, holds something else, or cannot be written.
    """
    _refuse_taken(out, None)
    there = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    try:
        probe = there / f".{secrets.token_hex(6)}"
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise _unwritable(out, error) from None


def publish(files: Mapping[str, str], out: Path) -> list[Path]:
    """Write `files` (relative path -> content) as the folder `out`.

    They are written beside `out` and moved there in one step. Where `out`
    itself cannot be moved (the working directory, a mounted volume), they are
    written inside it and moved one level up, the pages that people open last.

    Raises:
        OutputUnwritable: nothing was written, or `out` holds something else.
    """
    _refuse_taken(out, files)
    try:
        written = _publish({**files, **_signature(out)}, out)
        return [path for path in written if path.name != _SIGNATURE]
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: Path, error: OSError) -> OutputUnwritable:
    return OutputUnwritable(
        f"The folder '{out}' cannot be written ({error.strerror or 'no reason given'}).",
        remedy="give `--out` a folder on a disk with free space that you may write to.",
    )


def _refuse_taken(out: Path, files: Mapping[str, str] | None) -> None:
    """Raise unless `out` is absent, empty, or holds nothing but a report: of `files`, if given."""
    try:
        problem = _taken(out, files)
    except OSError:
        problem = "cannot be read"
    if problem:
        raise OutputUnwritable(
            f"The folder '{out}' {problem}.",
            remedy="give `--out` a folder that is empty or does not exist yet.",
        )


def _taken(out: Path, files: Mapping[str, str] | None) -> str | None:
    if not out.exists():
        return None
    if not out.is_dir():
        return "is a file"
    if not any(out.iterdir()):
        return None
    held = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    if _IDENTITY not in held:
        return "already holds something else"
    if files is None:
        strangers = {name for name in held if not _OURS.fullmatch(name)}
        return "holds other files beside a report" if strangers else None
    # Rendering the same release again may replace its own files and no others.
    if (out / _IDENTITY).read_bytes() != files[_IDENTITY].encode():
        return "already holds another report"
    return None if held <= {*files, _SIGNATURE} else "holds other files beside this report"


def _signature(out: Path) -> dict[str, str]:
    path = out / _SIGNATURE
    return {_SIGNATURE: path.read_text(encoding="utf-8")} if path.is_file() else {}


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
            with replacing(folder / name, mode=SHARED) as file:
                file.write(content.encode())
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder
