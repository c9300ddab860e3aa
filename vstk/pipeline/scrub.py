"""The scrub on its own: to a file, measured with canaries, checked by a person.

Each is one way through the log, which may be longer than memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vstk import readers
from vstk.anonymiser import canaries, review, scrub
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import stream_atomic
from vstk.pipeline.labeller import pipelines, presidio
from vstk.pipeline.worker_pool import NO_KEY, Progress
from vstk.policy import Policy
from vstk.types import Conversation, Reject, ScrubbedConversation

if TYPE_CHECKING:
    from vstk.anonymiser.engine import PresidioScrubber

TOGETHER, AT_MOST = 64, 200_000
"""Conversations, and characters, whose names are read together."""

COPIED = 2000
"""Conversations that canaries are planted into, at most: so many fit into memory."""


def scrub_to_file(
    logs: Sequence[Path],
    policy: Policy,
    out: Path,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Scrub logs into a JSONL file of `id` and `messages`, whole or not at all.

    The id is the log's own, or where it has none, the number of the line written.

    Returns:
        The scrub report: counts and shares, no content.
    """
    if out.exists():
        raise OutputUnwritable(
            f"'{out}' exists already.", remedy="give a file that does not exist yet with --out."
        )
    scrubber, rejects = _scrubber(policy), Counter[str]()
    written = 0

    def lines(write: Callable[[str], Any]) -> None:
        nonlocal written
        scrubbed = _scrubbed(logs, scrubber, rejects, format, progress)
        for number, (conversation, clean) in enumerate(scrubbed, start=1):
            turns = [{"role": turn.role, "content": turn.text} for turn in clean.turns]
            # An id made of the content would let anybody test a guess at the content.
            is_made = readers.is_content_id(conversation.id)
            line = {"id": f"line-{number}" if is_made else conversation.id, "messages": turns}
            write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1

    stream_atomic(out, lines)
    if not written:
        out.unlink()
        raise _nothing(rejects)
    return scrubber.report.as_dict() | {"written": written, "passed_over": dict(rejects)}


def measure_scrub(
    logs: Sequence[Path],
    policy: Policy,
    count: int,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Plant canaries into copies of a log's turns, and count what the scrub lets through.

    Writes nothing; the copies are dropped.
    """
    rejects: Counter[str] = Counter()
    drawn = canaries.draw(_read(logs, rejects, format), COPIED)
    found = canaries.measure(
        drawn, _scrubber(policy), count, accepted=policy.scrub.languages, progress=progress
    )
    if not found.kinds and not found.set_aside:
        raise _nothing(rejects)
    return found.as_dict()


def write_review(
    logs: Sequence[Path],
    policy: Policy,
    sheet: Path,
    count: int,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write a sheet of scrubbed turns for a person to check; returns how many."""
    if sheet.exists():
        review.write([], sheet)  # refuses, before the time of a scrub is spent
    rejects: Counter[str] = Counter()
    scrubbed = _scrubbed(logs, _scrubber(policy), rejects, format, progress)
    rows = review.sample((turn.text for _, clean in scrubbed for turn in clean.turns), count)
    if not rows:
        raise _nothing(rejects)
    review.write(rows, sheet)
    return len(rows)


def score_review(sheet: Path) -> dict[str, Any]:
    """What a filled review sheet says."""
    return review.score(sheet)


def _scrubber(policy: Policy) -> PresidioScrubber:
    return presidio(policy.scrub, pipelines(policy.scrub))


def _read(
    logs: Sequence[Path], rejects: Counter[str], format: str | None
) -> Iterator[Conversation]:
    def note(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    return readers.read(logs, on_reject=note, format=format)


def _scrubbed(
    logs: Sequence[Path],
    scrubber: PresidioScrubber,
    rejects: Counter[str],
    format: str | None,
    progress: Progress,
) -> Iterator[tuple[Conversation, ScrubbedConversation]]:
    """Each conversation that could be scrubbed, beside what it was."""

    def note(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    number = 0
    for together in _together(_read(logs, rejects, format)):
        scrubber.warm(together)
        for conversation in together:
            for clean in scrub([conversation], scrubber, key=NO_KEY, on_reject=note):
                yield conversation, clean
            number += 1
            progress(number, number)


def _together(conversations: Iterable[Conversation]) -> Iterator[list[Conversation]]:
    held: list[Conversation] = []
    size = 0
    for conversation in conversations:
        held.append(conversation)
        size += sum(len(turn.text) for turn in conversation.turns)
        if len(held) >= TOGETHER or size >= AT_MOST:
            yield held
            held, size = [], 0
    if held:
        yield held


def _nothing(rejects: Counter[str]) -> InputUnreadable:
    return InputUnreadable(
        f"No conversation could be scrubbed ({', '.join(sorted(rejects)) or 'none read'}).",
        remedy="see with `vstk inspect` what the files hold; the policy lists the languages "
        "that are accepted.",
    )
