"""What an audit is asked for, and where it keeps its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vstk import paths, readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an audit keeps its files."""

    work: Path
    """Work folder: labels, until they are purged."""

    ledger: Path = field(default_factory=lambda: paths.home() / "ledger.db")
    key: Path = field(default_factory=lambda: paths.home() / "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an audit is asked for, apart from the policy."""

    logs: Sequence[Path]
    """Files and folders."""

    dataset: str
    """Name of the population whose privacy budget is charged."""

    format: str | None = None
    """Format of the logs; `None` to find it."""

    reading: readers.Options | None = None
    """Other ways to read the logs: a map of fields, a function, a query."""

    period: str | None = None
    """Audit only conversations that started in it, e.g. `2026-Q3`."""

    one_in: int = 1
    """Audit a random sample of one in this many people."""

    workers: int | None = None
    """Worker processes; `None` for as many as the machine allows."""

    anew: bool = False
    """Release again, at full cost, although this question was answered before."""

    relabel: bool = False
    """Discard labels of other settings or other logs, and label again."""
