"""ShareGPT: objects with a list `conversations` of `from` and `value`.

Records contain neither a user id nor a time. Old datasets contain the HTML of the page
rather than its text, so HTML is removed from an answer that starts with a tag.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from vstk.readers.draft import Draft, Format, require_turns, turns_of_content, turns_of_messages
from vstk.readers.fields import Record, find_record_id, find_timestamp, find_user, text_field
from vstk.types import Turn

_MARKUP = re.compile(r"\s*<(div|p|ol|ul|pre|h\d)\b[^>]*>")


def _messages(record: Record) -> Any:
    return record.get("conversations") or record.get("items")


def _matches(record: Record) -> bool:
    messages = _messages(record)
    return (
        isinstance(messages, list)
        and bool(messages)
        and isinstance(messages[0], dict)
        and ("value" in messages[0] or "from" in messages[0])
    )


def _convert(record: Record) -> Draft:
    user, kind = find_user(record)
    system = turns_of_content("system", record.get("system"))
    return Draft(
        turns=require_turns([*system, *map(_without_markup, turns_of_messages(_messages(record)))]),
        id=find_record_id(record),
        user=user,
        unit_kind=kind,
        started_at=find_timestamp(record),
        model=text_field(record, "model"),
    )


def _without_markup(turn: Turn) -> Turn:
    if turn.role != "assistant" or not _MARKUP.match(turn.text):
        return turn
    page = _TextExtractor()
    page.feed(turn.text)
    page.close()
    return Turn(role="assistant", text=re.sub(r"\n{3,}", "\n\n", "".join(page.text)).strip())


class _TextExtractor(HTMLParser):
    """Collects the text of an HTML page, with a line break before each block."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "br", "pre", "h1", "h2", "h3", "h4", "tr"):
            self.text.append("\n")


SHAREGPT = Format(
    name="sharegpt",
    title="ShareGPT: objects with `conversations` of from and value",
    identifies="nothing",
    matches=_matches,
    convert=_convert,
)
