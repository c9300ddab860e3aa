"""Hidden states of texts, read once and kept in a file.

Reading them takes nearly all the time of training, so that a second run, or one
that was stopped, continues from the file.
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
"""By id of the conversation, [layers, vectors, width]; of one shape in a file."""

_SAVE_EVERY = 50


class FeatureReaderFactory(Protocol):
    """Builds what reads the states of one conversation; must pickle."""

    @property
    def about(self) -> str:
        """All that decides what the states are: weights, words around the text, window."""
        ...

    def __call__(self) -> Callable[[Conversation], Any]:
        """Build it in this process."""
        ...


def read(
    conversations: Sequence[Conversation],
    build: FeatureReaderFactory,
    file: Path | None,
    *,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> States:
    """States of conversations, by `build()` where the file does not hold them yet.

    Args:
        file: what is read is added to this file.

    Raises:
        InputUnreadable: the file is there, and holds something else.
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
    """What a file holds.

    Args:
        about: how the states must have been read; not looked at if absent.

    Raises:
        InputUnreadable: it is missing, or holds something else or states read otherwise.
    """
    recorded, found = _opened(file)
    if about not in (None, recorded):
        raise InputUnreadable(
            f"The hidden states in '{file}' are of other weights, another sheet or window, or "
            "of an earlier vstk.",
            remedy="give a file that does not exist yet, and they are read anew.",
        )
    return found


def about(file: Path) -> str:
    """How the states of a file were read; nothing where it does not say."""
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
