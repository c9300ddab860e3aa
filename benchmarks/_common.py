"""Conversations for benchmarks, and their progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from vstk import sheet, taxonomy
from vstk.facets import Facets
from vstk.types import Conversation, Source, Turn


def shipped_facets() -> Facets:
    """The facets of the shipped sheet and taxonomy."""
    return sheet.load("sheet-2").resolve(taxonomy.load("vstk-core").keys("category"))


def conversation(name: str, turns: Sequence[Turn], line: int = 1) -> Conversation:
    """A conversation without user id and time."""
    return Conversation(
        source=Source(file="benchmark", line=line),
        id=name,
        user=None,
        unit_kind="none",
        started_at=None,
        turns=tuple(turns),
    )


def told(done: int, total: int) -> None:
    """Print progress after every 50 conversations."""
    if done % 50 == 0 or done == total:
        print(f"{done} of {total} read", file=sys.stderr, flush=True)
