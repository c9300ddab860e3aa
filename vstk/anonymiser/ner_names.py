"""Names of people, places and organisations, found by NER and by word lists.

Each sentence is examined three times: by the NER model as it is written; by the NER model
after truecasing, because the model misses half of all names in lower or upper case; and
by lists of names. Code blocks are skipped, because nearly everything found there is code.
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
    r"(?i)(?:the |a |an |about |around |under |within |only |(?:mon|tues|wednes|thurs|fri|satur|sun)day ?|min ?|mins ?|hrs? ?|secs? ?|over |every |each |this |next |last |past |another |few |several |couple |of |one |two |three"
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
    """The segments of a conversation in which a NER model is to look for names."""

    language: str
    """ISO 639-1 code of the conversation."""

    listed: list[list[PiiFinding]]
    """For each text, what the word lists find in it."""

    as_written: list[tuple[int, int, str]]
    """(index of the text, offset in it, segment)."""

    recased: list[tuple[int, int, str, str]]
    """(index of the text, offset in it, segment, truecased segment of the same length)."""

    @property
    def segments(self) -> list[str]:
        """What the model is to read: the segments as written, then the truecased ones."""
        return [segment for *_, segment in self.as_written] + [
            truecased for *_, truecased in self.recased
        ]


class NerNames:
    """Finds names in the texts of a conversation."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._entity = _STRICT_ENTITY if strict else _ENTITY

    def find_candidates(
        self, texts: Sequence[str], deadline: Deadline, language: str = "en"
    ) -> NameCandidates:
        """Select the segments that a NER model is to read, and find listed names.

        In English, only segments with a capital that may mark a name are selected. In
        other languages every segment is, because letter case says less there.

        Raises:
            TooSlow: if the time is used up.
        """
        candidates = NameCandidates(language, [[] for _ in texts], [], [])
        for index, text in enumerate(texts):
            deadline.left()
            for offset, segment in prose_segments(text, language):
                words = tokens(segment)
                if not words:
                    continue
                candidates.listed[index].extend(find_listed_names(segment, offset, words, language))
                if language != "en" or has_capital(segment, words):
                    candidates.as_written.append((index, offset, segment))
                truecased = segment
                if language != "en":
                    truecased = truecase_by_lists(segment, words, language)
                elif is_english(words):
                    truecased = truecase(segment, words)
                if truecased != segment:
                    candidates.recased.append((index, offset, segment, truecased))
        return candidates

    def findings(
        self,
        candidates: NameCandidates,
        reader: NerReader | None,
        spans: Sequence[Sequence[Span]],
    ) -> list[list[PiiFinding]]:
        """The names in each text.

        Args:
            candidates: what `find_candidates` returned.
            reader: the NER model, or `None` if there is none for the language.
            spans: for each of `candidates.segments`, the spans that the reader found.
        """
        found = [list(listed) for listed in candidates.listed]
        if reader is None:
            return found
        language, as_written = candidates.language, candidates.as_written
        is_foreign = reader.language != language
        for (index, offset, segment), named in zip(as_written, spans, strict=False):
            for start, end, label in named:
                entity = self._entity.get(label)
                if entity is None:
                    continue
                if language != "en":
                    start, end = _trim_span_by_stop_words(
                        segment, start, end, language, is_foreign=is_foreign
                    )
                elif not self._strict:
                    start, end = _trim_span(segment, start, end, entity)
                if start < end:
                    found[index].append(
                        PiiFinding(offset + start, offset + end, entity, 0.6, "ner")
                    )
        for (index, offset, segment, truecased), named in zip(
            candidates.recased, spans[len(as_written) :], strict=True
        ):
            for start, end, label in named:
                entity = self._entity.get(label)
                if (
                    entity is None
                    or label not in _RECASED
                    or segment[start:end] == truecased[start:end]
                ):
                    continue
                if language != "en":
                    start, end = _trim_span_by_stop_words(
                        truecased, start, end, language, is_foreign=is_foreign
                    )
                else:
                    start, end = _trim_span(truecased, start, end, entity)
                if start < end and segment[start:end] != truecased[start:end]:
                    found[index].append(
                        PiiFinding(offset + start, offset + end, entity, 0.55, "truecase")
                    )
        return found


def _trim_span(segment: str, start: int, end: int, entity: str) -> tuple[int, int]:
    """Trim a span of the NER model to what can be a name; empty if nothing can.

    The model often includes words before and after a name, and mistakes lines of code,
    headings and text in other languages for names.
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
    words = tokens(value)
    if entity == "PERSON":
        while words and not _can_bound_name(segment, start, words[-1]):
            words.pop()
        while words and not _can_bound_name(segment, start, words[0]):
            words.pop(0)
    lowercase = sum(1 for *_, token in words if token.islower() and token not in _NAME_PARTICLES)
    if not words or lowercase > (0 if entity == "PERSON" else len(words) // 3):
        return start, start
    if all(classify(token).is_word and not classify(token).is_name for *_, token in words):
        # Only common words: "United States" is a place, but "Data Science" is no person.
        is_title = len(words) > 1 and all(t[0].isupper() or t in _NAME_PARTICLES for *_, t in words)
        if entity == "PERSON" or not is_title:
            return start, start
    if entity == "PERSON":
        return start + words[0][0], start + words[-1][1]
    return start, end


def _trim_span_by_stop_words(
    segment: str, start: int, end: int, language: str, *, is_foreign: bool
) -> tuple[int, int]:
    """`_trim_span` for languages without a large list of words.

    Removes common words from both ends of the span.

    Args:
        is_foreign: whether the NER model was trained for another language.
    """
    value = segment[start:end]
    if len(value) > 80 or _NOT_IN_NAMES.search(value):
        return start, start
    words = tokens(value)
    known_words = common_words(language)
    while words and fold(words[-1][2]) in known_words:
        words.pop()
    while words and fold(words[0][2]) in known_words:
        words.pop(0)
    if is_foreign and not _is_plausible_foreign_name(segment, start, words, language):
        return start, start
    return (start + words[0][0], start + words[-1][1]) if words else (start, start)


def _is_plausible_foreign_name(
    segment: str, start: int, tokens: list[Token], language: str
) -> bool:
    """Whether a span found by another language's NER model is likely to be a name.

    Such a model mistakes unknown words for names. Therefore every token needs a capital,
    and a single token must be a listed name or be inside a sentence of a language that
    capitalises only names.
    """
    if not tokens or any(t[0].islower() and t not in PARTICLES for *_, t in tokens):
        return False
    if len(tokens) > 1 or classify(tokens[0][2]).is_name:
        return True
    return language != "de" and not begins_sentence(segment, start + tokens[0][0])


def _can_bound_name(segment: str, offset: int, token: Token) -> bool:
    """Whether a token can be the first or last word of a person's name."""
    start, _, text = token
    kind = classify(text)
    if not text[0].isupper():
        return False
    return not kind.is_word or (kind.is_name and not begins_sentence(segment, offset + start))
