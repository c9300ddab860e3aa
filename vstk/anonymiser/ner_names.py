"""Names of people, places and organisations, by every means but patterns.

Three readings of each line: as it is written, by spaCy; as it would be written
with its names in capitals, by spaCy again, because half of all names typed in
lower or upper case escape the first; and by a list of names. Blocks of code are
read by none of the three: there, nearly everything they find is code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from vstk.anonymiser.finding import Deadline, PiiFinding
from vstk.anonymiser.gazetteer import find_listed_names
from vstk.anonymiser.gazetteers import common_words, fold
from vstk.anonymiser.ner import NerReader, Span
from vstk.anonymiser.prose import prose_segments
from vstk.anonymiser.recasing import truecase, truecase_by_lists
from vstk.anonymiser.tokens import (
    PARTICLES,
    Token,
    begins_sentence,
    classify,
    has_capital,
    is_english,
    tokens,
)

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
_NAME_PARTICLES = frozenset(
    {"of", "the", "and", "for", "in", "at", "on", "du", "des", "y", "e", "a"}
)
_NAME_PARTICLES |= PARTICLES


@dataclass(frozen=True, slots=True)
class NameCandidates:
    """What of a conversation's texts is to be read for names."""

    language: str
    listed: list[list[PiiFinding]]
    """What the lists of names find in each text."""

    written: list[tuple[int, int, str]]
    """Number of the text, offset, segment."""

    recased: list[tuple[int, int, str, str]]
    """The same with the segment in other letters."""

    @property
    def segments(self) -> list[str]:
        """The texts to read."""
        return [segment for *_, segment in self.written] + [other for *_, other in self.recased]


class NerNames:
    """Finds names in the texts of a conversation."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._entity = _STRICT_ENTITY if strict else _ENTITY

    def find_candidates(
        self, texts: Sequence[str], deadline: Deadline, language: str = "en"
    ) -> NameCandidates:
        """What is to be read for names, beside what the lists know. What is said of words
        holds for English; in other languages every segment is read, since lower case says
        less there.

        Raises:
            TooSlow: when the time is used up.
        """
        sought = NameCandidates(language, [[] for _ in texts], [], [])
        for number, text in enumerate(texts):
            deadline.left()
            for at, segment in prose_segments(text, language):
                held = tokens(segment)
                if not held:
                    continue
                sought.listed[number].extend(find_listed_names(segment, at, held, language))
                if language != "en" or has_capital(segment, held):
                    sought.written.append((number, at, segment))
                other = segment
                if language != "en":
                    other = truecase_by_lists(segment, held, language)
                elif is_english(held):
                    other = truecase(segment, held)
                if other != segment:
                    sought.recased.append((number, at, segment, other))
        return sought

    def findings(
        self, sought: NameCandidates, reader: NerReader | None, spans: Sequence[Sequence[Span]]
    ) -> list[list[PiiFinding]]:
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
                    start, end = _trim_span_by_stop_words(
                        segment, start, end, language, borrowed=borrowed
                    )
                elif not self._strict:
                    start, end = _trim_span(segment, start, end, entity)
                if start < end:
                    found[number].append(PiiFinding(at + start, at + end, entity, 0.6, "ner"))
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
                    start, end = _trim_span_by_stop_words(
                        other, start, end, language, borrowed=borrowed
                    )
                else:
                    start, end = _trim_span(other, start, end, entity)
                if start < end and segment[start:end] != other[start:end]:
                    found[number].append(PiiFinding(at + start, at + end, entity, 0.55, "truecase"))
        return found


def _trim_span(segment: str, start: int, end: int, entity: str) -> tuple[int, int]:
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
    held = tokens(value)
    if entity == "PERSON":
        while held and not _can_bound_name(segment, start, held[-1]):
            held.pop()
        while held and not _can_bound_name(segment, start, held[0]):
            held.pop(0)
    lower = sum(1 for *_, token in held if token.islower() and token not in _NAME_PARTICLES)
    if not held or lower > (0 if entity == "PERSON" else len(held) // 3):
        return start, start
    if all(classify(token)[0] and not any(classify(token)[1:]) for *_, token in held):
        # Common words alone: "United States" is a place, "Data Science" no person.
        is_title = len(held) > 1 and all(t[0].isupper() or t in _NAME_PARTICLES for *_, t in held)
        if entity == "PERSON" or not is_title:
            return start, start
    if entity == "PERSON":
        return start + held[0][0], start + held[-1][1]
    return start, end


def _trim_span_by_stop_words(
    segment: str, start: int, end: int, language: str, *, borrowed: bool
) -> tuple[int, int]:
    """`_core` for a language of which no large list of words is at hand.

    Words that begin sentences are cut off at both ends; nothing else is known.
    `borrowed`: the pipeline is that of another language.
    """
    value = segment[start:end]
    if len(value) > 80 or _NOT_IN_NAMES.search(value):
        return start, start
    held = tokens(value)
    known = common_words(language)
    while held and fold(held[-1][2]) in known:
        held.pop()
    while held and fold(held[0][2]) in known:
        held.pop(0)
    if borrowed and not _is_plausible_foreign_name(segment, start, held, language):
        return start, start
    return (start + held[0][0], start + held[-1][1]) if held else (start, start)


def _is_plausible_foreign_name(
    segment: str, start: int, tokens: list[Token], language: str
) -> bool:
    """Whether what another language's pipeline calls a name looks like one here.

    It takes words that it never saw for names. So every one needs a capital; a
    word alone must be a known name, or stand inside a sentence of a language
    that gives capitals to names only.
    """
    if not tokens or any(t[0].islower() and t not in PARTICLES for *_, t in tokens):
        return False
    if len(tokens) > 1 or any(classify(tokens[0][2])[1:]):
        return True
    return language != "de" and not begins_sentence(segment, start + tokens[0][0])


def _can_bound_name(segment: str, offset: int, token: Token) -> bool:
    """Whether a token can stand at the edge of a person's name."""
    at, _, text = token
    is_word, first, last = classify(text)
    if not text[0].isupper():
        return False
    return not is_word or ((first or last) and not begins_sentence(segment, offset + at))
