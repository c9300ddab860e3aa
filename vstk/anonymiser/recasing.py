"""Lines as they would be written with capitals where names may stand."""

from __future__ import annotations

from vstk.anonymiser.gazetteers import common_words, fold
from vstk.anonymiser.tokens import Token, classify


def truecase(segment: str, tokens: list[Token]) -> str:
    """The segment as it would be written with capitals where names may stand.

    Of the same length, so that offsets hold. A line in capitals is brought to
    lower case but for its unknown words; in other lines, unknown words get a
    capital, and so does a first name before one.
    """
    letters = sum(len(token) for *_, token in tokens)
    capitals = sum(1 for letter in segment if letter.isupper())
    shouted = _uppercase_runs(tokens)
    is_shouted = capitals > 0.7 * letters and letters > 5
    pieces: list[str] = []
    at = 0
    for number, (start, end, token) in enumerate(tokens):
        shouting = is_shouted or number in shouted
        is_word, first, last = classify(token)
        wanted = token
        if shouting:
            if not is_word or ((first or last) and _is_beside_name(tokens, number)):
                wanted = token.capitalize()
            elif number:
                wanted = token.lower()
            else:
                wanted = token.capitalize()
        elif token.islower() and len(token) > 2:
            if not is_word or ((first or last) and _is_beside_name(tokens, number)):
                wanted = token[0].upper() + token[1:]
        elif token.isupper() and len(token) > 2 and (first or last) and not is_word:
            wanted = token.capitalize()
        if wanted != token and len(wanted) == len(token):
            pieces.append(segment[at:start])
            pieces.append(wanted)
            at = end
    pieces.append(segment[at:])
    return "".join(pieces)


def _uppercase_runs(tokens: list[Token]) -> frozenset[int]:
    """Numbers of the tokens of a run in capitals, four or longer, in whatever line."""
    found: set[int] = set()
    run: list[int] = []
    for number, (*_, token) in enumerate((*tokens, (0, 0, "end"))):
        if token.isupper():
            run.append(number)
            continue
        if len(run) >= 4 and any(len(tokens[one][2]) > 3 for one in run):
            found.update(run)
        run = []
    return frozenset(found)


def truecase_by_lists(segment: str, tokens: list[Token], language: str) -> str:
    """`truecase` for a language of which no large list of words is at hand.

    Of a line in capitals, all but the words of `spoken` keep one; in other
    lines, what the lists of names know gets one.
    """
    letters = sum(len(token) for *_, token in tokens)
    capitals = sum(1 for letter in segment if letter.isupper())
    is_shouted = capitals > 0.7 * letters and letters > 5
    shouted = _uppercase_runs(tokens)
    known = common_words(language)
    pieces: list[str] = []
    at = 0
    for number, (start, end, token) in enumerate(tokens):
        plain = fold(token)
        wanted = token
        if is_shouted or number in shouted:
            wanted = token.lower() if plain in known else token.capitalize()
        elif token.islower() and len(token) > 2 and plain not in known:
            is_word, first, last = classify(token)
            if (first or last) and not is_word:
                wanted = token[0].upper() + token[1:]
        if wanted != token and len(wanted) == len(token):
            pieces += (segment[at:start], wanted)
            at = end
    pieces.append(segment[at:])
    return "".join(pieces)


def _is_beside_name(tokens: list[Token], number: int) -> bool:
    """Whether a token next to this one is no common word, as in "mark jensen"."""
    start, end, token = tokens[number]
    if number + 1 < len(tokens):
        at, _, follower = tokens[number + 1]
        is_word, first, last = classify(follower)
        if at == end + 1 and follower.islower() == token.islower():
            return not is_word or (last and first)
    if number:
        _, at, before = tokens[number - 1]
        is_word, first, _ = classify(before)
        return at == start - 1 and first and not is_word
    return False
