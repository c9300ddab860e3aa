"""Rows of the public chat datasets WildChat and LMSYS-Chat, and of similar ones.

Both have a list `conversation` of role and content. WildChat adds a salted hash of the
IP address, which serves as the user id; LMSYS-Chat has no user id.
"""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, require_turns, turns_of_messages
from vstk.readers.fields import (
    Record,
    find_record_id,
    find_thread,
    find_timestamp,
    find_user,
    text_field,
)


def _messages(record: Record) -> list[object]:
    messages = record.get("conversation")
    return messages if isinstance(messages, list) else []


def _is_lmsys(record: Record) -> bool:
    messages = _messages(record)
    return bool(messages) and isinstance(messages[0], dict) and "role" in messages[0]


def _is_wildchat(record: Record) -> bool:
    return _is_lmsys(record) and ("conversation_hash" in record or "hashed_ip" in record)


def _convert(record: Record) -> Draft:
    messages = [m for m in _messages(record) if isinstance(m, dict)]
    user, kind = find_user(record, *messages)
    return Draft(
        turns=require_turns(turns_of_messages(record.get("conversation"))),
        id=find_record_id(record),
        thread=find_thread(record),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(*messages, record),
        model=text_field(record, "model"),
    )


WILDCHAT = Format(
    name="wildchat",
    title="WildChat rows: `conversation_hash`, `conversation`, `hashed_ip`",
    identifies="hashed address",
    matches=_is_wildchat,
    convert=_convert,
)

LMSYS = Format(
    name="lmsys",
    title="LMSYS-Chat rows: `conversation_id` and a `conversation` of role and content",
    identifies="nothing",
    matches=_is_lmsys,
    convert=_convert,
)
