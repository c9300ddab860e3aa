"""What is asked of an audit, and where it keeps what it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vstk import paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an audit keeps what it must keep."""

    work: Path
    ledger: Path = field(default_factory=lambda: paths.home() / "ledger.db")
    key: Path = field(default_factory=lambda: paths.home() / "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of an audit today, beside the policy."""

    logs: Sequence[Path]
    dataset: str
    format: str | None = None
    period: str | None = None
    one_in: int = 1
    workers: int | None = None
    relabel: bool = False
