"""Unicode normalisation that records the original position of each character.

Full-width letters, look-alikes from another alphabet, zero-width characters and escapes
such as `&#64;` and `%40` hide names and numbers. Recognizers search the normalised text;
what they find is replaced in the original text.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

_PLAIN = regex.compile(r"[\x09\x0a\x0d\x20-\x7e]*+", regex.ASCII)
_ESCAPED = regex.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|(?:%[0-9A-Fa-f]{2})+")
_MIXED = regex.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\p{Script=Cyrillic}\p{Script=Greek}])\w{1,200}\b")

# Unicode UTS #39 confusables: single letters that look like a Latin one.
_CONFUSABLES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеоргсухіјѕԁһӏԛԝАΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονρι",
    "ABESIJKMHOPCTYX3aeopгcyxijsdhlqwAABEZHIKMNOPTYXaovpi".replace("г", "r"),
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text with the original position of each character."""

    text: str
    starts: tuple[int, ...] | None
    """Original start of each character; `None` if the text is unchanged."""

    ends: tuple[int, ...] | None
    """Original end (exclusive) of each character; `None` if the text is unchanged."""

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty span of `text` to the span of the original text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalise(raw: str) -> Normalised:
    """Normalise a text: decode escapes, apply NFKC, drop invisible characters, fold look-alikes."""
    has_escape = ("&" in raw or "%" in raw) and _ESCAPED.search(raw) is not None
    if not has_escape and _PLAIN.fullmatch(raw):
        return Normalised(raw, None, None)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def append_normalised(piece: str, start: int, end: int) -> None:
        for letter in piece:
            category = unicodedata.category(letter)
            if category == "Cf" or letter == "\x00" or category == "Cs":
                continue
            letters.append(" " if category == "Zs" else letter)
            starts.append(start)
            ends.append(end)

    def append_unchanged(start: int, end: int) -> None:
        letters.extend(raw[start:end])
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    position = 0
    for escape in _ESCAPED.finditer(raw) if has_escape else ():
        _append_clusters(raw, position, escape.start(), append_normalised, append_unchanged)
        append_normalised(_decoded(escape.group()), escape.start(), escape.end())
        position = escape.end()
    _append_clusters(raw, position, len(raw), append_normalised, append_unchanged)

    text = "".join(letters)
    if not text.isascii():
        text = _MIXED.sub(lambda word: word.group().translate(_CONFUSABLES), text)
    return Normalised(text, tuple(starts), tuple(ends))


def _append_clusters(
    raw: str,
    at: int,
    end: int,
    append_normalised: Callable[[str, int, int], None],
    append_unchanged: Callable[[int, int], None],
) -> None:
    """Compose each letter with its combining marks, of which at most eight are used.

    ASCII letters are appended unchanged, except for the last one before another
    character, because that character may be a combining mark.
    """
    while at < end:
        plain = _PLAIN.match(raw, at, end)
        stop = plain.end() - 1 if plain else at
        if stop > at:
            append_unchanged(at, stop)
            at = stop
        stop = at + 1
        while stop < end and raw[stop] > "\u02ff" and unicodedata.combining(raw[stop]):
            stop += 1
        piece = raw[at : min(stop, at + 9)]
        append_normalised(
            piece if piece.isascii() else unicodedata.normalize("NFKC", piece), at, stop
        )
        at = stop


def _decoded(escape: str) -> str:
    if escape[0] == "&":
        return html.unescape(escape)
    try:
        return bytes.fromhex(escape.replace("%", "")).decode()
    except UnicodeDecodeError:
        return escape
