"""ShareGPT: `conversations` of `from` and `value`, as chat collections pass it on.

Nothing in it names a person or a time. Old collections hold the page's markup
instead of the text, so an answer that is markup is read as its text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from vstk.readers.draft import Draft, Format, joined, said, turns
from vstk.readers.fields import Record, moment, own_id, person, text_of
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
    user, kind = person(record)
    system = said("system", record.get("system"))
    return Draft(
        turns=joined([*system, *map(_text_only, turns(_messages(record)))]),
        id=own_id(record),
        user=user,
        unit_kind=kind,
        started_at=moment(record),
        model=text_of(record, "model"),
    )


def _text_only(turn: Turn) -> Turn:
    if turn.role != "assistant" or not _MARKUP.match(turn.text):
        return turn
    page = _Page()
    page.feed(turn.text)
    page.close()
    return Turn(role="assistant", text=re.sub(r"\n{3,}", "\n\n", "".join(page.text)).strip())


class _Page(HTMLParser):
    """Collects the text of a page, a line for each block."""

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
