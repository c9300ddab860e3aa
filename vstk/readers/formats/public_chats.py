"""Public chat collections and logs of public chats: WildChat, LMSYS, ShareGPT, and their kin."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import moment, own_id, person, thread
from vstk.readers.prompts import without_markup
from vstk.readers.speech import Said, said, turns
from vstk.readers.values import Record, dicts, inner, text_of, unpacked


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
