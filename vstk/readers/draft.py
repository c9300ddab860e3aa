"""What a format is, what it makes of one record, and what counts as speech.

A format knows the shape of its own records. How a message becomes a turn is the
same everywhere, and here: tool output, reasoning and masked text are no speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vstk.readers.fields import Record, clean, first
from vstk.types import Role, Turn, UnitKind


class Unusable(Exception):
    """A record that is no conversation: carries a reason code, nothing else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A conversation before it is known to be whole, new and two-sided."""

    turns: tuple[Turn, ...]
    id: str | None = None
    """The record's own id."""

    thread: str | None = None
    """An id that all records of one conversation share, where the log has one."""

    user: str | None = None
    unit_kind: UnitKind = "none"
    started_at: datetime | None = None
    model: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One row of the table of formats."""

    name: str
    title: str
    """One line for people: what it is and where it comes from."""

    identifies: str
    """Which ids of a person such logs can carry, in words."""

    matches: Callable[[Record], bool]
    """Whether a record looks like one of this format."""

    convert: Callable[[Record], Draft]
    """The record as a conversation; raises `Unusable`."""

    split: Callable[[Record], Iterable[Record]] = lambda record: (record,)
    """What a record of the file holds, where that is several: spans, a page of results."""


ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "customer": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "claude": "assistant",
    "tool": "tool",
    "function": "tool",
    "function_call": "tool",
    "function_response": "tool",
    "observation": "tool",
    "ipython": "tool",
    "environment": "tool",
}
"""Names of the sides of a conversation, as logs write them."""

_MASKED = frozenset({"__redacted__", "redacted-by-litellm", "[redacted]", "<redacted>", "redacted"})


def role(name: object) -> Role:
    """The side of a conversation that a log's word for it means."""
    known = ROLES.get(name.strip().lower()) if isinstance(name, str) else None
    if known is None:
        raise Unusable("unknown-role")
    return known


def turns(messages: object) -> tuple[Turn, ...]:
    """A list of messages as turns with text; what nobody said is left out.

    Tool calls, reasoning, images and files are no speech and make no turn. A
    tool's result makes a turn of the tool, also where it stands in a user's message.
    """
    if not isinstance(messages, list) or not messages:
        raise Unusable("no-messages")
    found: list[Turn] = []
    for message in messages:
        if not isinstance(message, dict):
            raise Unusable("no-messages")
        side = role(first(message, "role", "from", "sender", "author"))
        content = first(message, "content", "value", "text", "parts")
        found.extend(said(side, content))
        if isinstance(message.get("refusal"), str):
            found.extend(said(side, message["refusal"]))
    return tuple(found)


def said(side: Role, content: object) -> list[Turn]:
    """The turns in one message's content: a text, or a list of typed parts."""
    if isinstance(content, str):
        parts: Iterable[tuple[Role, str]] = [(side, content)]
    elif isinstance(content, list):
        parts = [pair for part in content for pair in _part(side, part)]
    elif isinstance(content, dict):
        parts = _part(side, content)
    else:
        parts = []
    found: list[Turn] = []
    for owner, text in parts:
        text = clean(text)
        if not text.strip() or (len(text) < 40 and text.strip().lower() in _MASKED):
            continue
        if found and found[-1].role == owner:
            found[-1] = Turn(role=owner, text=f"{found[-1].text}\n{text}")
        else:
            found.append(Turn(role=owner, text=text))
    return found


def _part(side: Role, part: object) -> list[tuple[Role, str]]:
    if isinstance(part, str):
        return [(side, part)]
    if not isinstance(part, dict):
        return []
    kind = part.get("type", "text")
    if kind in ("text", "input_text", "output_text", "refusal"):
        text = first(part, "text", "refusal", "content")
        if isinstance(text, dict):  # the Assistants API wraps it once more
            text = text.get("value")
        return [(side, text)] if isinstance(text, str) else []
    if kind in ("tool_result", "tool_call_response", "function_call_output"):
        result = first(part, "content", "output", "response", "result")
        return [("tool", turn.text) for turn in said("tool", result)]
    return []


def joined(sides: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns as a tuple; refuses what holds no text at all."""
    found = tuple(sides)
    if not found:
        raise Unusable("no-text")
    return found
