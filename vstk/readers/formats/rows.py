"""Rows of tables: one message a row, or one exchange a row."""

from __future__ import annotations

from functools import lru_cache

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import person, thread
from vstk.readers.names import plain_name
from vstk.readers.speech import ROLES, Said, role, said, turns
from vstk.readers.values import Record, inner, text_of, unpacked

_SIDES = (
    *("role", "sender", "sendertype", "senderrole", "author", "authorrole", "authortype"),
    *("speaker", "from", "messagetype", "party", "side", "participant", "participantrole"),
    *("fromtype", "creator", "direction", "type", "event"),
)
_TEXTS = (
    *("content", "text", "message", "body", "utterance", "msg", "messagetext", "value"),
    *("messagecontent", "parts"),
)
_ASKED = (
    *("prompt", "question", "query", "instruction", "usermessage", "input", "userprompt"),
    *("userinput", "userquery", "userquestion", "usertext", "request", "ask", "humanmessage"),
    *("usersays", "message"),
)
_ANSWERED = (
    *("response", "completion", "answer", "output", "reply", "assistantmessage", "botresponse"),
    *("modelresponse", "generatedtext", "assistantresponse", "airesponse", "botmessage"),
    *("chatbotresponse", "modeloutput", "assistantreply", "llmresponse", "finalanswer"),
)


@lru_cache(maxsize=2048)
def _keys(keys: tuple[str, ...], which: int) -> tuple[str, ...]:
    wanted = (_SIDES, _TEXTS, _ASKED, _ANSWERED, (*_BY_USER, *_BY_BOT))[which]
    plain = {plain_name(key): key for key in reversed(keys[:1000])}
    return tuple(plain[name] for name in wanted if name in plain)


def _side(record: Record) -> str | None:
    """The word for who speaks in a row that is one message."""
    for key in _keys(tuple(record), 0):
        value = record[key]
        if isinstance(value, dict):
            value = value.get("role") or value.get("type")
        if isinstance(value, str) and value.strip().lower() in ROLES:
            return value
    for key in _keys(tuple(record), 4):
        value = record[key]
        if isinstance(value, str):
            value = {"true": True, "false": False, "1": True, "0": False}.get(value.lower())
        if isinstance(value, bool | int):
            return "user" if bool(value) == (plain_name(key) in _BY_USER) else "assistant"
    return None


_BY_USER = ("isuser", "fromuser", "isfromuser", "isusermessage", "byuser", "ishuman", "iscustomer")
_BY_BOT = ("isbot", "frombot", "isfrombot", "isassistant", "isai", "isagent")


def _is_message(record: Record) -> bool:
    return bool(_keys(tuple(record), 1)) and _side(record) is not None


def _message(record: Record) -> Draft:
    side = role(_side(record))
    rank = record.get("rank")
    if record.get("deleted") is True or (isinstance(rank, int) and rank > 0 and side != "user"):
        raise Unusable("not-shown")
    texts = (record[key] for key in _keys(tuple(record), 1) if record[key] is not None)
    content: object = next(texts, None)
    if isinstance(content, str) and content.lstrip()[:1] in ("[", "{"):
        content = _parts(content)
    about = inner(record, "metadata")
    # Who wrote an answer is no person: the thread says whose it is.
    user, kind = person(record, about) if side == "user" else (None, "none")
    tree = text_of(record, "message_tree_id")
    return draft_of(
        said(side, content),
        record,
        about,
        user=user,
        unit_kind=kind,
        thread=thread(record, about) or tree,
    )


def _parts(content: str) -> object:
    """Typed parts that a table keeps as text; other text that looks so stays text."""
    value = unpacked(content)
    parts = value if isinstance(value, list) else [value]
    known = all(isinstance(p, dict) and ("type" in p or "text" in p) for p in parts) and parts
    return value if known else content


MESSAGES = Format(
    name="message-rows",
    title="Message tables: one message a row or line, with its role and text",
    identifies="account, API key or address, where a row of the thread names one",
    matches=_is_message,
    convert=_message,
    form="piece",
    team=True,
    lost="tool calls, attachments",
)


def _text(record: Record, which: int) -> str | None:
    for key in _keys(tuple(record), which):
        value = record[key]
        if isinstance(value, str) and value.strip():
            return value
    return None


def _is_exchange(record: Record) -> bool:
    keys = tuple(record)
    return (_text(record, 3) is not None or _text(record, 2) is not None) and bool(
        _keys(keys, 2) and _keys(keys, 3)
    )


def _exchange(record: Record) -> Draft:
    about = inner(record, "metadata")
    asked = [text_of(record, name) for name in ("instruction", "input")]
    question = "\n".join(t for t in asked if t) or _text(record, 2)
    found = [
        *said("system", record.get("system") or record.get("system_prompt")),
        *_before(record),
        *said("user", question),
        *said("assistant", _text(record, 3)),
    ]
    return draft_of(found, record, about)


def _before(record: Record) -> list[Said]:
    """The history that stands beside an exchange."""
    history = unpacked(record.get("chat_history") or record.get("history"))
    if not isinstance(history, list):
        return []
    if all(isinstance(one, dict) for one in history):
        try:
            return turns(history) if history else []
        except Unusable:
            return []
    found: list[Said] = []
    for pair in history:
        if isinstance(pair, list) and len(pair) == 2:
            found += said("user", pair[0]) + said("assistant", pair[1])
    return found


EXCHANGES = Format(
    name="prompt-answer",
    title="Flat rows: one field holds the prompt, another the answer",
    identifies="account, API key or address, where a field names one",
    matches=_is_exchange,
    convert=_exchange,
    team=True,
)
