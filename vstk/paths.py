"""Where things are: documents in the checkout or the wheel, data at home.

`models/` and `policies/` are documents that travel with the code. Weights and
the ledger belong to the machine and live under `$VSTK_HOME`.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def documents(name: str) -> Path:
    """The folder `models`, `policies` or `examples`, wherever vstk was installed from."""
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def home() -> Path:
    """`$VSTK_HOME`, or `~/.local/share/vstk`."""
    return Path(os.environ.get("VSTK_HOME") or Path.home() / ".local" / "share" / "vstk")


def weights() -> Path:
    """Where `vstk models pull` puts weights, and where audits look for them."""
    return home() / "weights"
