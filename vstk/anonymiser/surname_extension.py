"""Extends a found name by the word next to it, if that word is likely to belong to it.

In "Jisoo Song asked", "Jisoo" is found because it is in no word list, but "Song" is a
common word. Next to a name and in the same letter case, it is taken as part of the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, word_list

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
"""Words that often follow a name in a sentence and never extend it."""


def extend_surnames(text: str, findings: Iterable[PiiFinding]) -> Iterator[PiiFinding]:
    """Yield the findings, those of people extended by a word that belongs to the name."""
    for finding in findings:
        if finding.entity != "PERSON" or finding.layer == "rule":
            yield finding
            continue
        name = text[finding.start : finding.end]
        parts = name.split()
        if len(parts) > 2:
            yield finding
            continue
        after = _AFTER.match(text, finding.end)
        if after and _follows_name(parts[-1], after.group(1), len(parts)):
            yield replace(finding, end=after.end(1))
            continue
        before = _BEFORE.search(text, max(0, finding.start - _MAX_LOOKBEHIND), finding.start)
        if (
            before
            and len(parts) == 1
            and _precedes_name(text, before.start(1), before.group(1), name)
        ):
            yield replace(finding, start=before.start(1))
            continue
        yield finding


def _follows_name(last_part: str, word: str, parts: int) -> bool:
    """Whether the word after a name of so many parts belongs to it."""
    folded = fold(word.partition("'")[0].partition("’")[0])
    if folded in _NOT_SURNAMES:
        return False
    is_last, is_word = folded in word_list("last"), folded in word_list("words")
    if last_part.isupper() and len(last_part) > 1:
        return word.isupper() and (is_last or not is_word)
    if last_part[0].isupper():
        is_name = parts == 1 or is_last or not is_word
        return word[0].isupper() and not word.isupper() and is_name
    return parts == 1 and word.islower() and is_last and len(word) > 3


def _precedes_name(text: str, at: int, word: str, name: str) -> bool:
    """Whether a capitalised word inside a sentence belongs to the uncommon name after it."""
    folded = fold(word)
    if folded in _NOT_SURNAMES or not name[0].isupper() or fold(name) in word_list("words"):
        return False
    if name.isupper():
        return word.isupper() and (folded in word_list("first") or folded not in word_list("words"))
    return (
        word[0].isupper() and not word.isupper() and not _SENTENCE.search(text[max(0, at - 4) : at])
    )
