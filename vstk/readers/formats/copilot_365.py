"""Microsoft 365 Copilot: interactions as Microsoft Graph exports them, one side a record."""

from __future__ import annotations

from vstk.readers.draft import Draft, Format, Unusable, draft_of
from vstk.readers.fields import identifier
from vstk.readers.prompts import without_markup
from vstk.readers.speech import said
from vstk.readers.values import Record, inner, text_of
from vstk.types import Role

_SIDES: dict[str, Role] = {"userPrompt": "user", "aiResponse": "assistant"}


def _convert(record: Record) -> Draft:
    kind = record.get("interactionType")
    side = _SIDES.get(kind) if isinstance(kind, str) else None
    if side is None:
        raise Unusable("no-chat")
    body = inner(record, "body")
    content = body.get("content")
    if isinstance(content, str) and body.get("contentType") == "html":
        content = without_markup(content)
    who = identifier(inner(inner(record, "from"), "user").get("id")) if side == "user" else None
    return draft_of(said(side, content), record, user=who, thread=text_of(record, "sessionId"))


FORMAT = Format(
    name="copilot-365",
    title="Microsoft 365 Copilot: interactions from Microsoft Graph",
    identifies="account",
    marks=("interactionType",),
    matches=lambda record: isinstance(record.get("body"), dict) and "interactionType" in record,
    convert=_convert,
    form="piece",
    model=False,
    lost="contexts, attachments, links",
)
