"""The types that describe a log format, and the conversion of messages to turns.

A format knows the layout of its own records. The conversion of a message to turns
is the same for all formats and is defined here: reasoning, tool calls and redacted
text make no turn, and the result of a tool makes a turn with the role `tool`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vstk.readers.fields import Record, first_present, replace_unencodable
from vstk.types import Role, Turn, UnitKind


class Unusable(Exception):
    """A record that cannot be read as a conversation. Carries a reason code only."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One record as a conversation, before the checks for repeats and for missing sides."""

    turns: tuple[Turn, ...]
    id: str | None = None
    """The id of the record itself."""

    thread: str | None = None
    """The id shared by all records of one conversation, if the log has one."""

    user: str | None = None
    unit_kind: UnitKind = "none"
    started_at: datetime | None = None
    model: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A supported log format: one row of the table `FORMATS`."""

    name: str
    title: str
    """One line for users: the format's source and layout."""

    identifies: str
    """Which identifiers of a person these logs can contain, as a phrase."""

    matches: Callable[[Record], bool]
    """Whether a record appears to have this format."""

    convert: Callable[[Record], Draft]
    """Converts a record to a conversation; raises `Unusable`."""

    split: Callable[[Record], Iterable[Record]] = lambda record: (record,)
    """Splits a record that holds several: the spans of an export, a page of results."""


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
"""Role names as logs write them, lower case -> role."""

_REDACTION_MARKERS = frozenset(
    {"__redacted__", "redacted-by-litellm", "[redacted]", "<redacted>", "redacted"}
)


def parse_role(name: object) -> Role:
    """Convert a log's name for a role to a role.

    Raises:
        Unusable: `unknown-role`.
    """
    known = ROLES.get(name.strip().lower()) if isinstance(name, str) else None
    if known is None:
        raise Unusable("unknown-role")
    return known


def turns_of_messages(messages: object) -> tuple[Turn, ...]:
    """Convert a list of messages to turns that contain text.

    Tool calls, reasoning, images and files make no turn. The result of a tool makes
    a turn with the role `tool`, also where it is part of a user's message.

    Raises:
        Unusable: `no-messages` if this is not a list of objects, or `unknown-role`.
    """
    if not isinstance(messages, list) or not messages:
        raise Unusable("no-messages")
    turns: list[Turn] = []
    for message in messages:
        if not isinstance(message, dict):
            raise Unusable("no-messages")
        role = parse_role(first_present(message, "role", "from", "sender", "author"))
        content = first_present(message, "content", "value", "text", "parts")
        turns.extend(turns_of_content(role, content))
        if isinstance(message.get("refusal"), str):
            turns.extend(turns_of_content(role, message["refusal"]))
    return tuple(turns)


def turns_of_content(role: Role, content: object) -> list[Turn]:
    """Convert one message's content (a text, or a list of typed parts) to turns."""
    if isinstance(content, str):
        parts: Iterable[tuple[Role, str]] = [(role, content)]
    elif isinstance(content, list):
        parts = [pair for part in content for pair in _texts_of_part(role, part)]
    elif isinstance(content, dict):
        parts = _texts_of_part(role, content)
    else:
        parts = []
    turns: list[Turn] = []
    for part_role, text in parts:
        text = replace_unencodable(text)
        if not text.strip() or (len(text) < 40 and text.strip().lower() in _REDACTION_MARKERS):
            continue
        if turns and turns[-1].role == part_role:
            turns[-1] = Turn(role=part_role, text=f"{turns[-1].text}\n{text}")
        else:
            turns.append(Turn(role=part_role, text=text))
    return turns


def _texts_of_part(role: Role, part: object) -> list[tuple[Role, str]]:
    if isinstance(part, str):
        return [(role, part)]
    if not isinstance(part, dict):
        return []
    kind = part.get("type", "text")
    if kind in ("text", "input_text", "output_text", "refusal"):
        text = first_present(part, "text", "refusal", "content")
        if isinstance(text, dict):  # the Assistants API wraps the text once more
            text = text.get("value")
        return [(role, text)] if isinstance(text, str) else []
    if kind in ("tool_result", "tool_call_response", "function_call_output"):
        result = first_present(part, "content", "output", "response", "result")
        return [("tool", turn.text) for turn in turns_of_content("tool", result)]
    return []


def require_turns(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Return the turns as a tuple.

    Raises:
        Unusable: `no-text` if there are none.
    """
    kept = tuple(turns)
    if not kept:
        raise Unusable("no-text")
    return kept
