"""Word tokens of a segment: common words, names and the starts of sentences."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import regex

from vstk.anonymiser.gazetteers import common_words, fold, word_list

Token = tuple[int, int, str]
"""Start, end (exclusive) and text; offsets count characters of the segment."""

TOKEN = regex.compile(r"\p{L}+(?:['’]\p{L}+)?")
_SENTENCE_END = regex.compile(r"[.!?:\n\"“*#>-]\s*$|^\s*$")
PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "la", "del", "da", "di", "dos", "bin", "ibn", "al", "el"}
)


class TokenKind(NamedTuple):
    """Which word lists contain a token; several can."""

    is_word: bool
    """A common English word."""

    is_first_name: bool
    is_last_name: bool

    @property
    def is_name(self) -> bool:
        """Whether the token is a first or a last name."""
        return self.is_first_name or self.is_last_name


def tokens(segment: str) -> list[Token]:
    """The words of a segment, in order."""
    return [(match.start(), match.end(), match.group()) for match in TOKEN.finditer(segment)]


@lru_cache(maxsize=100_000)
def classify(token: str) -> TokenKind:
    """Look a token up in the lists of common English words, first and last names."""
    folded = fold(token)
    stem, _, ending = folded.replace("’", "'").partition("'")
    if ending and ending != "s":
        # don't, I'm, d'Amico: a contraction, unless the part after the apostrophe is a name.
        is_word = ending in ("t", "m", "re", "ve", "ll", "d") or folded in word_list("words")
        return TokenKind(is_word, ending in word_list("first"), ending in word_list("last"))
    is_word = stem in word_list("words") or (
        len(stem) > 4
        and any(
            stem.endswith(suffix) and stem[: -len(suffix)] in word_list("words")
            for suffix in ("s", "es", "ed", "ing", "ly", "er")
        )
    )
    return TokenKind(is_word, stem in word_list("first"), stem in word_list("last"))


def is_common_word(token: str, language: str) -> bool:
    """Whether a token is a common word of a language (ISO 639-1 code)."""
    return classify(token).is_word if language == "en" else fold(token) in common_words(language)


def is_english(tokens: list[Token]) -> bool:
    """Whether so many tokens are English words or known names that the others may be names.

    At most two tokens, or 40 % of them, may be in no list.
    """
    unknown = sum(1 for *_, token in tokens if not any(classify(token)))
    return unknown <= max(2, 0.4 * len(tokens))


def has_capital(segment: str, tokens: list[Token]) -> bool:
    """Whether a token has a capital that may mark a name, not only a sentence start or "I"."""
    for start, _, token in tokens:
        if not token[0].isupper() or token == "I" or token.startswith(("I'", "I’")):
            continue
        if not classify(token).is_word or not begins_sentence(segment, start):
            return True
    return False


def begins_sentence(segment: str, start: int) -> bool:
    """Whether a token at this offset begins a sentence, which would explain its capital."""
    return _SENTENCE_END.search(segment[max(0, start - 4) : start]) is not None
