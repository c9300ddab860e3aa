"""Conversations for benchmarks, and their progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from vstk.types import Conversation, Source, Turn


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
