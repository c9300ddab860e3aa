"""The word lists that ship with vstk; README.md documents their sources."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Literal

_BASE_LETTERS = str.maketrans("łøđıþð", "lodiþd")


def fold(word: str) -> str:
    """Convert a word to lower case and remove diacritics."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold()).translate(_BASE_LETTERS)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def word_list(
    name: Literal["first", "last", "words", "brands", "function_words", "products"],
) -> frozenset[str]:
    """Load a list of folded entries.

    `first` and `last` are names, `words` are common English and chat words, `brands` are
    large companies, `function_words` frequent words of six other languages,
    `products` names of products, acronyms and technical terms that identify nobody.
    """
    folder = files("vstk.anonymiser.gazetteers")
    entries = folder.joinpath(f"{name}.txt").read_text("utf-8").split()
    if name == "words":
        entries += folder.joinpath("extra.txt").read_text("utf-8").split()
    return frozenset(entries)


@cache
def common_words(language: str) -> frozenset[str]:
    """Common words of a language (ISO 639-1 code), folded, that are not names.

    For English this is the list `words`. For other languages it is spaCy's stop words
    and `chat.txt`, because the licences of larger lists do not allow shipping them.
    """
    if language == "en":
        return word_list("words")
    folded: set[str] = set()
    try:
        module = import_module(f"spacy.lang.{language}.stop_words")
        folded |= {fold(word) for word in module.STOP_WORDS}
    except ImportError:
        pass  # spaCy does not support this language
    for line in (
        files("vstk.anonymiser.gazetteers").joinpath("chat.txt").read_text("utf-8").splitlines()
    ):
        code, *more = line.split()
        if code == language:
            folded |= set(map(fold, more))
    return frozenset(folded)


@cache
def names_by_origin() -> tuple[tuple[str, str, str], ...]:
    """(origin, `first` or `last`, name): used for canaries, never to find names."""
    folder = files("vstk.anonymiser.gazetteers")
    lines = [
        line
        for name in ("origins.tsv", "origins_more.tsv")
        for line in folder.joinpath(name).read_text("utf-8").splitlines()
    ]
    return tuple((origin, kind, name) for origin, kind, name in (x.split("\t") for x in lines))
