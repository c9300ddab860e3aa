"""Finds every other occurrence of a value that was found once in a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, word_list

_TOKEN = regex.compile(r"[\p{Latin}\p{M}\d]+|[^\W_\p{Latin}\d]+")
_MIN_VALUE_LENGTH = 4
_MIN_NAME_LENGTH = 3
_MAX_VALUES = 20_000
"""Most values that are kept for one conversation."""

_NOT_PROPAGATED = frozenset({"DATE_TIME", "AGE", "NRP", "PASSWORD"})
_PARTICLES = frozenset(
    {"van", "von", "der", "den", "del", "las", "los", "bin", "ibn", "the", "and", "for", "sir"}
    | {"mrs", "miss", "prof", "herr", "frau", "señor"}
)


class KnownValues:
    """The values found in one conversation, indexed for search in all its texts."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """Args:
        values: (value, entity) pairs, e.g. ("Maria Keller", "PERSON").
        """
        self._values: dict[tuple[str, ...], dict[tuple[str, str | None], None]] = {}
        """Tokens of a value -> (entity, the value if letter case must match, else `None`)."""

        self._lengths: dict[str, list[int]] = {}
        """First token -> numbers of tokens of the values that begin with it, longest first.

        Keeps the time linear for texts with many values that begin alike.
        """

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
            folded_part = fold(part)
            is_word = folded_part in word_list("words")
            is_name = folded_part in word_list("first") or folded_part in word_list("last")
            if len(part) < _MIN_NAME_LENGTH or folded_part in _PARTICLES:
                continue
            if (
                is_word
                and not is_name
                and not (part == parts[-1] and fold(parts[0]) in word_list("first"))
            ):
                # "Scrolls" in "Dead Sea Scrolls" is no surname; "Stoker" in "Bram Stoker" is.
                continue
            if is_word and part.islower():
                # After "lloyd sweet", other occurrences of "sweet" are not names.
                continue
            self._add(part, "PERSON", exact=is_word)

    def _add(self, value: str, entity: str, *, exact: bool) -> None:
        tokens = tuple(fold(match.group()) for match in _TOKEN.finditer(value))
        if not tokens or len("".join(tokens)) < _MIN_NAME_LENGTH:
            return
        self._values.setdefault(tokens, {})[entity, value if exact else None] = None

    def find_occurrences(self, text: str) -> Iterator[PiiFinding]:
        """All occurrences of known values in a text, ignoring punctuation and most case."""
        if not self._values:
            return
        tokens = [match.span() for match in _TOKEN.finditer(text)]
        folded = [fold(text[start:end]) for start, end in tokens]
        for index, first in enumerate(folded):
            for length in self._lengths.get(first, ()):
                spans = tokens[index : index + length]
                if len(spans) < length:
                    continue
                entity = self._entity_at(tuple(folded[index : index + length]), text, spans)
                if entity:
                    yield PiiFinding(spans[0][0], spans[-1][1], entity, 0.4, "propagation")
                    break

    def _entity_at(
        self, value_tokens: tuple[str, ...], text: str, spans: list[tuple[int, int]]
    ) -> str | None:
        """The entity of the known value at these spans, or `None`."""
        for entity, exact in self._values.get(value_tokens, ()):
            start, end = spans[0][0], spans[-1][1]
            if end - start > 3 * sum(map(len, value_tokens)) + 8:
                return None
            if exact is None or _same_case(text[start:end], exact):
                return entity
        return None


def _is_common_words(value: str) -> bool:
    """Whether a value consists of common words, so that letter case must match."""
    tokens = [fold(match.group()) for match in _TOKEN.finditer(value)]
    return all(token in word_list("words") for token in tokens)


def _same_case(text: str, value: str) -> bool:
    return text[:1].isupper() == value[:1].isupper() or text == value
