"""Names of people, places and organisations, by every means but patterns.

Three readings of each line: as it is written, by spaCy; as it would be written
with its names in capitals, by spaCy again, because half of all names typed in
lower or upper case escape the first; and by a list of names. Blocks of code are
read by none of the three: there, nearly everything they find is code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from vstk.scrub.finding import Deadline, Finding
from vstk.scrub.lists import fold, spoken, words
from vstk.scrub.ner import Reader, Span, segments
from vstk.scrub.rules import CODE_BLOCK

TOKEN = regex.compile(r"\p{L}+(?:['’]\p{L}+)?")
_CODE_LINE = regex.compile(
    r"^\s*(?:[#@${}\[\]()<]|//|/\*|import |from \S+ import|def |class |return\b|if ?\(|for ?\(|while ?\("
    r"|else\b|elif |try:|except|function |const |let |var |public |private |static |package |using "
    r"|#include|SELECT |INSERT |UPDATE |CREATE |\\\w)|[;{}]\s*$|\w\(.{0,200}\)\s*;?\s*$|\s=\s\S|=>|->|\\[a-z]{2,}"
)
_MARK = regex.compile(r"^\s*#{1,6}\s+(?=[^\s#])|;\s*$")
_BRACKETS = regex.compile(r"^\s*[\[(](\p{L}[^\[\]()]*)[\])]")
_CODE_SIGN = regex.compile(
    r"[=<>{}\\|_$~^`]|\w[(\[]|::|://|\w\.\p{L}{2}|(?<!\bMa?c)(?<=\p{Ll})\p{Lu}"
)
_TAG = regex.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|body|br|button|center|code|div|em|font|footer|form|h[1-6]|head|header"
    r"|hr|html|i|img|input|label|li|main|nav|ol|option|p|pre|section|select|small|span|strong|sub|sup|table"
    r"|tbody|td|th|thead|title|tr|u|ul)(?:\s[^<>]{0,300})?/?>",
    regex.IGNORECASE,
)
_SPACELESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_SENTENCE_END = regex.compile(r"[.!?:\n\"“*#>-]\s*$|^\s*$")

_ENTITY = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
_STRICT_ENTITY = _ENTITY | {
    "PRODUCT": "PRODUCT",
    "WORK_OF_ART": "TITLE_OF_WORK",
    "EVENT": "EVENT",
    "LAW": "LAW",
    "MONEY": "QUANTITY",
    "QUANTITY": "QUANTITY",
}
_VAGUE_TIME = regex.compile(
    r"(?i)(?:the |a |an |about |around |over |every |each |this |next |last |past |another |few |several |couple |of |one |two |three"
    r"|four|five|six|seven|eight|nine|ten|twenty|\d{1,4}(?:[-–]\d{1,4})?|[-–+ ]|and |or |to |more than |less than |at least |up to |early |late |mid |half "
    r"|(?:second|minute|hour|day|week|weekend|month|quarter|year|decade|centur(?:y|ie)|morning|afternoon|evening|night|season"
    r"|today|tomorrow|yesterday|tonight|daily|weekly|monthly|annual|annually|yearly|hourly|now|old|ago|earlier|later|summer|winter|spring|fall|autumn)s?)+"
)

_RECASED = frozenset({"PERSON", "PER", "GPE", "ORG"})
_NOT_IN_NAMES = regex.compile(r"[=<>{}\[\]()\\|_;$#`~^]|://|\w\.\w{2}")
_SMALL = frozenset({"of", "the", "and", "for", "in", "at", "on", "du", "des", "y", "e", "a"})
_PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "la", "del", "da", "di", "dos", "bin", "ibn", "al", "el"}
)
_SMALL |= _PARTICLES


@lru_cache(maxsize=100_000)
def _kind(token: str) -> tuple[bool, bool, bool]:
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


@dataclass(frozen=True, slots=True)
class Sought:
    """What of a conversation's texts is to be read for names."""

    language: str
    listed: list[list[Finding]]
    """What the lists of names find in each text."""

    written: list[tuple[int, int, str]]
    """Number of the text, offset, segment."""

    recased: list[tuple[int, int, str, str]]
    """The same with the segment in other letters."""

    @property
    def segments(self) -> list[str]:
        """The texts to read."""
        return [segment for *_, segment in self.written] + [other for *_, other in self.recased]


class Names:
    """Finds names in the texts of a conversation."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._entity = _STRICT_ENTITY if strict else _ENTITY

    def seek(self, texts: Sequence[str], deadline: Deadline, language: str = "en") -> Sought:
        """What is to be read for names, beside what the lists know. What is said of words
        holds for English; in other languages every segment is read, since lower case says
        less there.

        Raises:
            TooSlow: when the time is used up.
        """
        sought = Sought(language, [[] for _ in texts], [], [])
        for number, text in enumerate(texts):
            deadline.left()
            for at, segment in _prose(text, language):
                tokens = [
                    (match.start(), match.end(), match.group()) for match in TOKEN.finditer(segment)
                ]
                if not tokens:
                    continue
                sought.listed[number].extend(_listed(segment, at, tokens, language))
                if language != "en" or _has_capital(segment, tokens):
                    sought.written.append((number, at, segment))
                other = segment
                if language != "en":
                    other = recased_by_lists(segment, tokens, language)
                elif _is_english(tokens):
                    other = truecase(segment, tokens)
                if other != segment:
                    sought.recased.append((number, at, segment, other))
        return sought

    def find(
        self, sought: Sought, reader: Reader | None, spans: Sequence[Sequence[Span]]
    ) -> list[list[Finding]]:
        """Names in each text, given what a reader made of each of `sought.segments`."""
        found = [list(listed) for listed in sought.listed]
        if reader is None:
            return found
        language, written, recased = sought.language, sought.written, sought.recased
        borrowed = reader.language != language
        for (number, at, segment), named in zip(written, spans, strict=False):
            for start, end, label in named:
                entity = self._entity.get(label)
                if entity is None:
                    continue
                if language != "en":
                    start, end = _spoken_core(segment, start, end, language, borrowed=borrowed)
                elif not self._strict:
                    start, end = _core(segment, start, end, entity)
                if start < end:
                    found[number].append(Finding(at + start, at + end, entity, 0.6, "ner"))
        for (number, at, segment, other), named in zip(recased, spans[len(written) :], strict=True):
            for start, end, label in named:
                entity = self._entity.get(label)
                if (
                    entity is None
                    or label not in _RECASED
                    or segment[start:end] == other[start:end]
                ):
                    continue
                if language != "en":
                    start, end = _spoken_core(other, start, end, language, borrowed=borrowed)
                else:
                    start, end = _core(other, start, end, entity)
                if start < end and segment[start:end] != other[start:end]:
                    found[number].append(Finding(at + start, at + end, entity, 0.55, "truecase"))
        return found


def _core(segment: str, start: int, end: int, entity: str) -> tuple[int, int]:
    """What of a span could be a name; an empty span where nothing is.

    The pipeline takes words before and after a name along, and takes lines of
    code, headings and other languages for names.
    """
    value = segment[start:end]
    if entity == "DATE_TIME":
        is_vague = _VAGUE_TIME.fullmatch(value + " ") is not None
        is_exact = any(letter.isdigit() or letter.isupper() for letter in value)
        return (start, end) if is_exact and not is_vague else (start, start)
    if entity == "NRP":
        return (start, end) if value[:1].isupper() else (start, start)
    if len(value) > 80 or _NOT_IN_NAMES.search(value):
        return start, start
    tokens = [(m.start(), m.end(), m.group()) for m in TOKEN.finditer(value)]
    if entity == "PERSON":
        while tokens and not _names_someone(segment, start, tokens[-1]):
            tokens.pop()
        while tokens and not _names_someone(segment, start, tokens[0]):
            tokens.pop(0)
    lower = sum(1 for *_, token in tokens if token.islower() and token not in _SMALL)
    if not tokens or lower > (0 if entity == "PERSON" else len(tokens) // 3):
        return start, start
    if all(_kind(token)[0] and not any(_kind(token)[1:]) for *_, token in tokens):
        # Common words alone: "United States" is a place, "Data Science" no person.
        is_title = len(tokens) > 1 and all(t[0].isupper() or t in _SMALL for *_, t in tokens)
        if entity == "PERSON" or not is_title:
            return start, start
    if entity == "PERSON":
        return start + tokens[0][0], start + tokens[-1][1]
    return start, end


def _spoken_core(
    segment: str, start: int, end: int, language: str, *, borrowed: bool
) -> tuple[int, int]:
    """`_core` for a language of which no large list of words is at hand.

    Words that begin sentences are cut off at both ends; nothing else is known.
    `borrowed`: the pipeline is that of another language.
    """
    value = segment[start:end]
    if len(value) > 80 or _NOT_IN_NAMES.search(value):
        return start, start
    tokens = [(m.start(), m.end(), m.group()) for m in TOKEN.finditer(value)]
    known = spoken(language)
    while tokens and fold(tokens[-1][2]) in known:
        tokens.pop()
    while tokens and fold(tokens[0][2]) in known:
        tokens.pop(0)
    if borrowed and not _is_borrowed_name(segment, start, tokens, language):
        return start, start
    return (start + tokens[0][0], start + tokens[-1][1]) if tokens else (start, start)


def _is_borrowed_name(
    segment: str, start: int, tokens: list[tuple[int, int, str]], language: str
) -> bool:
    """Whether what another language's pipeline calls a name looks like one here.

    It takes words that it never saw for names. So every one needs a capital; a
    word alone must be a known name, or stand inside a sentence of a language
    that gives capitals to names only.
    """
    if not tokens or any(t[0].islower() and t not in _PARTICLES for *_, t in tokens):
        return False
    if len(tokens) > 1 or any(_kind(tokens[0][2])[1:]):
        return True
    return language != "de" and not _begins_sentence(segment, start + tokens[0][0])


def _names_someone(segment: str, offset: int, token: tuple[int, int, str]) -> bool:
    """Whether a token can stand at the edge of a person's name."""
    at, _, text = token
    is_word, first, last = _kind(text)
    if not text[0].isupper():
        return False
    return not is_word or ((first or last) and not _begins_sentence(segment, offset + at))


def _prose(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The segments of a text outside blocks and lines of code."""
    if "</" in text or "/>" in text:
        text = _TAG.sub(lambda tag: " " * len(tag.group()), text)
    at = 0
    for fence in CODE_BLOCK.finditer(text) if "```" in text else ():
        yield from _lines(text, at, fence.start(), language)
        at = fence.end()
    yield from _lines(text, at, len(text), language)


def _lines(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, str]]:
    for at, segment in segments(text, start, end):
        is_code = _CODE_LINE.search(segment) is not None
        if not is_code or _looks_written(segment, language) or _is_marked(segment, language):
            yield at, segment


def _looks_written(segment: str, language: str) -> bool:
    """A line with a sign of code may still be a sentence: mostly lower-case words."""
    tokens = TOKEN.findall(segment)
    plain = sum(1 for token in tokens if token.islower() and _is_word(token, language))
    # Of another language than English the commonest words alone are known.
    return len(tokens) >= 6 and plain >= (0.6 if language == "en" else 0.3) * len(tokens)


def _is_marked(segment: str, language: str) -> bool:
    """Whether a line is words after all: a heading, in brackets, or with a semicolon at its end."""
    body = _BRACKETS.sub(r"\1", _MARK.sub("", segment))
    if body == segment or _CODE_LINE.search(body) or _CODE_SIGN.search(body):
        return False
    tokens = TOKEN.findall(body)
    if segment.rstrip().endswith(";"):
        # So do declarations end.
        return len(tokens) >= 4 and any(_is_word(token, language) for token in tokens)
    return len(tokens) >= 2 or _SPACELESS.search(body) is not None


def _is_word(token: str, language: str) -> bool:
    """Whether a token is a common word of a language."""
    return _kind(token)[0] if language == "en" else fold(token) in spoken(language)


def _is_english(tokens: list[tuple[int, int, str]]) -> bool:
    """Whether enough of a line are English words for the others to be names."""
    unknown = sum(1 for *_, token in tokens if not any(_kind(token)))
    return unknown <= max(2, 0.4 * len(tokens))


def _has_capital(segment: str, tokens: list[tuple[int, int, str]]) -> bool:
    """Whether a segment has a capital that may begin a name."""
    for start, _, token in tokens:
        if not token[0].isupper() or token == "I" or token.startswith(("I'", "I’")):
            continue
        if not _kind(token)[0] or not _begins_sentence(segment, start):
            return True
    return False


def _begins_sentence(segment: str, start: int) -> bool:
    return _SENTENCE_END.search(segment[max(0, start - 4) : start]) is not None


def truecase(segment: str, tokens: list[tuple[int, int, str]]) -> str:
    """The segment as it would be written with capitals where names may stand.

    Of the same length, so that offsets hold. A line in capitals is brought to
    lower case but for its unknown words; in other lines, unknown words get a
    capital, and so does a first name before one.
    """
    letters = sum(len(token) for *_, token in tokens)
    capitals = sum(1 for letter in segment if letter.isupper())
    shouted = _shouted(tokens)
    is_shouted = capitals > 0.7 * letters and letters > 5
    pieces: list[str] = []
    at = 0
    for number, (start, end, token) in enumerate(tokens):
        shouting = is_shouted or number in shouted
        is_word, first, last = _kind(token)
        wanted = token
        if shouting:
            if not is_word or ((first or last) and _beside_name(tokens, number)):
                wanted = token.capitalize()
            elif number:
                wanted = token.lower()
            else:
                wanted = token.capitalize()
        elif token.islower() and len(token) > 2:
            if not is_word or ((first or last) and _beside_name(tokens, number)):
                wanted = token[0].upper() + token[1:]
        elif token.isupper() and len(token) > 2 and (first or last) and not is_word:
            wanted = token.capitalize()
        if wanted != token and len(wanted) == len(token):
            pieces.append(segment[at:start])
            pieces.append(wanted)
            at = end
    pieces.append(segment[at:])
    return "".join(pieces)


def _shouted(tokens: list[tuple[int, int, str]]) -> frozenset[int]:
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


def recased_by_lists(segment: str, tokens: list[tuple[int, int, str]], language: str) -> str:
    """`truecase` for a language of which no large list of words is at hand.

    Of a line in capitals, all but the words of `spoken` keep one; in other
    lines, what the lists of names know gets one.
    """
    letters = sum(len(token) for *_, token in tokens)
    capitals = sum(1 for letter in segment if letter.isupper())
    is_shouted = capitals > 0.7 * letters and letters > 5
    shouted = _shouted(tokens)
    known = spoken(language)
    pieces: list[str] = []
    at = 0
    for number, (start, end, token) in enumerate(tokens):
        plain = fold(token)
        wanted = token
        if is_shouted or number in shouted:
            wanted = token.lower() if plain in known else token.capitalize()
        elif token.islower() and len(token) > 2 and plain not in known:
            is_word, first, last = _kind(token)
            if (first or last) and not is_word:
                wanted = token[0].upper() + token[1:]
        if wanted != token and len(wanted) == len(token):
            pieces += (segment[at:start], wanted)
            at = end
    pieces.append(segment[at:])
    return "".join(pieces)


def _beside_name(tokens: list[tuple[int, int, str]], number: int) -> bool:
    """Whether a token next to this one is no common word, as in "mark jensen"."""
    start, end, token = tokens[number]
    if number + 1 < len(tokens):
        at, _, follower = tokens[number + 1]
        is_word, first, last = _kind(follower)
        if at == end + 1 and follower.islower() == token.islower():
            return not is_word or (last and first)
    if number:
        _, at, before = tokens[number - 1]
        is_word, first, _ = _kind(before)
        return at == start - 1 and first and not is_word
    return False


def _listed(
    segment: str, offset: int, tokens: list[tuple[int, int, str]], language: str
) -> Iterator[Finding]:
    """Names by the list: a first name with what follows it, or alone.

    In other languages than English only those with a capital: of their words too
    many are somebody's name somewhere.
    """
    known = spoken(language) if language != "en" else frozenset()
    is_english: bool | None = None
    number = 0
    while number < len(tokens):
        start, end, token = tokens[number]
        if language != "en" and (token.islower() or fold(token) in known):
            number += 1
            continue
        is_word, first, last = _kind(token)
        stop = number + 1
        if first or (last and not is_word):
            while stop < len(tokens) and stop - number < 5 and _continues(segment, tokens, stop):
                stop += 1
        while stop > number + 1 and len(tokens[stop - 1][2]) == 1:
            stop -= 1
        if stop > number + 1 and _is_full_name([text for *_, text in tokens[number:stop]]):
            yield Finding(offset + start, offset + tokens[stop - 1][1], "PERSON", 0.6, "list")
            number = stop
            continue
        if first and not is_word and len(token) > 2:
            if is_english is None:
                is_english = _is_english(tokens)
            is_title = token[0].isupper() and not token.isupper()
            if is_title or (token.islower() and is_english and len(token) > 4):
                yield Finding(offset + start, offset + end, "PERSON", 0.52, "list")
        elif _is_brand(segment, token, start):
            yield Finding(offset + start, offset + end, "ORGANIZATION", 0.51, "list")
        number += 1


def _is_brand(segment: str, token: str, start: int) -> bool:
    """A large company: in any case where its name is no word, else in its capitals."""
    if fold(token.partition("'")[0].partition("’")[0]) not in words("brands"):
        return False
    if not _kind(token)[0]:
        return True
    return token[0].isupper() and not _begins_sentence(segment, start)


def _continues(segment: str, tokens: list[tuple[int, int, str]], at: int) -> bool:
    """Whether a token carries on the name before it, in the same case."""
    gap = segment[tokens[at - 1][1] : tokens[at][0]]
    if gap not in (" ", "-", ". "):
        return False
    token, before = tokens[at][2], tokens[at - 1][2]
    if len(token) == 1:
        return token not in ("a", "I") and gap != "-"
    is_word, first, last = _kind(token)
    if before[0].isupper():
        if token in _PARTICLES:
            return at + 1 < len(tokens) and tokens[at + 1][2][0].isupper()
        return token[0].isupper()
    return token.islower() and (first or last) and not is_word


def _is_full_name(tokens: list[str]) -> bool:
    """Whether enough of a run of tokens is known as a name."""
    kinds = [_kind(token) for token in tokens if len(token) > 1]
    if len(kinds) < 2:
        return False
    names = sum(1 for _, first, last in kinds if first or last)
    unknown = sum(1 for is_word, *_ in kinds if not is_word)
    if not tokens[0][0].isupper():
        return kinds[0][1] and unknown >= 1 and names == len(kinds)
    if kinds[0][1] and unknown:
        return True
    return names >= 2 and (unknown > 0 or (kinds[0][1] and kinds[-1][2] and len(tokens) > 1))
