"""Worker processes that label conversations: a conversation goes in, its labels come out.

Each worker anonymises and labels one conversation at a time, so that its text crosses one
pipe and is gone when the labels return. Workers have one thread each: several threads per
worker spend more time waiting for each other than they gain, and the weights are shared
through the page cache. A worker is sealed before it gets a conversation: it reaches no
network and starts no program.
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

from vstk import sandbox
from vstk.errors import VstkError
from vstk.pipeline import cpu_budget
from vstk.types import Conversation, Extraction, Reject


@dataclass(frozen=True, slots=True)
class LabelledResult:
    """The labels of a conversation, and its language."""

    extraction: Extraction
    language: str


Outcome = LabelledResult | Reject
Progress = Callable[[int, int], None]
"""Called with the conversations done, and the number of all."""

NO_KEY = b"\0" * 32
"""In place of a secret, for text whose ids need no protection: public text, or text that
stays with its owner."""

T = TypeVar("T")

_QUEUED_PER_WORKER = 3
"""Conversations held in memory per worker: enough to keep it busy."""


class WorkerLost(VstkError):
    """A worker process was killed from outside."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "A worker process was ended, most likely because the machine ran out of memory.",
            remedy="run the same command again: finished conversations are kept. "
            "`--workers 1` needs the least memory.",
        )


def worker_count(asked: int | None, work: int) -> int:
    """The number of worker processes for an amount of work.

    Args:
        asked: by the user; `None` for as many as the machine can run.
        work: conversations to label; there are never more workers than that.
    """
    return max(1, min(asked or cpu_budget.default_workers(), work))


def map_conversations(
    conversations: Iterable[Conversation],
    build: Callable[[], Callable[[Conversation], T]],
    *,
    workers: int,
) -> Iterator[tuple[Conversation, T]]:
    """Label conversations in worker processes; results come in the order they are done.

    Args:
        conversations: streamed; at most a few per worker are held in memory.
        build: called once in each worker, returns the function that labels; must pickle.
        workers: number of processes; 0 labels in this process.

    Raises:
        WorkerLost: a worker was killed; the results yielded before are complete.
        VstkError: `build` failed in a worker.
    """
    if workers == 0:
        label = build()
        for conversation in conversations:
            yield conversation, label(conversation)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(build,))
    try:
        yield from _as_completed(pool, iter(conversations), limit=workers * _QUEUED_PER_WORKER)
    except BrokenProcessPool:
        raise WorkerLost from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _as_completed(
    pool: ProcessPoolExecutor, conversations: Iterator[Conversation], *, limit: int
) -> Iterator[tuple[Conversation, Any]]:
    waiting: dict[Future[Any], Conversation] = {}
    more = True
    while more or waiting:
        while more and len(waiting) < limit:
            conversation = next(conversations, None)
            if conversation is None:
                more = False
            else:
                waiting[pool.submit(_label_one, conversation)] = conversation
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future.result()


_label: Callable[[Conversation], Any] | None = None
_build_error: VstkError | None = None


def _start_worker(build: Callable[[], Callable[[Conversation], Any]]) -> None:
    global _label, _build_error
    sandbox.seal_worker()
    # The parent handles an interrupt; a worker finishes its conversation.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        _label = build()
    except VstkError as error:
        # A pool whose initialiser raises reports only that it is broken, so the error is kept.
        _build_error = error


def _exit_with_parent() -> None:
    # The worker of a killed parent would wait for work forever, with text in its memory.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _label_one(conversation: Conversation) -> Any:
    if _build_error is not None:
        raise _build_error
    assert _label is not None
    return _label(conversation)
