"""A table that a person is to fill in: text, and columns left empty, for its owner's eyes alone."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from vstk.errors import OutputUnwritable


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file that was not there, readable by its owner only: whole, or not at all.

    Raises:
        OutputUnwritable: the file is there already, or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OutputUnwritable(
            f"'{path}' is there already, and may hold a reviewer's work.",
            remedy="give another file, or move that one away.",
        ) from None
    except OSError as error:
        raise OutputUnwritable(
            f"'{path}' cannot be written ({error.strerror}).", remedy="give another folder."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutputUnwritable(
            f"'{path}' cannot be written ({error.strerror}).",
            remedy="make room, or give another folder.",
        ) from None
    except BaseException:
        # Half a table would pass for a whole one.
        path.unlink(missing_ok=True)
        raise
