"""Open WebUI: chats with a `history` of messages that form a tree."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.formats.trees import branch
from vstk.readers.speech import turns
from vstk.readers.values import Record, inner, text_of


def _history(record: Record) -> Record:
    return inner(inner(record, "chat") or record, "history")


def _convert(record: Record) -> Draft:
    history = _history(record)
    messages = branch(inner(history, "messages"), history.get("currentId"), "parentId")
    if not messages:
        raise Unusable("no-messages")
    models = (text_of(message, "model") for message in messages[::-1])
    return draft_of(
        turns([{"role": m.get("role"), "content": m.get("content")} for m in messages]),
        record,
        inner(record, "chat"),
        *messages[:1],
        model=next(filter(None, models), None),
    )


FORMAT = Format(
    name="open-webui",
    title="Open WebUI: exported chats, a tree of messages each",
    identifies="account",
    marks=("chat", "history"),
    matches=lambda record: isinstance(_history(record).get("messages"), dict),
    convert=_convert,
    form="whole",
    owner=True,
    lost="branches that were taken back, reasoning, files",
)
