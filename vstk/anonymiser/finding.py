"""A located piece of personal data, and the time limit for finding it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

Layer = Literal["rule", "ner", "truecase", "list", "model", "propagation", "verify"]


@dataclass(frozen=True, slots=True)
class PiiFinding:
    """One occurrence of an entity in a text.

    `start` and `end` (exclusive) count characters. `score` is the confidence, 0..1.
    """

    start: int
    end: int
    entity: str
    score: float
    layer: Layer


class TooSlow(Exception):
    """The time limit of a conversation is used up."""


class Deadline:
    """The CPU time that one conversation may take.

    It counts the CPU time of the thread rather than elapsed time, so that the load of
    the machine does not change which conversations are set aside.
    """

    def __init__(self, seconds: float) -> None:
        self._start = time.thread_time()
        self._end = self._start + seconds

    def left(self) -> float:
        """Seconds of CPU time left.

        Raises:
            TooSlow: if none are left.
        """
        left = self._end - time.thread_time()
        if left <= 0:
            raise TooSlow
        return left

    def used(self) -> float:
        """Seconds of CPU time since the start."""
        return time.thread_time() - self._start
