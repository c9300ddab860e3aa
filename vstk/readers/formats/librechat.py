"""LibreChat: exported conversations, and its `messages` collection."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, draft_of
from vstk.readers.formats.trees import shown
from vstk.readers.speech import Said, said
from vstk.readers.values import Record, dicts, first, text_of


def _is_message(record: Record) -> bool:
    return "isCreatedByUser" in record and ("text" in record or "content" in record)


def _matches(record: Record) -> bool:
    messages = record.get("messages")
    if messages is None:
        return _is_message(record)
    first = messages[0] if type(messages) is list and messages else None
    return type(first) is dict and _is_message(first)


def _nested(messages: list[dict[str, object]]) -> list[dict[str, object]]:
    """Messages of a recursive export: each holds its answers as `children`."""
    found: list[dict[str, object]] = []
    while messages:
        found += messages
        messages = [child for message in messages for child in dicts(message.get("children"))]
    return found


def _turns(message: Record) -> list[Said]:
    side = "user" if message.get("isCreatedByUser") is True else "assistant"
    content = message.get("content")
    return said(side, content if isinstance(content, list) and content else message.get("text"))  # type: ignore[arg-type]


def _convert(record: Record) -> Draft:
    if not isinstance(record.get("messages"), list):
        return draft_of(_turns(record), record, form="piece")
    messages = _nested(dicts(record["messages"]))
    chosen = shown(messages, "messageId", "parentMessageId", None)
    models = (text_of(message, "model") for message in chosen[::-1])
    return draft_of(
        (turn for message in chosen for turn in _turns(message)),
        record,
        *chosen[:1],
        id=text_of(record, "conversationId"),
        started_at=next(filter(None, map(_created, chosen)), None),
        model=next(filter(None, models), None),
    )


def _created(message: Record) -> object:
    from vstk.readers.times import when

    return when(first(message, "createdAt", "created_at"))


FORMAT = Format(
    name="librechat",
    title="LibreChat: exported conversations, or its collection of messages",
    identifies="account, where a field names one; else the file",
    marks=("messages", "isCreatedByUser"),
    matches=_matches,
    convert=_convert,
    form="whole",
    owner=True,
    lost="branches that were not shown last, files, tool calls",
)
