"""Chat as OpenAI's and Anthropic's interfaces speak it: an object with `messages`.

The commonest log there is, because most gateways and training pipelines write it. It is
read as a call with its history, because that is what most of them log.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, draft_of
from vstk.readers.fields import moment
from vstk.readers.speech import said, turns
from vstk.readers.values import Record, inner, unpacked

_ANTHROPIC_PARTS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking"})


def _matches(record: Record) -> bool:
    return "messages" in record


def _matches_anthropic(record: Record) -> bool:
    messages = record.get("messages")
    return isinstance(messages, list) and ("system" in record or _has_part(messages[:20]))


def _has_part(messages: list[object]) -> bool:
    for message in messages:
        content = message.get("content") if type(message) is dict else None
        if type(content) is list and any(
            isinstance(part, dict)
            and isinstance(kind := part.get("type"), str)
            and kind in _ANTHROPIC_PARTS
            for part in content
        ):
            return True
    return False


def _convert(record: Record) -> Draft:
    messages = record.get("messages")
    if type(messages) is str:
        messages = unpacked(messages)
    found = turns(messages)
    if "system" in record:
        found = said("system", record["system"]) + found
    about = inner(record, "metadata") if "metadata" in record else {}
    draft = draft_of(found, record, about)
    if draft.started_at is None and isinstance(messages, list):
        draft.started_at = moment(messages[0])
    return draft


CHAT = Format(
    name="openai-chat",
    title="OpenAI chat: objects with `messages` of role and content",
    identifies="account, API key or address, where a field names one",
    marks=("messages",),
    matches=_matches,
    convert=_convert,
    team=True,
    lost="reasoning, tool calls, images",
)

ANTHROPIC = Format(
    name="anthropic-messages",
    title="Anthropic Messages: `messages` beside `system`, with typed parts",
    identifies="account, where `metadata.user_id` names one",
    marks=("messages",),
    matches=_matches_anthropic,
    convert=_convert,
    team=True,
    lost="thinking, tool calls, images, documents",
)
