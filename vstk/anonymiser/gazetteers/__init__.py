"""Names and words as shipped lists; README.md says where they come from."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Literal

_BASE_LETTERS = str.maketrans("łøđıþð", "lodiþd")


def fold(word: str) -> str:
    """Lower case, without the marks on letters."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold()).translate(_BASE_LETTERS)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def words(name: Literal["first", "last", "words", "brands"]) -> frozenset[str]:
    """A list: `first` and `last` names, folded; `words`, common English and chat words."""
    folder = files(__package__)
    found = folder.joinpath(f"{name}.txt").read_text("utf-8").split()
    if name == "words":
        found += folder.joinpath("extra.txt").read_text("utf-8").split()
    return frozenset(found)


@cache
def common_words(language: str) -> frozenset[str]:
    """Words, folded, that begin sentences in a language and are nobody's name.

    For English all of `words`; for others what spaCy counts as stop words and
    some of chats, since no larger list may be shipped.
    """
    if language == "en":
        return words("words")
    found: set[str] = set()
    try:
        module = import_module(f"spacy.lang.{language}.stop_words")
        found |= {fold(word) for word in module.STOP_WORDS}
    except ImportError:
        # A language that spaCy does not know.
        pass
    for line in files(__package__).joinpath("chat.txt").read_text("utf-8").splitlines():
        code, *more = line.split()
        if code == language:
            found |= set(map(fold, more))
    return frozenset(found)


@cache
def names_by_origin() -> tuple[tuple[str, str, str], ...]:
    """(origin, `first` or `last`, name): made to plant, not to find."""
    folder = files(__package__)
    lines = [
        line
        for name in ("origins.tsv", "origins_more.tsv")
        for line in folder.joinpath(name).read_text("utf-8").splitlines()
    ]
    return tuple((origin, kind, name) for origin, kind, name in (x.split("\t") for x in lines))
