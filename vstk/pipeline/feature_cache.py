"""A cache file of hidden states, so that training evaluates each conversation once.

Evaluating the model takes nearly all the time of training. A second run, or one that was
interrupted, continues from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vstk import files
from vstk.errors import InputUnreadable
from vstk.pipeline import worker_pool
from vstk.pipeline.worker_pool import Progress
from vstk.types import Conversation

States = dict[str, NDArray[np.float16]]
"""Conversation id -> hidden states [layers, vectors, width], of one shape within a file."""

_SAVE_EVERY = 50


class FeatureReaderFactory(Protocol):
    """Builds a function that computes the states of one conversation. It must be picklable."""

    @property
    def about(self) -> str:
        """Everything that the states depend on: weights, prompt texts and window, as one string."""
        ...

    def __call__(self) -> Callable[[Conversation], Any]:
        """Build the function in this process."""
        ...


def read(
    conversations: Sequence[Conversation],
    build: FeatureReaderFactory,
    file: Path | None,
    *,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> States:
    """States of conversations, from the file where it has them, otherwise computed by `build()`.

    Args:
        file: the cache; new states are added to it. `None` for no cache.

    Raises:
        InputUnreadable: the file exists and holds something else.
    """
    found = load(file, build.about) if file is not None and file.exists() else {}
    waiting = [one for one in conversations if one.id not in found]
    done = len(conversations) - len(waiting)
    progress(done, len(conversations))
    outcomes = worker_pool.map_conversations(
        waiting, build, workers=worker_pool.worker_count(workers, len(waiting))
    )
    for number, (conversation, states) in enumerate(outcomes, start=done + 1):
        found[conversation.id] = states
        progress(number, len(conversations))
        if file is not None and (number % _SAVE_EVERY == 0 or number == len(conversations)):
            _save(file, found, build.about)
    return found


def load(file: Path, about: str | None = None) -> States:
    """The states in a cache file.

    Args:
        about: what the states must depend on; `None` to accept any.

    Raises:
        InputUnreadable: the file is missing, holds something else, or its states depend on
            something else.
    """
    recorded, found = _opened(file)
    if about not in (None, recorded):
        raise InputUnreadable(
            f"The hidden states in '{file}' were computed with other weights, another sheet, "
            "another window or an earlier version of vstk.",
            remedy="name a file that does not exist yet; the states are then computed again.",
        )
    return found


def about(file: Path) -> str:
    """What the states of a file depend on; empty if the file does not say."""
    return _opened(file)[0]


def _opened(file: Path) -> tuple[str, States]:
    try:
        with np.load(file, allow_pickle=False) as archive:
            recorded = str(archive["about"]) if "about" in archive else ""
            return recorded, dict(zip(archive["ids"].tolist(), archive["feats"], strict=True))
    except Exception:  # a damaged archive raises whatever its bytes lead to
        raise InputUnreadable(
            f"'{file}' does not hold hidden states.",
            remedy="give a file that `vstk models train --features` wrote, or one that does "
            "not exist yet.",
        ) from None


def _save(file: Path, found: Mapping[str, NDArray[np.float16]], about: str) -> None:
    ids, feats = list(found), list(found.values())
    with files.replacing(file) as archive:
        np.savez(archive, about=np.array(about), ids=np.array(ids), feats=np.stack(feats))
