"""Names and companies that are found by word lists alone."""

from __future__ import annotations

from collections.abc import Iterator

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import common_words, fold, word_list
from vstk.anonymiser.tokens import PARTICLES, Token, begins_sentence, classify, is_english


def find_listed_names(
    segment: str, offset: int, tokens: list[Token], language: str
) -> Iterator[PiiFinding]:
    """Find names that are in the lists: a first name alone or with the tokens after it.

    In languages other than English, only capitalised names are found, because too
    many of their words are also somebody's name.

    Args:
        offset: start of the segment in its text.
        tokens: the tokens of the segment.
        language: ISO 639-1 code.
    """
    known_words = common_words(language) if language != "en" else frozenset()
    english: bool | None = None
    index = 0
    while index < len(tokens):
        start, end, token = tokens[index]
        if language != "en" and (token.islower() or fold(token) in known_words):
            index += 1
            continue
        is_word, is_first, is_last = classify(token)
        stop = index + 1
        if is_first or (is_last and not is_word):
            while (
                stop < len(tokens) and stop - index < 5 and _continues_name(segment, tokens, stop)
            ):
                stop += 1
        while stop > index + 1 and len(tokens[stop - 1][2]) == 1:
            stop -= 1
        if stop > index + 1 and _is_full_name([text for *_, text in tokens[index:stop]]):
            yield PiiFinding(offset + start, offset + tokens[stop - 1][1], "PERSON", 0.6, "list")
            index = stop
            continue
        if is_first and not is_word and len(token) > 2:
            if english is None:
                english = is_english(tokens)
            is_title_case = token[0].isupper() and not token.isupper()
            if is_title_case or (token.islower() and english and len(token) > 4):
                yield PiiFinding(offset + start, offset + end, "PERSON", 0.52, "list")
        elif _is_brand(segment, token, start):
            yield PiiFinding(offset + start, offset + end, "ORGANIZATION", 0.51, "list")
        index += 1


def _is_brand(segment: str, token: str, start: int) -> bool:
    """Whether a token is a large company; if it is also a common word, it needs a capital."""
    if fold(token.partition("'")[0].partition("’")[0]) not in word_list("brands"):
        return False
    if not classify(token).is_word:
        return True
    return token[0].isupper() and not begins_sentence(segment, start)


def _continues_name(segment: str, tokens: list[Token], index: int) -> bool:
    """Whether a token continues the name before it, in the same letter case."""
    gap = segment[tokens[index - 1][1] : tokens[index][0]]
    if gap not in (" ", "-", ". "):
        return False
    token, previous = tokens[index][2], tokens[index - 1][2]
    if len(token) == 1:
        return token not in ("a", "I") and gap != "-"
    if previous[0].isupper():
        if token in PARTICLES:
            return index + 1 < len(tokens) and tokens[index + 1][2][0].isupper()
        return token[0].isupper()
    kind = classify(token)
    return token.islower() and kind.is_name and not kind.is_word


def _is_full_name(tokens: list[str]) -> bool:
    """Whether enough of a run of tokens are known names or unknown words."""
    kinds = [classify(token) for token in tokens if len(token) > 1]
    if len(kinds) < 2:
        return False
    names = sum(1 for kind in kinds if kind.is_name)
    unknown = sum(1 for kind in kinds if not kind.is_word)
    first, last = kinds[0], kinds[-1]
    if not tokens[0][0].isupper():
        return first.is_first_name and unknown >= 1 and names == len(kinds)
    if first.is_first_name and unknown:
        return True
    return names >= 2 and (unknown > 0 or (first.is_first_name and last.is_last_name))
