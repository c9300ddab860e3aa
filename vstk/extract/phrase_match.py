"""Finds known phrases in texts, by word stems or word for word.

Results contain keys of the given phrases, never text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from vstk.extract.stemming import (
    IRREGULAR_STEMS,
    UNCHANGED_LETTERS,
    WORD,
    word_families,
    word_family,
)

_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,39}_\d{1,6}>")

_MAX_WORD_LENGTH = 40
"""Letters of the longest word that is stemmed."""


def _words(text: str) -> list[str]:
    """The words of a scrubbed text in lower case, without its placeholders."""
    return WORD.findall(_PLACEHOLDER.sub(" . ", text).casefold())


class StemmedPhrases:
    """Phrases by key, found in texts in any form of their words."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """Index the phrases.

        Args:
            phrases: key -> synonymous phrases. A phrase without words is never found.
        """
        self._families = {
            key: [families for phrase in synonyms if (families := word_families(phrase))]
            for key, synonyms in phrases.items()
        }
        self._wanted = {
            family
            for synonyms in self._families.values()
            for families in synonyms
            for family in families
        }
        # No rule changes the beginning of a word, so most words of a text can be skipped.
        self._beginnings = {
            word[:UNCHANGED_LETTERS] for word in self._wanted | IRREGULAR_STEMS.keys()
        }

    def counts(self, texts: Iterable[str]) -> dict[str, int]:
        """Key -> number of occurrences in the texts; keys with none are left out.

        A phrase counts as often as its rarest word, and a key as often as its most
        frequent phrase. The words of a phrase need not be next to each other.
        """
        word_counts: Counter[str] = Counter()
        for text in texts:
            word_counts.update(_words(text))
        family_counts: Counter[str] = Counter()
        for word, count in word_counts.items():
            if word[:UNCHANGED_LETTERS] in self._beginnings and len(word) <= _MAX_WORD_LENGTH:
                family_counts[word_family(word)] += count
        key_counts = {
            key: max(
                (min(family_counts[family] for family in families) for families in synonyms),
                default=0,
            )
            for key, synonyms in self._families.items()
        }
        return {key: count for key, count in key_counts.items() if count}


class ExactPhrases:
    """Phrases by key, found in texts word for word, ignoring case."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        """Index the phrases.

        Args:
            phrases: key -> phrase.
        """
        self._keys = {tuple(WORD.findall(p.casefold())): key for key, p in phrases.items()}
        self._lengths = sorted({len(words) for words in self._keys})

    def find(self, texts: Iterable[str]) -> list[str]:
        """Keys of the phrases that occur in the texts, each once, in alphabetical order."""
        keys = set()
        for text in texts:
            words = _words(text)
            for length in self._lengths:
                for candidate in zip(*(words[start:] for start in range(length)), strict=False):
                    if candidate in self._keys:
                        keys.add(self._keys[candidate])
        return sorted(keys)
