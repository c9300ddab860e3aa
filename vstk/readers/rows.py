"""Rows of public chat collections: WildChat, and LMSYS-Chat and its kin.

Both keep a `conversation` of role and content. WildChat adds a salted hash of
the address, which is the nearest thing to a person that it has; LMSYS has none.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, joined, turns
from vstk.readers.fields import Record, moment, own_id, person, text_of, thread


def _messages(record: Record) -> list[object]:
    messages = record.get("conversation")
    return messages if isinstance(messages, list) else []


def _rows(record: Record) -> bool:
    messages = _messages(record)
    return bool(messages) and isinstance(messages[0], dict) and "role" in messages[0]


def _wildchat(record: Record) -> bool:
    return _rows(record) and ("conversation_hash" in record or "hashed_ip" in record)


def _convert(record: Record) -> Draft:
    messages = [m for m in _messages(record) if isinstance(m, dict)]
    user, kind = person(record, *messages)
    return Draft(
        turns=joined(turns(record.get("conversation"))),
        id=own_id(record),
        thread=thread(record),
        user=user,
        unit_kind=kind,
        started_at=moment(*messages, record),
        model=text_of(record, "model"),
    )


WILDCHAT = Format(
    name="wildchat",
    title="WildChat rows: `conversation_hash`, `conversation`, `hashed_ip`",
    identifies="hashed address",
    matches=_wildchat,
    convert=_convert,
)

LMSYS = Format(
    name="lmsys",
    title="LMSYS-Chat rows: `conversation_id` and a `conversation` of role and content",
    identifies="nothing",
    matches=_rows,
    convert=_convert,
)
