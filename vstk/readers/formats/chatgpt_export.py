"""ChatGPT's account export: `conversations.json`, each conversation a tree of messages."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.formats.trees import branch
from vstk.readers.speech import Said, role, said
from vstk.readers.values import Record, dicts, inner, text_of
from vstk.types import Role

_UNSPOKEN = frozenset(
    {"thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"}
)


_FRAGMENTS: dict[str, Role] = {"REQUEST": "user", "RESPONSE": "assistant"}


def _turns(message: Record) -> list[Said]:
    if "fragments" in message:  # as DeepSeek writes it
        return [
            turn
            for part in dicts(message["fragments"])
            if isinstance(kind := part.get("type"), str) and kind in _FRAGMENTS
            for turn in said(_FRAGMENTS[kind], part.get("content"))
        ]
    content = inner(message, "content")
    kind = content.get("content_type")
    if (
        message.get("weight") == 0
        or message.get("recipient", "all") != "all"
        or message.get("channel") in ("commentary", "analysis")
        or (isinstance(kind, str) and kind in _UNSPOKEN)
        or inner(message, "metadata").get("is_visually_hidden_from_conversation")
    ):
        return []
    side = role(inner(message, "author").get("role"))
    return said(side, content.get("parts") or content.get("text") or content.get("result"))


def _convert(record: Record) -> Draft:
    nodes = branch(inner(record, "mapping"), record.get("current_node"))
    messages = [message for node in nodes if (message := inner(node, "message"))]
    if not messages:
        raise Unusable("no-messages")
    models = (text_of(inner(message, "metadata"), "model_slug") for message in messages[::-1])
    return draft_of(
        (turn for message in messages for turn in _turns(message)),
        record,
        *messages[:1],
        model=next(filter(None, models), None) or text_of(record, "default_model_slug"),
        thread=text_of(record, "conversation_id", "id"),
    )


FORMAT = Format(
    name="chatgpt-export",
    title="ChatGPT export (and DeepSeek's): `conversations.json`, a tree of messages each",
    identifies="account, from a field or from `user.json` beside the file; else the file",
    marks=("mapping",),
    matches=lambda record: isinstance(record.get("mapping"), dict),
    convert=_convert,
    form="whole",
    owner=True,
    lost="branches that were taken back, images, memories",
)
