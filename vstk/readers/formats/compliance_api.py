"""Conversations as OpenAI's Compliance API gives them: `messages` is a page of messages."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, draft_of
from vstk.readers.speech import Said, role, said
from vstk.readers.values import Record, dicts, inner


def _page(record: Record) -> list[dict[str, object]]:
    return dicts(inner(record, "messages").get("data"))


def _turns(message: Record) -> list[Said]:
    author = inner(message, "author")
    content = message.get("content")
    if isinstance(content, dict):
        content = content.get("parts") or content.get("value") or content.get("text") or content
    return said(role(author.get("role") or message.get("role")), content)


def _convert(record: Record) -> Draft:
    messages = _page(record)
    found = [turn for message in messages for turn in _turns(message)]
    return draft_of(found, record, *messages[:1], thread=None)


FORMAT = Format(
    name="compliance-api",
    title="OpenAI Compliance API: conversations of a workspace, with pages of messages",
    identifies="account",
    marks=("messages",),
    matches=lambda record: not isinstance(record["messages"], list) and _page(record),
    convert=_convert,
    form="whole",
    lost="files, memories, instructions of a GPT",
)
