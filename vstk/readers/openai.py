"""Chat as OpenAI's interfaces speak it: one conversation a record.

The commonest log there is, because most gateways and training pipelines write
it: an object with `messages`, whatever else stands beside them.
"""

from __future__ import annotations

from vstk.readers.draft import (
    Draft,
    Format,
    Record,
    inner,
    joined,
    moment,
    own_id,
    person,
    text_of,
    thread,
    turns,
)


def _matches(record: Record) -> bool:
    messages = record.get("messages")
    return isinstance(messages, list) and bool(messages) and isinstance(messages[0], dict)


def _convert(record: Record) -> Draft:
    about = inner(record, "metadata")
    messages = record.get("messages")
    found = turns(messages)
    first = next((m for m in messages or () if isinstance(m, dict)), {})
    user, kind = person(record, about)
    return Draft(
        turns=joined(found),
        id=own_id(record),
        thread=thread(record, about),
        user=user,
        unit_kind=kind,
        started_at=moment(record, about, first),
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
