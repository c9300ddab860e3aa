"""Language identification, done locally.

A conversation in a language that the policy does not accept is set aside, because names
in it would not be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import regex

SAMPLE_CHARACTERS = 1000
"""Characters of a conversation that are used to identify its language."""

MIN_LETTERS = 60
"""Number of letters from which the classifier alone decides."""

CANDIDATE_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "zh", "ja", "ko", "ru", "uk", "bg", "ar", "fa"),
    *("he", "hi", "bn", "ur", "ta", "th", "vi", "id", "ms", "tr", "pl", "cs", "sk", "hu", "ro"),
    *("el", "sv", "no", "da", "fi", "hr", "ca", "sl", "lt", "lv", "et"),
)
"""Languages that the classifier chooses from.

Rarer languages are left out, because short texts in a related language would be assigned
to them.
"""

_NOT_PROSE = regex.compile(
    r"```.{0,20000}?(?:```|\Z)|https?://\S{1,500}|<[^<>\n]{1,200}>|\S*[\d_{}=\\/|]\S*", regex.DOTALL
)
_LETTER = regex.compile(r"\p{L}")
_SCRIPTS = {
    "zh": regex.compile(r"\p{Script=Han}"),
    "ja": regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}]"),
    "ko": regex.compile(r"\p{Script=Hangul}"),
}
_LATIN = regex.compile(r"\p{Script=Latin}")


@cache
def classifier() -> Any:
    """Load the classifier once.

    A scrubber loads it before its first conversation, so that a missing library stops the
    audit rather than setting every conversation aside.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    loaded.set_languages(CANDIDATE_LANGUAGES)
    return loaded


def detect(texts: Iterable[str], accepted: Sequence[str]) -> str:
    """ISO 639-1 code of the language that most of the text is in.

    A text that is too short for a decision is assigned to the likeliest accepted language
    that is written in its script.
    """
    sample = _sample(texts)
    letters = len(_LETTER.findall(sample))
    if not letters:
        return accepted[0]
    script_counts = Counter(
        {code: len(script.findall(sample)) for code, script in _SCRIPTS.items()}
    )
    if script_counts.total() > letters * 0.15:
        if script_counts["ja"] > script_counts.total() * 0.1:
            return "ja"
        return "ko" if script_counts["ko"] > script_counts["zh"] else "zh"
    ranking: list[tuple[str, float]] = classifier().rank(sample)
    best, best_probability = ranking[0]
    if best not in accepted and "en" in accepted and _has_english_request(sample):
        return "en"
    if best in accepted or (letters >= MIN_LETTERS and best_probability > 0.2):
        return best
    if len(_LATIN.findall(sample)) < letters * 0.5:
        return best
    for code, probability in ranking[:6]:
        if code in accepted and code != "zh" and probability > 0.02:
            return code
    if letters < 20:
        return next((code for code in accepted if code != "zh"), best)
    return best


def _sample(texts: Iterable[str]) -> str:
    """Prose from the beginning, the middle and the end of a conversation.

    The beginning alone would hide a later part in another language.
    """
    pieces: list[str] = []
    for text in texts:
        if len(text) <= 2 * SAMPLE_CHARACTERS:
            pieces.append(_NOT_PROSE.sub(" ", text))
            continue
        middle = len(text) // 2
        for start, length in (
            (0, SAMPLE_CHARACTERS),
            (middle, SAMPLE_CHARACTERS // 2),
            (len(text) - SAMPLE_CHARACTERS // 2, SAMPLE_CHARACTERS // 2),
        ):
            pieces.append(_NOT_PROSE.sub(" ", text[start : start + length]))
        if len(pieces) > 60:
            break
    prose = "\n".join(pieces)
    if len(prose) <= SAMPLE_CHARACTERS:
        return prose
    half, quarter = SAMPLE_CHARACTERS // 2, SAMPLE_CHARACTERS // 4
    middle = len(prose) // 2
    return "\n".join((prose[:half], prose[middle : middle + quarter], prose[-quarter:]))


_ENGLISH_WORDS = frozenset(
    """
    the and to of for with this that please is my you your it what how can write reply
    translate english what's which should would from not i'm keep tell help make need add
    when
    """.split()  # noqa: SIM905
)
_WORD = regex.compile(r"\p{L}+(?:['’]\p{L}+)?")


def _has_english_request(sample: str) -> bool:
    """Whether a sample holds an English sentence beside foreign names, addresses or quotations."""
    words = _WORD.findall(sample.lower())
    english = [word for word in words if word in _ENGLISH_WORDS]
    return len(set(english)) >= 4 and len(english) >= 0.12 * len(words)
