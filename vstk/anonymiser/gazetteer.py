"""Names that are found by lists of names alone."""

from __future__ import annotations

from collections.abc import Iterator

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import common_words, fold, words
from vstk.anonymiser.tokens import PARTICLES, Token, begins_sentence, classify, is_english


def find_listed_names(
    segment: str, offset: int, tokens: list[Token], language: str
) -> Iterator[PiiFinding]:
    """Names by the list: a first name with what follows it, or alone.

    In other languages than English only those with a capital: of their words too
    many are somebody's name somewhere.
    """
    known = common_words(language) if language != "en" else frozenset()
    english: bool | None = None
    number = 0
    while number < len(tokens):
        start, end, token = tokens[number]
        if language != "en" and (token.islower() or fold(token) in known):
            number += 1
            continue
        is_word, first, last = classify(token)
        stop = number + 1
        if first or (last and not is_word):
            while stop < len(tokens) and stop - number < 5 and _continues(segment, tokens, stop):
                stop += 1
        while stop > number + 1 and len(tokens[stop - 1][2]) == 1:
            stop -= 1
        if stop > number + 1 and _is_full_name([text for *_, text in tokens[number:stop]]):
            yield PiiFinding(offset + start, offset + tokens[stop - 1][1], "PERSON", 0.6, "list")
            number = stop
            continue
        if first and not is_word and len(token) > 2:
            if english is None:
                english = is_english(tokens)
            is_title = token[0].isupper() and not token.isupper()
            if is_title or (token.islower() and english and len(token) > 4):
                yield PiiFinding(offset + start, offset + end, "PERSON", 0.52, "list")
        elif _is_brand(segment, token, start):
            yield PiiFinding(offset + start, offset + end, "ORGANIZATION", 0.51, "list")
        number += 1


def _is_brand(segment: str, token: str, start: int) -> bool:
    """A large company: in any case where its name is no word, else in its capitals."""
    if fold(token.partition("'")[0].partition("’")[0]) not in words("brands"):
        return False
    if not classify(token)[0]:
        return True
    return token[0].isupper() and not begins_sentence(segment, start)


def _continues(segment: str, tokens: list[Token], at: int) -> bool:
    """Whether a token carries on the name before it, in the same case."""
    gap = segment[tokens[at - 1][1] : tokens[at][0]]
    if gap not in (" ", "-", ". "):
        return False
    token, before = tokens[at][2], tokens[at - 1][2]
    if len(token) == 1:
        return token not in ("a", "I") and gap != "-"
    is_word, first, last = classify(token)
    if before[0].isupper():
        if token in PARTICLES:
            return at + 1 < len(tokens) and tokens[at + 1][2][0].isupper()
        return token[0].isupper()
    return token.islower() and (first or last) and not is_word


def _is_full_name(tokens: list[str]) -> bool:
    """Whether enough of a run of tokens is known as a name."""
    kinds = [classify(token) for token in tokens if len(token) > 1]
    if len(kinds) < 2:
        return False
    names = sum(1 for _, first, last in kinds if first or last)
    unknown = sum(1 for is_word, *_ in kinds if not is_word)
    if not tokens[0][0].isupper():
        return kinds[0][1] and unknown >= 1 and names == len(kinds)
    if kinds[0][1] and unknown:
        return True
    return names >= 2 and (unknown > 0 or (kinds[0][1] and kinds[-1][2] and len(tokens) > 1))
