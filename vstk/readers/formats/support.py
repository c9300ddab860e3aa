"""Customer service: Intercom, Zendesk, Rasa, Copilot Studio, Dify."""

from __future__ import annotations

import re

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier, person
from vstk.readers.prompts import without_markup
from vstk.readers.speech import ROLES, Said, said
from vstk.readers.values import Record, dicts, first, inner, text_of, unpacked
from vstk.types import Role


def _intercom_parts(record: Record) -> list[dict[str, object]]:
    return dicts(inner(record, "conversation_parts").get("conversation_parts"))


def _intercom_turn(part: Record) -> list[Said]:
    if part.get("part_type") in ("note", "assignment", "close", "open", "snoozed"):
        return []  # not shown to the person
    author = inner(part, "author").get("type")
    body = part.get("body")
    if not isinstance(body, str):
        return []
    side: Role = "user" if author in ("user", "lead", "contact", "visitor") else "assistant"
    return said(side, without_markup(body))


def _intercom(record: Record) -> Draft:
    source = inner(record, "source")
    parts = [source, *_intercom_parts(record)]
    contacts = inner(record, "contacts").get("contacts")
    people = [*dicts(contacts), *(inner(p, "author") for p in parts if _of_person(p))]
    who = next(filter(None, (identifier(p.get("id") or p.get("email")) for p in people)), None)
    found = [turn for part in parts for turn in _intercom_turn(part)]
    return draft_of(found, record, user=who, thread=None)


def _of_person(part: Record) -> bool:
    return inner(part, "author").get("type") in ("user", "lead", "contact")


INTERCOM = Format(
    name="intercom",
    title="Intercom: conversations with their parts",
    identifies="account of the contact",
    marks=("conversation_parts",),
    matches=lambda record: isinstance(record.get("conversation_parts"), dict),
    convert=_intercom,
    form="whole",
    model=False,
    lost="notes among staff, attachments",
)


def _zendesk_events(record: Record) -> list[dict[str, object]]:
    history = dicts(record.get("history"))
    if history and any(str(e.get("type")).startswith("chat.") for e in history):
        return history
    return []


def _zendesk_comments(record: Record) -> list[dict[str, object]]:
    return dicts(record.get("comments")) if "requester_id" in record or "ticket" in record else []


def _zendesk(record: Record) -> Draft:
    found: list[Said] = []
    if events := _zendesk_events(record):
        who = identifier(first(inner(record, "visitor"), "id", "email"))
        for event in events:
            if event.get("type") == "chat.msg":
                visitor = "visitor" in str(event.get("nick") or event.get("sender_type")).lower()
                found += said("user" if visitor else "assistant", event.get("msg"))
        return draft_of(found, record, *events[:1], user=who, thread=None)
    ticket = inner(record, "ticket") or record
    asker = identifier(ticket.get("requester_id"))
    for comment in _zendesk_comments(record):
        if comment.get("public") is False:
            continue
        body = text_of(comment, "plain_body", "body", "html_body") or ""
        mine = identifier(comment.get("author_id")) == asker
        found += said("user" if mine else "assistant", without_markup(body))
    return draft_of(found, ticket, *_zendesk_comments(record)[:1], user=asker, thread=None)


ZENDESK = Format(
    name="zendesk",
    title="Zendesk: chats with their `history`, and tickets with their `comments`",
    identifies="account of the visitor or requester",
    marks=("history", "comments"),
    matches=lambda record: _zendesk_events(record) or _zendesk_comments(record),
    convert=_zendesk,
    form="whole",
    model=False,
    lost="notes among staff, attachments",
)


def _sunshine_side(record: Record) -> Role | None:
    author = inner(record, "author").get("type") or record.get("role")
    sides: dict[str, Role] = {"user": "user", "appUser": "user", "business": "assistant"}
    sides |= {"appMaker": "assistant"}
    return sides.get(author) if isinstance(author, str) else None


def _is_sunshine(record: Record) -> bool:
    content = record.get("content")
    return isinstance(content, dict) and "text" in content and bool(inner(record, "author"))


def _sunshine(record: Record) -> Draft:
    side = _sunshine_side(record)
    if side is None:
        raise Unusable("unknown-role")
    who = inner(record, "author")
    user = identifier(first(who, "userId", "userExternalId", "id")) if side == "user" else None
    return draft_of(said(side, inner(record, "content").get("text")), record, user=user)


SUNSHINE = Format(
    name="zendesk-messaging",
    title="Zendesk messaging (Sunshine Conversations): one message a record",
    identifies="account of the author",
    marks=("author",),
    matches=_is_sunshine,
    convert=_sunshine,
    form="piece",
    model=False,
    lost="attachments, forms",
)


def _rasa(record: Record) -> Draft:
    found: list[Said] = []
    events = dicts(record.get("events"))
    restarted = max((n for n, e in enumerate(events) if e.get("event") == "restart"), default=-1)
    for event in events[restarted + 1 :]:
        if event.get("event") == "user":
            found += said("user", _rasa_text(event))
        elif event.get("event") == "bot":
            found += said("assistant", event.get("text"))
    who = identifier(record.get("sender_id") or record.get("conversation_id"))
    at = next((e for e in events if e.get("event") == "user"), {})
    return draft_of(found, at, record, user=who, thread=None, id=None)


def _rasa_text(event: Record) -> object:
    """What the person wrote; a pressed button sends `/intent`, which nobody wrote."""
    text = event.get("text")
    return None if isinstance(text, str) and text.startswith("/") else text


def _is_rasa(record: Record) -> bool:
    events = record.get("events")
    return (
        isinstance(events, list)
        and ("sender_id" in record or "latest_message" in record)
        and any(isinstance(e, dict) and "event" in e for e in events[:20])
    )


RASA = Format(
    name="rasa",
    title="Rasa: conversation trackers with `events`",
    identifies="account: the `sender_id`",
    marks=("events",),
    matches=_is_rasa,
    convert=_rasa,
    form="whole",
    model=False,
    lost="what came before a restart, buttons",
)


_SAYS = re.compile(r"(?:^|[;\n])\s*(User|Bot) says: ", re.IGNORECASE)


def _transcript(record: Record) -> list[Said]:
    """The chat in the sessions file that can be downloaded: `User says: ...;Bot says: ...;`."""
    text = record.get("ChatTranscript")
    if not isinstance(text, str):
        return []
    heads = list(_SAYS.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [
        turn
        for head, end in zip(heads, ends, strict=True)
        for turn in said(ROLES[head[1].lower()], text[head.end() : end].strip(" ;\n"))
    ]


def _activities(record: Record) -> list[dict[str, object]]:
    content = unpacked(first(record, "Content", "content", "activities"))
    if isinstance(content, dict):
        content = content.get("activities")
    found = dicts(content)
    return found if any("type" in a and "from" in a for a in found[:20]) else []


def _copilot_side(activity: Record) -> Role | None:
    author = inner(activity, "from").get("role")
    if isinstance(author, str):
        return ROLES.get(author.lower())
    return {1: "user", 0: "assistant"}.get(author) if isinstance(author, int) else None  # type: ignore[return-value]


def _copilot_studio(record: Record) -> Draft:
    activities = [a for a in _activities(record) if a.get("type") == "message"]
    found: list[Said] = _transcript(record)
    who: str | None = None
    for activity in activities:
        if side := _copilot_side(activity):
            found += said(side, activity.get("text"))
            author = inner(activity, "from")
            if side == "user" and who is None:
                who = identifier(author.get("aadObjectId") or author.get("id"))
    name = text_of(record, "ConversationTranscriptId", "conversationtranscriptid", "id")
    return draft_of(found, record, *activities[:1], user=who, id=name, thread=None)


COPILOT_STUDIO = Format(
    name="copilot-studio",
    title="Copilot Studio: conversation transcripts with `activities`",
    identifies="account: who is behind the person's messages",
    marks=("Content", "content", "activities", "ChatTranscript"),
    matches=lambda record: "ChatTranscript" in record or _activities(record),
    convert=_copilot_studio,
    form="whole",
    model=False,
    lost="traces, cards, attachments",
)


def _dify(record: Record) -> Draft:
    found = [*said("user", record.get("query")), *said("assistant", record.get("answer"))]
    user, kind = person(record)
    if user is None:
        user = identifier(first(record, "from_end_user_id", "from_account_id"))
        kind = "account" if user else "none"
    return draft_of(found, record, user=user, unit_kind=kind)


DIFY = Format(
    name="dify",
    title="Dify: messages with `query` and `answer`",
    identifies="account: the end user",
    marks=("query",),
    matches=lambda record: "query" in record and "answer" in record and "conversation_id" in record,
    convert=_dify,
    lost="retrieved pages, agent thoughts, files",
)
