"""Folders that vstk reads and writes.

`models/`, `policies/` and `examples/` are documents that come with the code. Weights and
the ledger belong to the machine and are in `$VSTK_HOME`.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder of the package `vstk`."""


def documents(name: str) -> Path:
    """The folder `models`, `policies` or `examples`, in a wheel or in a checkout."""
    inside = PACKAGE / "_data" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def home() -> Path:
    """`$VSTK_HOME`, or `~/.local/share/vstk`."""
    return Path(os.environ.get("VSTK_HOME") or Path.home() / ".local" / "share" / "vstk")


def weights() -> Path:
    """The folder for weights, which `vstk models pull` fills and audits read."""
    return home() / "weights"
