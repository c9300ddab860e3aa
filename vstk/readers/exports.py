"""Account exports of ChatGPT and Claude: one array with one conversation per item.

A ChatGPT conversation is a tree of edits and regenerations. Only the branch that was
last displayed is read, because the user has replaced the others.
"""

from __future__ import annotations

from typing import Any

from vstk.readers.draft import Draft, Format, Unusable, parse_role, require_turns, turns_of_content
from vstk.readers.fields import (
    Record,
    find_record_id,
    find_timestamp,
    find_user,
    nested_object,
    parse_timestamp,
    text_field,
)
from vstk.types import Turn

_HIDDEN_CONTENT_TYPES = frozenset(
    {"thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"}
)


def _is_chatgpt(record: Record) -> bool:
    return isinstance(record.get("mapping"), dict)


def _displayed_messages(record: Record) -> list[Record]:
    """The messages on the path from the root to the node that was last displayed."""
    nodes: dict[str, Any] = dict(nested_object(record, "mapping"))
    node_id = record.get("current_node")
    if node_id not in nodes:
        leaves = [
            name for name, node in nodes.items() if not nested_object(nodes, name).get("children")
        ]
        node_id = leaves[-1] if leaves else None
    messages: list[Record] = []
    while isinstance(node_id, str) and isinstance(node := nodes.pop(node_id, None), dict):
        if isinstance(node.get("message"), dict):
            messages.append(node["message"])
        node_id = node.get("parent")
    return messages[::-1]


def _chatgpt_turns(message: Record) -> list[Turn]:
    content = nested_object(message, "content")
    if (
        message.get("weight") == 0
        or message.get("recipient", "all") != "all"
        or message.get("channel") in ("commentary", "analysis")
        or content.get("content_type") in _HIDDEN_CONTENT_TYPES
        or nested_object(message, "metadata").get("is_visually_hidden_from_conversation")
    ):
        return []
    role = parse_role(nested_object(message, "author").get("role"))
    return turns_of_content(
        role, content.get("parts") or content.get("text") or content.get("result")
    )


def _convert_chatgpt(record: Record) -> Draft:
    messages = _displayed_messages(record)
    if not messages:
        raise Unusable("no-messages")
    user, kind = find_user(record)
    models = (
        text_field(nested_object(message, "metadata"), "model_slug") for message in messages[::-1]
    )
    return Draft(
        turns=require_turns(turn for message in messages for turn in _chatgpt_turns(message)),
        id=find_record_id(record),
        thread=text_field(record, "conversation_id"),
        user=user,
        unit_kind=kind if user else "file",
        started_at=find_timestamp(record, *messages),
        model=next(filter(None, models), None) or text_field(record, "default_model_slug"),
    )


CHATGPT = Format(
    name="chatgpt-export",
    title="ChatGPT export: `conversations.json`, a tree of messages each",
    identifies="the whole file is one person's; account, where a field names one",
    matches=_is_chatgpt,
    convert=_convert_chatgpt,
)


def _is_claude(record: Record) -> bool:
    return isinstance(record.get("chat_messages"), list)


def _claude_turns(message: Record) -> list[Turn]:
    """The turns in the message's own text; attached files are not part of what was said."""
    role = parse_role(message.get("sender"))
    return turns_of_content(role, message.get("content")) or turns_of_content(
        role, message.get("text")
    )


def _convert_claude(record: Record) -> Draft:
    messages = (
        [m for m in record["chat_messages"] if isinstance(m, dict)] if _is_claude(record) else []
    )
    if not messages:
        raise Unusable("no-messages")
    if all(parse_timestamp(message.get("created_at")) for message in messages):
        # A question and its answer can have the same time; the question comes first.
        messages = sorted(
            messages,
            key=lambda m: (str(parse_timestamp(m["created_at"])), m.get("sender") != "human"),
        )
    account = text_field(nested_object(record, "account"), "uuid", "id")
    return Draft(
        turns=require_turns(turn for message in messages for turn in _claude_turns(message)),
        id=find_record_id(record),
        thread=text_field(record, "uuid"),
        user=account,
        unit_kind="account" if account else "file",
        started_at=find_timestamp(record, *messages),
        model=text_field(record, "model"),
    )


CLAUDE = Format(
    name="claude-export",
    title="Claude export: `conversations.json` with `chat_messages`",
    identifies="account",
    matches=_is_claude,
    convert=_convert_claude,
)
