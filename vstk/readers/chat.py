"""Chat as OpenAI's and Anthropic's interfaces speak it: one conversation a record.

The commonest log there is, because most gateways and training pipelines write
it: an object with `messages`, whatever else stands beside them.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, joined, said, turns
from vstk.readers.fields import Record, inner, moment, own_id, person, text_of, thread, unpacked

_ANTHROPIC_PARTS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking"})


def _matches(record: Record) -> bool:
    messages = unpacked(record.get("messages"))
    return isinstance(messages, list) and bool(messages) and isinstance(messages[0], dict)


def _matches_anthropic(record: Record) -> bool:
    return _matches(record) and ("system" in record or _has_part(record["messages"]))


def _has_part(messages: object) -> bool:
    if not isinstance(messages, list):
        return False
    contents = [m.get("content") for m in messages if isinstance(m, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(isinstance(p, dict) and p.get("type") in _ANTHROPIC_PARTS for p in parts)


def _convert(record: Record) -> Draft:
    about = inner(record, "metadata")
    messages = unpacked(record.get("messages"))
    found = [*said("system", record.get("system")), *turns(messages)]
    dated = [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    user, kind = person(record, about)
    return Draft(
        turns=joined(found),
        id=own_id(record),
        thread=thread(record, about),
        user=user,
        unit_kind=kind,
        started_at=moment(record, about, *dated[:1]),
        model=text_of(record, "model"),
        team=text_of(record, "team", "department") or text_of(about, "team", "department"),
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
