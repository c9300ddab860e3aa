"""Small records that the tests of shapes are made of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

Q = {"role": "user", "content": "Does it float?"}
A = {"role": "assistant", "content": "It floats."}
Q2 = {"role": "user", "content": "And lead?"}
A2 = {"role": "assistant", "content": "It sinks."}
AT = "2026-07-01T08:0{}:00Z"


def chat(name: str, *, minute: int = 0, **fields: Any) -> dict[str, Any]:
    """A whole small log entry."""
    asked = {"role": "user", "content": f"Does {name} float?"}
    return {"id": name, "user": f"u-{name}", "timestamp": AT.format(minute)} | {
        "messages": [asked, A],
        **fields,
    }


def lines(*records: Any) -> bytes:
    """Records as JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def write(folder: Path, name: str, content: bytes | str) -> Path:
    """A file in a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def shape(read: Callable[..., Any], *paths: Path, **options: Any) -> tuple[Any, ...]:
    """What was read, in short: the sides of each conversation, kinds of id, people."""
    conversations, _ = read(*paths, **options)
    roles = sorted("".join(turn.role[0] for turn in c.turns) for c in conversations)
    kinds = dict(Counter(c.unit_kind for c in conversations))
    return roles, kinds, len({c.user for c in conversations if c.user})
