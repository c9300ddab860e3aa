"""Words: which of a list of words a text has, in any of their forms.

`respect`, `respectful` and `respectfully` are one family. Endings are taken off by
rule, for English alone; in another language only the same letters meet. What is
handed back is a key of the list, never a piece of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W\d_]+")
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,39}_\d{1,6}>")
_SMALL = {"a", "about", "an", "and", "at", "by", "for", "from"}
_SMALL |= {"in", "of", "on", "or", "the", "to", "with"}

_LONGEST = 40

_LEFT = 3
"""Letters at the beginning that every rule leaves alone."""

_UNLIKE = {"clear": "clarity", "humble": "humility", "cautious": "caution"}
"""Forms that no rule brings together."""

_Rules = tuple[tuple[str, str, int], ...]
"""Ending, what stands in its place, letters that must be left before it."""

_ONCE: tuple[_Rules, ...] = (
    (("ies", "y", 3), ("ss", "ss", 1), ("us", "us", 1), ("is", "is", 1), ("s", "", 3)),
    (("our", "or", 3), ("ally", "al", 3), ("ly", "", 4)),
    tuple(
        (ending, "", 4)
        for ending in ("fulness", "ness", "ful", "less", "ship", "ment", "ing", "ed")
    ),
)
_AGAIN: _Rules = (
    *(("ification", "ify", 3), ("ization", "ize", 4), ("isation", "ize", 4), ("ise", "ize", 5)),
    *(("ency", "ent", 5), ("ence", "ent", 5), ("ancy", "ant", 5), ("ance", "ant", 5)),
    *(("alty", "al", 3), ("elty", "el", 2), ("fety", "fe", 2), ("ainty", "ain", 3)),
    *(("acy", "ate", 4), ("ability", "", 4), ("ibility", "", 4), ("ivity", "", 5)),
    *((ending, "", 5) for ending in ("able", "ible", "ical", "etic", "ity", "ion", "ive", "ous")),
    *((ending, "", 5) for ending in ("ory", "ist", "ism", "ic", "al")),
)
_LAST: _Rules = (("e", "", 4), ("y", "", 4), ("i", "", 4))


def family(word: str) -> str:
    """The common stem of a word's forms: letters to compare, not a word.

    Snowball's stemmer for English keeps apart forms that mean the same value (honest and
    honesty, clear and clarity, safe and safety); a test compares both.
    """
    word = word.casefold()
    for rules in _ONCE:
        word = _cut(word, rules)
    word = _UNLIKE.get(word, word)
    while (shorter := _cut(word, _AGAIN)) != word:
        word = shorter
    return _cut(word, _LAST)


def _cut(word: str, rules: _Rules) -> str:
    """The word after the first rule that fits."""
    for ending, instead, left in rules:
        if word.endswith(ending) and len(word) - len(ending) >= left:
            return word[: -len(ending)] + instead
    return word


def families(phrase: str) -> frozenset[str]:
    """The families of a phrase's words, without the small ones."""
    words = _WORD.findall(phrase.casefold())
    return frozenset(map(family, [word for word in words if word not in _SMALL] or words))


def _said(text: str) -> list[str]:
    """The words of a scrubbed text: what stands in for a name, nobody said."""
    return _WORD.findall(_PLACEHOLDER.sub(" . ", text).casefold())


class Lexicon:
    """Phrases by key, to be found in texts."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """Take a list.

        Args:
            phrases: key -> the ways to say it. A phrase with no word is not found.
        """
        self._phrases = {
            key: [found for one in ways if (found := families(one))]
            for key, ways in phrases.items()
        }
        self._wanted = {word for ways in self._phrases.values() for one in ways for word in one}
        # No rule touches the beginning of a word: most of a text need not be looked at.
        self._beginnings = {word[:_LEFT] for word in self._wanted | _UNLIKE.keys()}

    def counts(self, texts: Iterable[str]) -> dict[str, int]:
        """Key -> how often texts have it: the rarest of its words, of its commonest phrase."""
        words: Counter[str] = Counter()
        for text in texts:
            words.update(_said(text))
        held: Counter[str] = Counter()
        for word, count in words.items():
            if word[:_LEFT] in self._beginnings and len(word) <= _LONGEST:
                held[family(word)] += count
        found = {
            key: max((min(held[word] for word in one) for one in ways), default=0)
            for key, ways in self._phrases.items()
        }
        return {key: count for key, count in found.items() if count}


class Phrases:
    """Phrases by key, found word for word: for words that nobody should guess at."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        """Take a list: key -> phrase."""
        self._keys = {tuple(_WORD.findall(p.casefold())): key for key, p in phrases.items()}
        self._lengths = sorted({len(words) for words in self._keys})

    def found(self, texts: Iterable[str]) -> list[str]:
        """Keys of the phrases that texts have, each once, in order."""
        keys = set()
        for text in texts:
            words = _said(text)
            for length in self._lengths:
                for part in zip(*(words[start:] for start in range(length)), strict=False):
                    if part in self._keys:
                        keys.add(self._keys[part])
        return sorted(keys)
