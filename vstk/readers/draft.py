"""What a format makes of one record, and the words that all formats share.

A format reads the shape of its own records; how a message becomes a turn, which
field names a person and how a time is written is the same everywhere, and here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vstk.types import Role, Turn, UnitKind

Record = Mapping[str, Any]


class Unusable(Exception):  # noqa: N818  (no error: the run goes on)
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

_NO_CHARACTER = re.compile("[\ud800-\udfff\x00]")
_MASKED = frozenset({"__redacted__", "redacted-by-litellm", "[redacted]", "<redacted>", "redacted"})


def clean(text: str) -> str:
    """Text that can be encoded: NULs and halves of surrogate pairs become U+FFFD."""
    if text.isascii() and "\0" not in text:  # nearly always, and much faster
        return text
    return _NO_CHARACTER.sub("\ufffd", text)


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
        side = role(_first(message, "role", "from", "sender", "author"))
        content = _first(message, "content", "value", "text", "parts")
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
        text = _first(part, "text", "refusal", "content")
        if isinstance(text, dict):  # the Assistants API wraps it once more
            text = text.get("value")
        return [(side, text)] if isinstance(text, str) else []
    if kind in ("tool_result", "tool_call_response", "function_call_output"):
        result = _first(part, "content", "output", "response", "result")
        return [("tool", turn.text) for turn in said("tool", result)]
    return []


def joined(sides: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns as a tuple; refuses what holds no text at all."""
    found = tuple(sides)
    if not found:
        raise Unusable("no-text")
    return found


def inner(record: Record, *names: str) -> Record:
    """The first of these fields that is an object, or is one written as JSON text."""
    for name in names:
        value = unpacked(record.get(name))
        if isinstance(value, dict):
            return value
    return {}


def loaded(text: str) -> object:
    """JSON inside JSON, as many logs keep it; `None` where it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def unpacked(value: object) -> object:
    """A value, read as JSON where it is a text that holds some."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        inside = loaded(value)
        return value if inside is None else inside
    return value


_ACCOUNT = (
    "user_id",
    "userId",
    "user",
    "end_user",
    "enduser.id",
    "user.id",
    "account_id",
    "employee_id",
    "safety_identifier",
    "user_api_key_user_id",
)
_API_KEY = ("api_key_id", "api_key_hash", "user_api_key_hash", "api_key", "key_id", "key_hash")
_ADDRESS = ("hashed_ip", "ip_hash", "client_ip", "ip_address", "requester_ip_address", "ip")
_KINDS: tuple[tuple[UnitKind, tuple[str, ...]], ...] = (
    ("account", _ACCOUNT),
    ("api_key", _API_KEY),
    ("ip_hash", _ADDRESS),
)
_NOBODY = frozenset(
    {"", "-", "n/a", "none", "null", "undefined", "unknown", "anonymous", "default_user_id"}
)


def person(*places: Record) -> tuple[str | None, UnitKind]:
    """Who spoke, by the strongest kind of id that any of these objects carries.

    A placeholder such as `anonymous` is nobody: it would make one person of many.
    """
    for kind, names in _KINDS:
        for place in places:
            for name in names:
                if name in place and (found := _identifier(place[name])):
                    return found, kind
    return None, "none"


_THREAD = (
    "conversation_id",
    "conversationId",
    "conversation_hash",
    "thread_id",
    "threadId",
    "session_id",
    "sessionId",
    "chat_id",
)


def thread(*places: Record) -> str | None:
    """The id that all records of one conversation share."""
    return _any(places, _THREAD)


def own_id(*places: Record) -> str | None:
    """The record's own id."""
    return _any(places, ("id", "request_id", "requestId", "uuid", "custom_id"))


def text_of(place: Record, *names: str) -> str | None:
    """The first of these fields that is a text with something in it."""
    for name in names:
        value = place.get(name)
        if isinstance(value, str) and value.strip():
            return clean(value)
    return None


def _any(places: tuple[Record, ...], names: tuple[str, ...]) -> str | None:
    for place in places:
        for name in names:
            if name in place and (found := _identifier(place[name])):
                return found
    return None


def _identifier(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = clean(str(value)).strip()
    return None if found.lower() in _NOBODY else found


_TIMES = (
    "started_at",
    "start_time",
    "startTime",
    "timestamp",
    "created_at",
    "createdAt",
    "create_time",
    "created",
    "time",
    "date",
    "ts",
)


def moment(*places: object) -> datetime | None:
    """The first time that any of these objects carries, in UTC."""
    for place in places:
        if isinstance(place, Mapping):
            for name in _TIMES:
                if name in place and (found := when(place[name])) is not None:
                    return found
    return None


def when(value: object) -> datetime | None:
    """A time from ISO 8601 text or seconds, milli-, micro- or nanoseconds since 1970.

    One without a zone is taken as UTC. What is not between 2000 and 2100 is no time.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso(str(value))
    if not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    for scale in (1.0, 1e3, 1e6, 1e9):
        if 946_684_800 <= seconds / scale < 4_102_444_800:
            return datetime.fromtimestamp(seconds / scale, UTC)
    return None


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 <= found.year < 2100 else None


def _first(place: Record, *names: str) -> Any:
    for name in names:
        if place.get(name) is not None:
            return place[name]
    return None
