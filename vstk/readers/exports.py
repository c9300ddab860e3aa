"""What people take out of their own accounts: ChatGPT's and Claude's exports.

One big array, a conversation an item. A ChatGPT conversation is a tree of edits
and regenerations; only the branch that was last on the screen is read, because
the others were taken back.
"""

from __future__ import annotations

from typing import Any

from vstk.readers.draft import Draft, Format, Unusable, joined, role, said
from vstk.readers.fields import Record, inner, moment, own_id, person, text_of, when
from vstk.types import Turn

_UNSPOKEN = frozenset(
    {"thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"}
)


def _is_chatgpt(record: Record) -> bool:
    return isinstance(record.get("mapping"), dict)


def _branch(record: Record) -> list[Record]:
    """The messages on the way from the root to the node that was last shown."""
    nodes: dict[str, Any] = dict(inner(record, "mapping"))
    at = record.get("current_node")
    if at not in nodes:
        leaves = [name for name, node in nodes.items() if not inner(nodes, name).get("children")]
        at = leaves[-1] if leaves else None
    found: list[Record] = []
    while isinstance(at, str) and isinstance(node := nodes.pop(at, None), dict):
        if isinstance(node.get("message"), dict):
            found.append(node["message"])
        at = node.get("parent")
    return found[::-1]


def _chatgpt_turns(message: Record) -> list[Turn]:
    content = inner(message, "content")
    if (
        message.get("weight") == 0
        or message.get("recipient", "all") != "all"
        or message.get("channel") in ("commentary", "analysis")
        or content.get("content_type") in _UNSPOKEN
        or inner(message, "metadata").get("is_visually_hidden_from_conversation")
    ):
        return []
    side = role(inner(message, "author").get("role"))
    return said(side, content.get("parts") or content.get("text") or content.get("result"))


def _chatgpt(record: Record) -> Draft:
    messages = _branch(record)
    if not messages:
        raise Unusable("no-messages")
    user, kind = person(record)
    models = (text_of(inner(message, "metadata"), "model_slug") for message in messages[::-1])
    return Draft(
        turns=joined(turn for message in messages for turn in _chatgpt_turns(message)),
        id=own_id(record),
        thread=text_of(record, "conversation_id"),
        user=user,
        unit_kind=kind if user else "file",
        started_at=moment(record, *messages),
        model=next(filter(None, models), None) or text_of(record, "default_model_slug"),
    )


CHATGPT = Format(
    name="chatgpt-export",
    title="ChatGPT export: `conversations.json`, a tree of messages each",
    identifies="the whole file is one person's; account, where a field names one",
    matches=_is_chatgpt,
    convert=_chatgpt,
)


def _is_claude(record: Record) -> bool:
    return isinstance(record.get("chat_messages"), list)


def _claude_turns(message: Record) -> list[Turn]:
    """The message's own words: files pasted into it are somebody's text, but not speech."""
    side = role(message.get("sender"))
    return said(side, message.get("content")) or said(side, message.get("text"))


def _claude(record: Record) -> Draft:
    messages = (
        [m for m in record["chat_messages"] if isinstance(m, dict)] if _is_claude(record) else []
    )
    if not messages:
        raise Unusable("no-messages")
    if all(when(message.get("created_at")) for message in messages):
        # Question and answer can carry the same time; the person spoke first.
        messages = sorted(
            messages, key=lambda m: (str(when(m["created_at"])), m.get("sender") != "human")
        )
    account = text_of(inner(record, "account"), "uuid", "id")
    return Draft(
        turns=joined(turn for message in messages for turn in _claude_turns(message)),
        id=own_id(record),
        thread=text_of(record, "uuid"),
        user=account,
        unit_kind="account" if account else "file",
        started_at=moment(record, *messages),
        model=text_of(record, "model"),
    )


CLAUDE = Format(
    name="claude-export",
    title="Claude export: `conversations.json` with `chat_messages`",
    identifies="account",
    matches=_is_claude,
    convert=_claude,
)
