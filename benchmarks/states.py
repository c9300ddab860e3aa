"""Hidden states of labelled texts, kept in a file: what several measurements start from.

Reading them is nearly all that such a measurement costs, so that a second run,
or one that was stopped, goes on from the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vstk.pipeline import labelling
from vstk.types import Conversation, Source, Turn

SAVE_EVERY = 50


def conversation(name: str, turns: Sequence[Turn], line: int = 1) -> Conversation:
    """Turns as the engine takes them."""
    return Conversation(
        source=Source(file="benchmark", line=line),
        id=name,
        user=None,
        unit_kind="none",
        started_at=None,
        turns=tuple(turns),
    )


def read(
    texts: Mapping[str, Sequence[Turn]],
    build: Callable[[], Callable[[Conversation], Any]],
    file: Path,
    *,
    workers: int | None,
) -> dict[str, np.ndarray]:
    """States by name, read by `build()` where the file does not hold them yet."""
    found = _load(file)
    waiting = [conversation(name, turns) for name, turns in texts.items() if name not in found]
    # With no worker to fill, the model would be loaded here for nothing.
    crew = labelling.crew(workers, len(waiting))
    read = labelling.label_all(waiting, build, workers=crew) if waiting else ()
    for number, (one, states) in enumerate(read, start=1):
        found[one.id] = states
        if number % SAVE_EVERY == 0 or number == len(waiting):
            _save(file, found)
            print(f"{number} of {len(waiting)} read", file=sys.stderr, flush=True)
    return {name: found[name] for name in texts}


def _load(file: Path) -> dict[str, np.ndarray]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as archive:
        return dict(zip(archive["ids"].tolist(), archive["feats"], strict=True))


def _save(file: Path, found: Mapping[str, np.ndarray]) -> None:
    beside = file.with_name(f".{file.name}.tmp.npz")
    np.savez(beside, ids=np.array(list(found)), feats=np.stack(list(found.values())))
    os.replace(beside, file)
