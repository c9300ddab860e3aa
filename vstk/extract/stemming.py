"""Stemming of English words by suffix rules.

`respect`, `respectful` and `respectfully` have the same stem. The rules are for English; in
other languages a word is only equal to itself. The stem is for comparison and is often not
a word.

Compared with Snowball's English stemmer, these rules also join honest/honesty, clear/clarity
and humble/humility, which are frequent among value words; Snowball also joins
compassion/compassionate.
"""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+")

UNCHANGED_LETTERS = 3
"""Letters at the beginning of a word that no rule changes."""

IRREGULAR_STEMS = {"clear": "clarity", "humble": "humility", "cautious": "caution"}
"""Stems that no rule makes equal -> the stem that replaces them."""

_STOP_WORDS = {"a", "about", "an", "and", "at", "by", "for", "from"}
_STOP_WORDS |= {"in", "of", "on", "or", "the", "to", "with"}

_SuffixRules = tuple[tuple[str, str, int], ...]
"""(suffix, replacement, letters that must remain before the suffix)."""

_RULES_APPLIED_ONCE: tuple[_SuffixRules, ...] = (
    (("ies", "y", 3), ("ss", "ss", 1), ("us", "us", 1), ("is", "is", 1), ("s", "", 3)),
    (("our", "or", 3), ("ally", "al", 3), ("ly", "", 4)),
    tuple(
        (ending, "", 4)
        for ending in ("fulness", "ness", "ful", "less", "ship", "ment", "ing", "ed")
    ),
)
_REPEATED_RULES: _SuffixRules = (
    *(("ification", "ify", 3), ("ization", "ize", 4), ("isation", "ize", 4), ("ise", "ize", 5)),
    *(("ency", "ent", 5), ("ence", "ent", 5), ("ancy", "ant", 5), ("ance", "ant", 5)),
    *(("alty", "al", 3), ("elty", "el", 2), ("fety", "fe", 2), ("ainty", "ain", 3)),
    *(("acy", "ate", 4), ("ability", "", 4), ("ibility", "", 4), ("ivity", "", 5)),
    *((ending, "", 5) for ending in ("able", "ible", "ical", "etic", "ity", "ion", "ive", "ous")),
    *((ending, "", 5) for ending in ("ory", "ist", "ism", "ic", "al")),
)
_FINAL_RULES: _SuffixRules = (("e", "", 4), ("y", "", 4), ("i", "", 4))


def word_family(word: str) -> str:
    """The stem shared by all forms of a word."""
    word = word.casefold()
    for rules in _RULES_APPLIED_ONCE:
        word = _apply_first_rule(word, rules)
    word = IRREGULAR_STEMS.get(word, word)
    while (shorter := _apply_first_rule(word, _REPEATED_RULES)) != word:
        word = shorter
    return _apply_first_rule(word, _FINAL_RULES)


def _apply_first_rule(word: str, rules: _SuffixRules) -> str:
    """Apply the first rule that fits; return the word unchanged if none does."""
    for suffix, replacement, remaining in rules:
        if word.endswith(suffix) and len(word) - len(suffix) >= remaining:
            return word[: -len(suffix)] + replacement
    return word


def word_families(phrase: str) -> frozenset[str]:
    """The stems of a phrase's words; stop words only count if there are no others."""
    words = WORD.findall(phrase.casefold())
    return frozenset(map(word_family, [word for word in words if word not in _STOP_WORDS] or words))
