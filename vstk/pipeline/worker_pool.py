"""The part of the way that holds text: a conversation in, closed labels out.

Scrubbing and reading happen in the same worker process, one conversation at a
time, so that text crosses one pipe and is gone with the answer. Workers of one
thread each: on a busy machine the barriers of many threads cost more than they
gain, and the weights are shared through the page cache.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from vstk.errors import VstkError
from vstk.pipeline import cpu_budget
from vstk.types import Conversation, Extraction, Reject


@dataclass(frozen=True, slots=True)
class LabelledResult:
    """What was read of a conversation, and in which language it is."""

    extraction: Extraction
    language: str


Outcome = LabelledResult | Reject
Progress = Callable[[int, int], None]
"""Called with conversations done, and conversations to do."""

NO_KEY = b"\0" * 32
"""For text that is public, or that stays with its owner: nobody is protected by hashing its ids."""

T = TypeVar("T")

_AHEAD = 3
"""Conversations in hand per worker: enough to keep it busy, few enough to hold."""


class WorkerLost(VstkError):
    """A worker process was killed from outside."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "A worker process ended before its work did, most likely for want of memory.",
            remedy="start the same command again: finished conversations are kept. "
            "`--workers 1` needs the least memory.",
        )


def worker_count(asked: int | None, work: int) -> int:
    """How many workers so many conversations get: as asked, or as the machine is good for."""
    return max(1, min(asked or cpu_budget.default_workers(), work))


def map_conversations(
    conversations: Iterable[Conversation],
    build: Callable[[], Callable[[Conversation], T]],
    *,
    workers: int,
) -> Iterator[tuple[Conversation, T]]:
    """Label conversations as they come, in whatever order they are done.

    Args:
        conversations: streamed; at most a few per worker are held at once.
        build: makes what labels, once in each worker; must pickle.
        workers: processes; 0 labels in this one.

    Raises:
        WorkerLost: a worker was killed; what was yielded before is whole.
    """
    if workers == 0:
        label = build()
        for conversation in conversations:
            yield conversation, label(conversation)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(build,))
    try:
        yield from _in_turn(pool, iter(conversations), room=workers * _AHEAD)
    except BrokenProcessPool:
        raise WorkerLost from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_turn(
    pool: ProcessPoolExecutor, conversations: Iterator[Conversation], *, room: int
) -> Iterator[tuple[Conversation, Any]]:
    waiting: dict[Future[Any], Conversation] = {}
    more = True
    while more or waiting:
        while more and len(waiting) < room:
            conversation = next(conversations, None)
            if conversation is None:
                more = False
            else:
                waiting[pool.submit(_work, conversation)] = conversation
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future.result()


_label: Callable[[Conversation], Any] | None = None
_refused: VstkError | None = None


def _begin(build: Callable[[], Callable[[Conversation], Any]]) -> None:
    global _label, _refused
    # The parent decides what an interrupt means; a worker finishes its conversation.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _label = build()
    except VstkError as error:
        # A pool whose initialiser fails only says that it is broken.
        _refused = error


def _end_with_parent() -> None:
    # A worker of a killed audit would wait for work for ever, with text in its memory.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(conversation: Conversation) -> Any:
    if _refused is not None:
        raise _refused
    assert _label is not None
    return _label(conversation)
