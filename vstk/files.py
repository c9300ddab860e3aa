"""Files that appear whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vstk.errors import OutputUnwritable, VstkError


def write_atomic(path: Path, text: str) -> None:
    """Write a file at once or not at all."""
    stream_atomic(path, lambda write: write(text))


def stream_atomic(path: Path, fill: Callable[[Callable[[str], Any]], Any]) -> None:
    """Give `fill` a way to write, and the file its name once all is written.

    Only its owner may read the file.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                fill(file.write)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except VstkError:
        raise
    except OSError as error:
        raise OutputUnwritable(
            f"'{path}' cannot be written ({error.strerror}).",
            remedy="give a place on a disk with free space that you may write to.",
        ) from None
