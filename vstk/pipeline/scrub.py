"""The anonymiser on its own: scrub to a file, measure with canaries, write review sheets.

Each function reads the logs once, as a stream, so logs may be larger than memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from vstk import readers
from vstk.anonymiser import canaries, canary_containers, review, scrub
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import stream_atomic
from vstk.pipeline.labeller import pii_model, pipelines, presidio
from vstk.pipeline.worker_pool import NO_KEY, Progress
from vstk.policy import Policy
from vstk.types import Conversation, Reject, Role, ScrubbedConversation, Source, Turn

if TYPE_CHECKING:
    from vstk.anonymiser.engine import PresidioScrubber

BATCH_CONVERSATIONS = 64
BATCH_CHARACTERS = 200_000
"""A batch of conversations is scrubbed when it reaches one of these sizes."""

MAX_CANARY_CONVERSATIONS = 2000
"""Most conversations that are kept in memory to insert canaries into."""


def scrub_messages(messages: Sequence[Mapping[str, str]], policy: Policy) -> list[dict[str, str]]:
    """Replace personal data in the messages of one conversation.

    Args:
        messages: each with `role` and `content`.

    Raises:
        InputUnreadable: a message is not as it must be, or the conversation cannot be scrubbed
            completely; the message names a reason code and quotes nothing.
    """
    conversation = Conversation(
        source=Source(file="", line=1),
        id="",
        user=None,
        unit_kind="none",
        started_at=None,
        turns=tuple(_turn(message) for message in messages),
    )
    rejects: list[Reject] = []
    for found in scrub(
        [conversation], _kept_scrubber(policy), key=NO_KEY, on_reject=rejects.append
    ):
        return [{"role": turn.role, "content": turn.text} for turn in found.turns]
    raise InputUnreadable(
        f"The text cannot be scrubbed ({rejects[0].reason}).",
        remedy="look up the reason in docs/reference/errors.md; `scrub.languages` of the policy "
        "lists the accepted languages.",
    )


def _turn(message: Mapping[str, str]) -> Turn:
    role, content = message.get("role"), message.get("content")
    if role not in get_args(Role) or not isinstance(content, str):
        raise InputUnreadable(
            "A message needs a `role` and a `content`, both text.",
            remedy="use one of the roles " + ", ".join(get_args(Role)) + ".",
        )
    return Turn(role=cast(Role, role), text=content)


def scrub_to_file(
    logs: Sequence[Path],
    policy: Policy,
    out: Path,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Scrub logs to a JSONL file of `id` and `messages`, written atomically.

    The id is that of the log; a conversation without one gets its line number.

    Args:
        logs: files and folders.
        out: file to create; only its owner can read it.
        format: log format, detected if `None`.
        progress: called with the number of conversations read.

    Returns:
        The scrub report: counts, no content.

    Raises:
        OutputUnwritable: `out` exists, or cannot be written.
        InputUnreadable: no conversation could be scrubbed.
    """
    if out.exists():
        raise OutputUnwritable(
            f"'{out}' already exists.", remedy="name a file that does not exist with --out."
        )
    scrubber, rejects = _scrubber(policy), Counter[str]()
    written = 0

    def write_lines(write: Callable[[str], Any]) -> None:
        nonlocal written
        scrubbed = _scrubbed(logs, scrubber, rejects, format, progress)
        for number, (conversation, scrubbed_conversation) in enumerate(scrubbed, start=1):
            turns = [
                {"role": turn.role, "content": turn.text} for turn in scrubbed_conversation.turns
            ]
            # An id that is a hash of the content would allow guesses at the content to be tested.
            is_content_hash = readers.is_content_id(conversation.id)
            line = {
                "id": f"line-{number}" if is_content_hash else conversation.id,
                "messages": turns,
            }
            write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1

    stream_atomic(out, write_lines)
    if not written:
        out.unlink()
        raise _no_conversation_error(rejects)
    return scrubber.report.as_dict() | {"written": written, "passed_over": dict(rejects)}


def measure_scrub(
    logs: Sequence[Path],
    policy: Policy,
    count: int,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Insert canaries into copies of turns and count those readable after scrubbing.

    Writes no file; the copies exist in memory only.

    Args:
        count: number of canaries in sentences, and again of those in containers.

    Returns:
        Leak rates by kind, language, letter case and origin, and by container; no content.

    Raises:
        InputUnreadable: no conversation could be scrubbed.
    """
    rejects: Counter[str] = Counter()
    sample = canaries.sample_conversations(_read(logs, rejects, format), MAX_CANARY_CONVERSATIONS)
    scrubber, accepted = _scrubber(policy), policy.scrub.languages
    report = canaries.measure_leakage(sample, scrubber, count, accepted=accepted, progress=progress)
    if not report.kinds and not report.set_aside:
        raise _no_conversation_error(rejects)
    in_containers = canary_containers.measure_containers(sample, scrubber, count, accepted=accepted)
    return report.as_dict() | in_containers.as_dict()


def write_review(
    logs: Sequence[Path],
    policy: Policy,
    sheet: Path,
    count: int,
    *,
    format: str | None = None,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write a sheet of `count` scrubbed turns for a person to check.

    Returns:
        The number of turns written, which is smaller than `count` for short logs.

    Raises:
        OutputUnwritable: the sheet exists, or cannot be written.
        InputUnreadable: no conversation could be scrubbed.
    """
    if sheet.exists():
        review.write_sheet([], sheet)  # raises, before time is spent on scrubbing
    rejects: Counter[str] = Counter()
    scrubbed = _scrubbed(logs, _scrubber(policy), rejects, format, progress)
    rows = review.sample_rows(
        (
            turn.text
            for _, scrubbed_conversation in scrubbed
            for turn in scrubbed_conversation.turns
        ),
        count,
    )
    if not rows:
        raise _no_conversation_error(rejects)
    review.write_sheet(rows, sheet)
    return len(rows)


def score_review(sheet: Path) -> dict[str, Any]:
    """Summarise a completed review sheet."""
    return review.score_sheet(sheet)


def _scrubber(policy: Policy) -> PresidioScrubber:
    return presidio(policy.scrub, pipelines(policy.scrub), pii_model(policy.scrub))


_kept: dict[str, PresidioScrubber] = {}


def _kept_scrubber(policy: Policy) -> PresidioScrubber:
    """The scrubber of the policy asked for last: loading its pipelines takes seconds."""
    rules = policy.scrub.model_dump_json()
    if rules not in _kept:
        _kept.clear()
        _kept[rules] = _scrubber(policy)
    return _kept[rules]


def _read(
    logs: Sequence[Path], rejects: Counter[str], format: str | None
) -> Iterator[Conversation]:
    def count_reject(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    return readers.read(logs, on_reject=count_reject, format=format)


def _scrubbed(
    logs: Sequence[Path],
    scrubber: PresidioScrubber,
    rejects: Counter[str],
    format: str | None,
    progress: Progress,
) -> Iterator[tuple[Conversation, ScrubbedConversation]]:
    """Yield (original, scrubbed) for each conversation that could be scrubbed."""

    def count_reject(reject: Reject) -> None:
        rejects[f"{reject.step}: {reject.reason}"] += 1

    number = 0
    for batch in _batches(_read(logs, rejects, format)):
        scrubber.read_names_together(batch)
        for conversation in batch:
            for scrubbed_conversation in scrub(
                [conversation], scrubber, key=NO_KEY, on_reject=count_reject
            ):
                yield conversation, scrubbed_conversation
            number += 1
            progress(number, number)


def _batches(conversations: Iterable[Conversation]) -> Iterator[list[Conversation]]:
    batch: list[Conversation] = []
    size = 0
    for conversation in conversations:
        batch.append(conversation)
        size += sum(len(turn.text) for turn in conversation.turns)
        if len(batch) >= BATCH_CONVERSATIONS or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _no_conversation_error(rejects: Counter[str]) -> InputUnreadable:
    return InputUnreadable(
        f"No conversation could be scrubbed ({', '.join(sorted(rejects)) or 'none read'}).",
        remedy="use `vstk inspect` to see what the files contain; the policy lists the accepted "
        "languages.",
    )
