"""Read text as a person reads it, and know where each character came from.

Names hide, by accident or on purpose, behind full-width letters, look-alikes
of another alphabet, zero-width characters, `&#64;` and `%40`. Recognisers see
the plain reading; what they find is replaced in the text as it was written.
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

# Unicode UTS #39 confusables, the single letters that pass for a Latin one.
_CONFUSABLES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеоргсухіјѕԁһӏԛԝАΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονρι",
    "ABESIJKMHOPCTYX3aeopгcyxijsdhlqwAABEZHIKMNOPTYXaovpi".replace("г", "r"),
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in its plain reading, with the way back."""

    text: str
    starts: tuple[int, ...] | None
    """Original start of each character; `None` where nothing moved."""

    ends: tuple[int, ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original span of a span of `text`, which must not be empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalise(raw: str) -> Normalised:
    """The plain reading of a text."""
    has_escape = ("&" in raw or "%" in raw) and _ESCAPED.search(raw) is not None
    if not has_escape and _PLAIN.fullmatch(raw):
        return Normalised(raw, None, None)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(plain: str, start: int, end: int) -> None:
        for letter in plain:
            category = unicodedata.category(letter)
            if category == "Cf" or letter == "\x00" or category == "Cs":
                continue
            letters.append(" " if category == "Zs" else letter)
            starts.append(start)
            ends.append(end)

    def keep(start: int, end: int) -> None:
        letters.extend(raw[start:end])
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    at = 0
    for escape in _ESCAPED.finditer(raw) if has_escape else ():
        _append_clusters(raw, at, escape.start(), put, keep)
        put(_decoded(escape.group()), escape.start(), escape.end())
        at = escape.end()
    _append_clusters(raw, at, len(raw), put, keep)

    text = "".join(letters)
    if not text.isascii():
        text = _MIXED.sub(lambda word: word.group().translate(_CONFUSABLES), text)
    return Normalised(text, tuple(starts), tuple(ends))


def _append_clusters(
    raw: str,
    at: int,
    end: int,
    put: Callable[[str, int, int], None],
    keep: Callable[[int, int], None],
) -> None:
    """Compose each letter with its combining marks, of which at most eight count.

    Plain letters stay as they are, but for the last before one that is not: it
    may have a mark.
    """
    while at < end:
        plain = _PLAIN.match(raw, at, end)
        stop = plain.end() - 1 if plain else at
        if stop > at:
            keep(at, stop)
            at = stop
        stop = at + 1
        while stop < end and raw[stop] > "\u02ff" and unicodedata.combining(raw[stop]):
            stop += 1
        piece = raw[at : min(stop, at + 9)]
        put(piece if piece.isascii() else unicodedata.normalize("NFKC", piece), at, stop)
        at = stop


def _decoded(escape: str) -> str:
    if escape[0] == "&":
        return html.unescape(escape)
    try:
        return bytes.fromhex(escape.replace("%", "")).decode()
    except UnicodeDecodeError:
        return escape
