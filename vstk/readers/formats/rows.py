"""Rows of tables: one message a row, one exchange a row, and public chat collections."""

from __future__ import annotations

from functools import lru_cache

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import moment, own_id, person, plain_name, thread
from vstk.readers.prompts import without_markup
from vstk.readers.speech import ROLES, Said, role, said, turns
from vstk.readers.values import Record, dicts, inner, text_of, unpacked

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


def _collection(record: Record) -> list[dict[str, object]]:
    messages = dicts(record.get("conversation"))
    return messages if messages and "role" in messages[0] else []


def _collected(record: Record) -> Draft:
    messages = _collection(record)
    found = turns(unpacked(record.get("conversation")))
    user, kind = person(record, *messages[:1])
    # A thread of this row's own: rows are whole conversations.
    return draft_of(
        found,
        record,
        *messages[:1],
        user=user,
        unit_kind=kind,
        started_at=moment(messages[0] if messages else {}, record),
        id=own_id(record) or thread(record),
        thread=thread({k: v for k, v in record.items() if k != "conversation"}),
    )


WILDCHAT = Format(
    name="wildchat",
    title="WildChat rows: `conversation_hash`, `conversation`, `hashed_ip`",
    identifies="hashed address",
    marks=("conversation",),
    matches=lambda r: ("conversation_hash" in r or "hashed_ip" in r) and _collection(r),
    convert=_collected,
    form="whole",
)

LMSYS = Format(
    name="lmsys",
    title="LMSYS-Chat rows: `conversation_id` and a `conversation` of role and content",
    identifies="nothing",
    marks=("conversation",),
    matches=_collection,
    convert=_collected,
    form="whole",
    time=False,
)


def _sharegpt(record: Record) -> list[object]:
    messages = unpacked(record.get("conversations") or record.get("items"))
    first = messages[0] if isinstance(messages, list) and messages else None
    known = isinstance(first, dict) and ("value" in first or "from" in first)
    return messages if known and isinstance(messages, list) else []


def _shared(record: Record) -> Draft:
    found: list[Said] = said("system", record.get("system"))
    # Old collections hold the page's markup instead of an answer's text.
    for side, text in turns(_sharegpt(record)):
        markup = side == "assistant" and text.lstrip()[:1] == "<"
        found.append((side, without_markup(text) if markup else text))
    return draft_of(found, record, thread=None)


SHAREGPT = Format(
    name="sharegpt",
    title="ShareGPT: objects with `conversations` of from and value",
    identifies="nothing",
    marks=("conversations", "items"),
    matches=_sharegpt,
    convert=_shared,
    form="whole",
    time=False,
)


def _tree(record: Record) -> Record:
    return inner(record, "prompt")


def _open_assistant(record: Record) -> Draft:
    found: list[Said] = []
    root = message = _tree(record)
    for _ in range(500):
        found += turns([{"role": message.get("role"), "content": message.get("text")}])
        replies = [r for r in dicts(message.get("replies")) if r.get("deleted") is not True]
        if not replies:
            break
        message = min(replies, key=_rank)
    return draft_of(found, root, record, id=text_of(record, "message_tree_id"), thread=None)


def _rank(message: Record) -> float:
    rank = message.get("rank")
    return rank if isinstance(rank, int) else 1e9


OPEN_ASSISTANT = Format(
    name="open-assistant",
    title="Open Assistant: message trees; the replies that were ranked best",
    identifies="account: who wrote the first message",
    marks=("prompt",),
    matches=lambda record: isinstance(_tree(record).get("replies"), list),
    convert=_open_assistant,
    form="whole",
    model=False,
    lost="the other replies",
)


def _fastchat_state(record: Record) -> Record:
    state = inner(record, "state")
    if not state and isinstance(states := record.get("states"), list) and states:
        state = states[0] if isinstance(states[0], dict) else {}
    return state


def _fastchat(record: Record) -> Draft:
    if record.get("type") not in ("chat", None):
        raise Unusable("no-chat")
    state = _fastchat_state(record)
    messages = state.get("messages")
    roles = state.get("roles")
    asker = roles[0] if isinstance(roles, list) and roles else "USER"
    found = said("system", state.get("system_message") or state.get("system"))
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, list) and len(message) == 2:
            text = message[1][0] if isinstance(message[1], list) and message[1] else message[1]
            found += said("user" if message[0] == asker else "assistant", text)
    return draft_of(found, record, state, id=None, thread=text_of(state, "conv_id"))


FASTCHAT = Format(
    name="fastchat",
    title="FastChat: records of its web server",
    identifies="address",
    marks=("state", "states"),
    matches=lambda record: isinstance(_fastchat_state(record).get("messages"), list),
    convert=_fastchat,
    lost="votes",
)


def _is_llm(record: Record) -> bool:
    logs = record.get("_table") == "responses" or "conversation_name" in record
    return logs and "prompt" in record and "response" in record


def _llm(record: Record) -> Draft:
    found = [
        *said("system", record.get("system")),
        *said("user", record.get("prompt")),
        *said("assistant", record.get("response")),
    ]
    return draft_of(found, record, user=None)


LLM = Format(
    name="llm",
    title="`llm` by Simon Willison: its database `logs.db`, or `llm logs --json`",
    identifies="the file",
    marks=("response",),
    matches=_is_llm,
    convert=_llm,
    owner=True,
    lost="attachments, fragments",
)
