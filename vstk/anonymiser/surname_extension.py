"""The rest of a name: what stands beside a name that was found, in the same letters.

"Jisoo Song asked": the one part is in no list of words, the other is a word and
is taken for one. Beside a name it is a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, words

_AFTER = regex.compile(r"[ -](\p{L}[\p{L}'’-]{2,25})(?![\p{L}\d@_])")
_BEFORE = regex.compile(r"(?<![\p{L}\d@_.])(\p{L}[\p{L}'’-]{2,25})[ -]$")
_SENTENCE = regex.compile(r"(?:^|[.!?:;\n\"“”*#>(-])\s{0,3}$")
_MAX_LOOKBEHIND = 30
_NOT_SURNAMES = frozenset(
    """
    a about after all also am an and any are as asked at be because been but by can come
    could did do does don for from get go had has have he her here him his how i if in into
    is it its just know let like long look made make may me might more much must my need
    never new no not now of off on one only or our out over put read said same say says see
    send she should so some still tell than that the their them then there these they think
    this to told too up us use very want was we well went were what when where which who why
    will with work would yes you your
    """.split()  # noqa: SIM905
)
"""Words that follow a name in a sentence, whoever else has them for a name."""


def extend_surnames(text: str, findings: Iterable[PiiFinding]) -> Iterator[PiiFinding]:
    """The findings, those of people with a word more where it belongs to the name."""
    for found in findings:
        if found.entity != "PERSON" or found.layer == "rule":
            yield found
            continue
        name = text[found.start : found.end]
        parts = name.split()
        if len(parts) > 2:
            yield found
            continue
        after = _AFTER.match(text, found.end)
        if after and _follows_name(parts[-1], after.group(1), len(parts)):
            yield replace(found, end=after.end(1))
            continue
        before = _BEFORE.search(text, max(0, found.start - _MAX_LOOKBEHIND), found.start)
        if (
            before
            and len(parts) == 1
            and _precedes_name(text, before.start(1), before.group(1), name)
        ):
            yield replace(found, start=before.start(1))
            continue
        yield found


def _follows_name(part: str, word: str, parts: int) -> bool:
    plain = fold(word.partition("'")[0].partition("’")[0])
    if plain in _NOT_SURNAMES:
        return False
    is_last, is_word = plain in words("last"), plain in words("words")
    if part.isupper() and len(part) > 1:
        return word.isupper() and (is_last or not is_word)
    if part[0].isupper():
        is_name = parts == 1 or is_last or not is_word
        return word[0].isupper() and not word.isupper() and is_name
    return parts == 1 and word.islower() and is_last and len(word) > 3


def _precedes_name(text: str, at: int, word: str, name: str) -> bool:
    """A word in capitals inside a sentence, before a name that is in no list of words."""
    plain = fold(word)
    if plain in _NOT_SURNAMES or not name[0].isupper() or fold(name) in words("words"):
        return False
    if name.isupper():
        return word.isupper() and (plain in words("first") or plain not in words("words"))
    return (
        word[0].isupper() and not word.isupper() and not _SENTENCE.search(text[max(0, at - 4) : at])
    )
