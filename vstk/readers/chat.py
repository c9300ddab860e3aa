"""OpenAI and Anthropic chat logs: one conversation per record.

This is the most common log format, because most gateways and training pipelines
write it: an object with a `messages` list and any other fields.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, require_turns, turns_of_content, turns_of_messages
from vstk.readers.fields import (
    Record,
    find_record_id,
    find_thread,
    find_timestamp,
    find_user,
    nested_object,
    parse_embedded_json,
    text_field,
)

_ANTHROPIC_PARTS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking"})


def _matches(record: Record) -> bool:
    messages = parse_embedded_json(record.get("messages"))
    return isinstance(messages, list) and bool(messages) and isinstance(messages[0], dict)


def _matches_anthropic(record: Record) -> bool:
    return _matches(record) and ("system" in record or _has_anthropic_part(record["messages"]))


def _has_anthropic_part(messages: object) -> bool:
    if not isinstance(messages, list):
        return False
    contents = [m.get("content") for m in messages if isinstance(m, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(isinstance(p, dict) and p.get("type") in _ANTHROPIC_PARTS for p in parts)


def _convert(record: Record) -> Draft:
    metadata = nested_object(record, "metadata")
    messages = parse_embedded_json(record.get("messages"))
    turns = [*turns_of_content("system", record.get("system")), *turns_of_messages(messages)]
    message_objects = (
        [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    )
    user, kind = find_user(record, metadata)
    return Draft(
        turns=require_turns(turns),
        id=find_record_id(record),
        thread=find_thread(record, metadata),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record, metadata, *message_objects[:1]),
        model=text_field(record, "model"),
        team=text_field(record, "team", "department") or text_field(metadata, "team", "department"),
    )


CHAT = Format(
    name="openai-chat",
    title="OpenAI chat: objects with `messages` of role and content",
    identifies="account, API key or address, where a field names one",
    matches=_matches,
    convert=_convert,
)

ANTHROPIC = Format(
    name="anthropic-messages",
    title="Anthropic Messages: `messages` beside `system`, with typed parts",
    identifies="account, where `metadata.user_id` names one",
    matches=_matches_anthropic,
    convert=_convert,
)
