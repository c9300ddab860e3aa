"""Truecasing: rewrite a segment with capitals where names may be."""

from __future__ import annotations

from vstk.anonymiser.gazetteers import common_words, fold
from vstk.anonymiser.tokens import Token, classify


def truecase(segment: str, tokens: list[Token]) -> str:
    """Rewrite an English segment with capitals where names may be.

    The result has the same length, so that offsets stay valid. A segment in
    capitals is lowercased except for unknown words and names; in other segments,
    unknown words get a capital, and so do names next to an unknown word.
    """
    uppercase = _uppercase_tokens(segment, tokens)
    recased: list[str] = []
    for index, (*_, token) in enumerate(tokens):
        is_word, is_first, is_last = classify(token)
        replacement = token
        if index in uppercase:
            if not is_word or ((is_first or is_last) and _is_beside_name(tokens, index)):
                replacement = token.capitalize()
            elif index:
                replacement = token.lower()
            else:
                replacement = token.capitalize()
        elif token.islower() and len(token) > 2:
            if not is_word or ((is_first or is_last) and _is_beside_name(tokens, index)):
                replacement = token[0].upper() + token[1:]
        elif token.isupper() and len(token) > 2 and (is_first or is_last) and not is_word:
            replacement = token.capitalize()
        recased.append(replacement)
    return _with_tokens(segment, tokens, recased)


def truecase_by_lists(segment: str, tokens: list[Token], language: str) -> str:
    """`truecase` for languages without a large list of words.

    In a segment in capitals, all tokens except `common_words` keep one capital; in
    other segments, known first and last names get one.
    """
    uppercase = _uppercase_tokens(segment, tokens)
    known_words = common_words(language)
    recased: list[str] = []
    for index, (*_, token) in enumerate(tokens):
        folded = fold(token)
        replacement = token
        if index in uppercase:
            replacement = token.lower() if folded in known_words else token.capitalize()
        elif token.islower() and len(token) > 2 and folded not in known_words:
            kind = classify(token)
            if kind.is_name and not kind.is_word:
                replacement = token[0].upper() + token[1:]
        recased.append(replacement)
    return _with_tokens(segment, tokens, recased)


def _with_tokens(segment: str, tokens: list[Token], recased: list[str]) -> str:
    """The segment with tokens replaced where the replacement has the same length."""
    pieces: list[str] = []
    end_of_last = 0
    for (start, end, token), replacement in zip(tokens, recased, strict=True):
        if replacement != token and len(replacement) == len(token):
            pieces += (segment[end_of_last:start], replacement)
            end_of_last = end
    pieces.append(segment[end_of_last:])
    return "".join(pieces)


def _uppercase_tokens(segment: str, tokens: list[Token]) -> frozenset[int]:
    """Indices of the tokens in text written in capitals.

    All of them if over 70 % of the segment's letters are capitals, else those in runs
    of four or more tokens in capitals, of which one has more than three letters.
    """
    letters = sum(len(token) for *_, token in tokens)
    capitals = sum(1 for letter in segment if letter.isupper())
    if capitals > 0.7 * letters and letters > 5:
        return frozenset(range(len(tokens)))
    in_runs: set[int] = set()
    run: list[int] = []
    for index, (*_, token) in enumerate((*tokens, (0, 0, "end"))):
        if token.isupper():
            run.append(index)
            continue
        if len(run) >= 4 and any(len(tokens[each][2]) > 3 for each in run):
            in_runs.update(run)
        run = []
    return frozenset(in_runs)


def _is_beside_name(tokens: list[Token], index: int) -> bool:
    """Whether a neighbouring token is no common word or a likely name, as in "mark jensen"."""
    start, end, token = tokens[index]
    if index + 1 < len(tokens):
        next_start, _, next_token = tokens[index + 1]
        is_word, is_first, is_last = classify(next_token)
        if next_start == end + 1 and next_token.islower() == token.islower():
            return not is_word or (is_last and is_first)
    if index:
        _, previous_end, previous_token = tokens[index - 1]
        is_word, is_first, _ = classify(previous_token)
        return previous_end == start - 1 and is_first and not is_word
    return False
