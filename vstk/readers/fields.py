"""Where a log keeps what is beside the text: who, when, in which conversation.

The names of fields differ from log to log, but not by format: every application
puts its user's id where it likes. So all formats look in the same places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vstk.types import UnitKind

Record = Mapping[str, Any]

_NO_CHARACTER = re.compile("[\ud800-\udfff\x00]")


def clean(text: str) -> str:
    """Text that can be encoded: NULs and halves of surrogate pairs become U+FFFD."""
    if text.isascii() and "\0" not in text:  # nearly always, and much faster
        return text
    return _NO_CHARACTER.sub("\ufffd", text)


def first(place: Record, *names: str) -> Any:
    """The first of these fields that is there and not null."""
    for name in names:
        if place.get(name) is not None:
            return place[name]
    return None


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
