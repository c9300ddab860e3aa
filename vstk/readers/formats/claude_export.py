"""Claude's account export: `conversations.json` with `chat_messages`."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.formats.trees import shown
from vstk.readers.speech import Said, role, said
from vstk.readers.times import when
from vstk.readers.values import Record, dicts, inner, text_of


def _turns(message: Record) -> list[Said]:
    """The message's own words: files pasted into it are somebody's text, but not speech."""
    side = role(message.get("sender"))
    blocks = message.get("content")
    # Beside blocks, `text` is a rendering of them: placeholders, and tool calls in words.
    return said(side, blocks if isinstance(blocks, list) and blocks else message.get("text"))


def _convert(record: Record) -> Draft:
    messages: list[Record] = list(dicts(record.get("chat_messages")))
    if not messages:
        raise Unusable("no-messages")
    if all(when(message.get("created_at")) for message in messages):
        # Question and answer can carry the same time; the person spoke first.
        messages.sort(key=lambda m: (str(when(m["created_at"])), m.get("sender") != "human"))
    leaf = record.get("current_leaf_message_uuid")
    messages = shown([dict(m) for m in messages], "uuid", "parent_message_uuid", leaf)
    return draft_of(
        (turn for message in messages for turn in _turns(message)),
        record,
        *messages[:1],
        user=text_of(inner(record, "account"), "uuid", "id"),
        thread=text_of(record, "uuid"),
    )


FORMAT = Format(
    name="claude-export",
    title="Claude export: `conversations.json` with `chat_messages`",
    identifies="account, from the record or from `users.json` beside the file; else the file",
    marks=("chat_messages",),
    matches=lambda record: isinstance(record.get("chat_messages"), list),
    convert=_convert,
    form="whole",
    owner=True,
    lost="attachments, thinking, tool calls, branches that were taken back",
)
