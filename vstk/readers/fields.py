"""Field names under which logs store user ids, times and conversation ids.

These names depend on the application that wrote the log rather than on the format,
so all formats look for the same names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vstk.types import UnitKind

Record = Mapping[str, Any]

_UNENCODABLE = re.compile("[\ud800-\udfff\x00]")


def replace_unencodable(text: str) -> str:
    """Replace NULs and unpaired surrogates with U+FFFD, so that the text can be encoded."""
    if text.isascii() and "\0" not in text:  # the usual case, and much faster
        return text
    return _UNENCODABLE.sub("\ufffd", text)


def first_present(record: Record, *names: str) -> Any:
    """The value of the first of these fields that is present and not null."""
    for name in names:
        if record.get(name) is not None:
            return record[name]
    return None


def nested_object(record: Record, *names: str) -> Record:
    """The first of these fields that is an object or JSON text of one; else an empty one."""
    for name in names:
        value = parse_embedded_json(record.get(name))
        if isinstance(value, dict):
            return value
    return {}


def parse_json(text: str) -> object:
    """Parse a text as JSON; `None` if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parse_embedded_json(value: object) -> object:
    """Parse a text that contains a JSON object or array; return any other value unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        parsed = parse_json(value)
        return value if parsed is None else parsed
    return value


_ACCOUNT_FIELDS = (
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
_API_KEY_FIELDS = (
    "api_key_id",
    "api_key_hash",
    "user_api_key_hash",
    "api_key",
    "key_id",
    "key_hash",
)
_ADDRESS_FIELDS = ("hashed_ip", "ip_hash", "client_ip", "ip_address", "requester_ip_address", "ip")
_USER_FIELDS: tuple[tuple[UnitKind, tuple[str, ...]], ...] = (
    ("account", _ACCOUNT_FIELDS),
    ("api_key", _API_KEY_FIELDS),
    ("ip_hash", _ADDRESS_FIELDS),
)
_PLACEHOLDER_IDS = frozenset(
    {"", "-", "n/a", "none", "null", "undefined", "unknown", "anonymous", "default_user_id"}
)


def find_user(*records: Record) -> tuple[str | None, UnitKind]:
    """The user's id and its kind: the strongest kind that any of these objects contains.

    Account comes before API key, and API key before address. A placeholder such as
    `anonymous` is not an id, because it would merge many people into one.
    """
    for kind, names in _USER_FIELDS:
        for record in records:
            for name in names:
                if name in record and (found := _clean_identifier(record[name])):
                    return found, kind
    return None, "none"


_THREAD_FIELDS = (
    "conversation_id",
    "conversationId",
    "conversation_hash",
    "thread_id",
    "threadId",
    "session_id",
    "sessionId",
    "chat_id",
)


def find_thread(*records: Record) -> str | None:
    """The id shared by all records of one conversation, or `None`."""
    return _first_identifier(records, _THREAD_FIELDS)


def find_record_id(*records: Record) -> str | None:
    """The id of the record itself, or `None`."""
    return _first_identifier(records, ("id", "request_id", "requestId", "uuid", "custom_id"))


def text_field(record: Record, *names: str) -> str | None:
    """The first of these fields that is a non-blank text, or `None`."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return replace_unencodable(value)
    return None


def _first_identifier(records: tuple[Record, ...], names: tuple[str, ...]) -> str | None:
    for record in records:
        for name in names:
            if name in record and (found := _clean_identifier(record[name])):
                return found
    return None


def _clean_identifier(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = replace_unencodable(str(value)).strip()
    return None if found.lower() in _PLACEHOLDER_IDS else found


_TIME_FIELDS = (
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


def find_timestamp(*records: object) -> datetime | None:
    """The first time that any of these objects contains, in UTC, or `None`."""
    for record in records:
        if isinstance(record, Mapping):
            for name in _TIME_FIELDS:
                if name in record and (found := parse_timestamp(record[name])) is not None:
                    return found
    return None


def parse_timestamp(value: object) -> datetime | None:
    """Parse ISO 8601 text, or seconds, milli-, micro- or nanoseconds since 1970.

    A time without a zone is taken as UTC. Times outside the years 2000 to 2099 give
    `None`.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _parse_iso(str(value))
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


def _parse_iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 <= found.year < 2100 else None
