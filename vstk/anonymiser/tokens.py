"""Words of a line: which are common, which are names, where a sentence begins."""

from __future__ import annotations

from functools import lru_cache

import regex

from vstk.anonymiser.gazetteers import common_words, fold, words

Token = tuple[int, int, str]
"""Start, end, and the word."""

TOKEN = regex.compile(r"\p{L}+(?:['’]\p{L}+)?")
_SENTENCE_END = regex.compile(r"[.!?:\n\"“*#>-]\s*$|^\s*$")
PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "la", "del", "da", "di", "dos", "bin", "ibn", "al", "el"}
)


def tokens(segment: str) -> list[Token]:
    """The words of a segment, in order."""
    return [(match.start(), match.end(), match.group()) for match in TOKEN.finditer(segment)]


@lru_cache(maxsize=100_000)
def classify(token: str) -> tuple[bool, bool, bool]:
    """Whether a token is a common word, a first name, a last name."""
    plain = fold(token)
    stem, _, ending = plain.replace("’", "'").partition("'")
    if ending and ending != "s":
        # don't, I'm, d'Amico: a contraction, unless what follows is a name.
        is_word = ending in ("t", "m", "re", "ve", "ll", "d") or plain in words("words")
        return is_word, ending in words("first"), ending in words("last")
    is_word = stem in words("words") or (
        len(stem) > 4
        and any(
            stem.endswith(end) and stem[: -len(end)] in words("words")
            for end in ("s", "es", "ed", "ing", "ly", "er")
        )
    )
    return is_word, stem in words("first"), stem in words("last")


def is_word(token: str, language: str) -> bool:
    """Whether a token is a common word of a language."""
    return classify(token)[0] if language == "en" else fold(token) in common_words(language)


def is_english(tokens: list[Token]) -> bool:
    """Whether enough of a line are English words for the others to be names."""
    unknown = sum(1 for *_, token in tokens if not any(classify(token)))
    return unknown <= max(2, 0.4 * len(tokens))


def has_capital(segment: str, tokens: list[Token]) -> bool:
    """Whether a segment has a capital that may begin a name."""
    for start, _, token in tokens:
        if not token[0].isupper() or token == "I" or token.startswith(("I'", "I’")):
            continue
        if not classify(token)[0] or not begins_sentence(segment, start):
            return True
    return False


def begins_sentence(segment: str, start: int) -> bool:
    """Whether what starts there may have its capital from its place alone."""
    return _SENTENCE_END.search(segment[max(0, start - 4) : start]) is not None
