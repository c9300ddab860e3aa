"""What was found once in a conversation is found everywhere in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, words

_TOKEN = regex.compile(r"[\p{Latin}\p{M}\d]+|[^\W_\p{Latin}\d]+")
_MIN_VALUE_LENGTH = 4
_MIN_NAME_LENGTH = 3
_MAX_VALUES = 20_000
"""Values remembered of one conversation."""

_NOT_PROPAGATED = frozenset({"DATE_TIME", "AGE", "NRP", "PASSWORD"})
_PARTICLES = frozenset(
    {"van", "von", "der", "den", "del", "las", "los", "bin", "ibn", "the", "and", "for", "sir"}
    | {"mrs", "miss", "prof", "herr", "frau", "señor"}
)


class KnownValues:
    """The values found in one conversation, ready to be found again."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._values: dict[tuple[str, ...], dict[tuple[str, str | None], None]] = {}
        """Tokens of a value -> kind, and the value where only its own case is meant."""

        self._lengths: dict[str, list[int]] = {}
        """First token -> in how many tokens values go on from it, most first. So a list of
        a thousand numbers that begin alike takes a thousand steps, and not a million."""

        seen: set[tuple[str, str]] = set()
        for value, entity in values:
            if (value, entity) in seen or len(seen) > _MAX_VALUES:
                continue
            seen.add((value, entity))
            if entity == "PERSON":
                self._add_name(value)
            elif entity not in _NOT_PROPAGATED and len(value) >= _MIN_VALUE_LENGTH:
                self._add(value, entity, exact=_is_common_words(value))
        for tokens in sorted(self._values, key=len, reverse=True):
            lengths = self._lengths.setdefault(tokens[0], [])
            if len(tokens) not in lengths:
                lengths.append(len(tokens))

    def _add_name(self, value: str) -> None:
        self._add(value, "PERSON", exact=_is_common_words(value))
        parts = [match.group() for match in _TOKEN.finditer(value)]
        for part in parts if len(parts) > 1 else ():
            plain = fold(part)
            is_word = plain in words("words")
            is_name = plain in words("first") or plain in words("last")
            if len(part) < _MIN_NAME_LENGTH or plain in _PARTICLES:
                continue
            if (
                is_word
                and not is_name
                and not (part == parts[-1] and fold(parts[0]) in words("first"))
            ):
                # "Dead Sea Scrolls" is no family, "Bram Stoker" is of one.
                continue
            if is_word and part.islower():
                # "lloyd sweet" makes no person of every other "sweet".
                continue
            self._add(part, "PERSON", exact=is_word)

    def _add(self, value: str, entity: str, *, exact: bool) -> None:
        tokens = tuple(fold(match.group()) for match in _TOKEN.finditer(value))
        if not tokens or len("".join(tokens)) < _MIN_NAME_LENGTH:
            return
        self._values.setdefault(tokens, {})[entity, value if exact else None] = None

    def find_occurrences(self, text: str) -> Iterator[PiiFinding]:
        """Every place where a known value stands in a text."""
        if not self._values:
            return
        tokens = [match.span() for match in _TOKEN.finditer(text)]
        folded = [fold(text[start:end]) for start, end in tokens]
        for at, first in enumerate(folded):
            for length in self._lengths.get(first, ()):
                spans = tokens[at : at + length]
                if len(spans) < length:
                    continue
                kind = self._entity_at(tuple(folded[at : at + length]), text, spans)
                if kind:
                    yield PiiFinding(spans[0][0], spans[-1][1], kind, 0.4, "propagation")
                    break

    def _entity_at(
        self, wanted: tuple[str, ...], text: str, spans: list[tuple[int, int]]
    ) -> str | None:
        """What the tokens at some spans stand for, if for a known value."""
        for entity, exact in self._values.get(wanted, ()):
            start, end = spans[0][0], spans[-1][1]
            if end - start > 3 * sum(map(len, wanted)) + 8:
                return None
            if exact is None or _same_case(text[start:end], exact):
                return entity
        return None


def _is_common_words(value: str) -> bool:
    """Whether a value could be plain words: then only its own case is meant."""
    tokens = [fold(match.group()) for match in _TOKEN.finditer(value)]
    return all(token in words("words") for token in tokens)


def _same_case(text: str, value: str) -> bool:
    return text[:1].isupper() == value[:1].isupper() or text == value
