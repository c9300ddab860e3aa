"""What a recogniser says: here is something of this kind."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

Layer = Literal["rule", "ner", "truecase", "list", "propagation", "verify"]


@dataclass(frozen=True, slots=True)
class PiiFinding:
    """One occurrence of an entity; offsets count characters of one text."""

    start: int
    end: int
    entity: str
    score: float
    layer: Layer


class TooSlow(Exception):
    """A conversation has used up its time."""


class Deadline:
    """The working time that one conversation may take.

    It counts the thread's own time, not the clock on the wall: a busy machine
    must not change which conversations are set aside.
    """

    def __init__(self, seconds: float) -> None:
        self._start = time.thread_time()
        self._end = self._start + seconds

    def left(self) -> float:
        """Seconds of work left.

        Raises:
            TooSlow: when none are.
        """
        left = self._end - time.thread_time()
        if left <= 0:
            raise TooSlow
        return left

    def used(self) -> float:
        """Seconds of work since the start."""
        return time.thread_time() - self._start
