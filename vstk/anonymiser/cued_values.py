"""Numbers and codes in sentences, found by the word before them.

"policy HMP-4471903-B" and "bsn was 199051756" name what follows. The word is looked up among
the names of fields (`gazetteers/labels.yaml`), so that sentences and tables share one list.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from vstk.anonymiser.field_values import is_plausible
from vstk.anonymiser.fields import entity_of_label
from vstk.anonymiser.finding import PiiFinding

_SCORE = 0.7
_REACH = 48
"""Characters before a value in which its label is searched."""

_VALUE = regex.compile(
    r"(?<![\w./:@\\-])(?:(?=[A-Za-z]{1,8}[\d./-])[A-Za-z]{1,8}[./-]?)?\d[A-Za-z0-9]{0,24}(?:[./-][A-Za-z0-9]{1,14}){0,5}(?:\(\d\))?"
    r"(?: (?=[A-Z]{0,3}\d)[A-Z0-9]{2,12}(?:[./-][A-Z0-9]{1,10}){0,3}){0,6}(?: [A-Z](?=[ ,.;)]|$))?(?![\w@])"
)
_LETTER_GROUPS = regex.compile(r"(?<=[ :])(?:[A-Z]{1,5} |[A-Z]{1,5}/){1,2}$")
_FILLER = regex.compile(
    r"(?i)(?:[\s:=#(«\"'“.,-]|(?<!\p{L})(?:is|was|ist|war|lautet|est|était|es|era|è|é|of|the|my|his|her|number|no|nr|n|num|nummer|numero"
    r"|número|numéro|n[°º]|il|el|la|le|o|a|de|do|du|on|at|under|con|mit|with|avec|das|die|der)(?!\p{L}))+$"
)
_LAST_WORDS = regex.compile(
    r"(?<![\p{L}\d])(?:(\p{L}[\p{L}'’]{1,24})[ _-])?(\p{L}[\p{L}'’]{0,24})\.?$"
)
_ENTITIES = frozenset(
    {"ID_NUMBER", "BANK_ACCOUNT", "VEHICLE", "SECRET", "PHONE_NUMBER", "CREDIT_CARD", "ZIP_CODE"}
)
_AMBIGUOUS = frozenset(
    """
    via pass group order answer via sin police account card pan reference token key answer
    str registration reg device record conto compte cc sn carta carte konto rx ticket cap
    cp tin mob portable group grp cod plate vehicle placa serial
    """.split()  # noqa: SIM905
)
"""Labels that are also common words: after them, a number needs five digits or a letter."""


def find_cued_values(text: str) -> Iterator[PiiFinding]:
    """Yield numbers and codes that follow the name of a kind of identifier."""
    for match in _VALUE.finditer(text):
        start, end = match.span()
        before = text[max(0, start - _REACH) : start]
        found = _label_before(before)
        if not found:
            groups = _LETTER_GROUPS.search(before)
            found = _label_before(before[: groups.start()]) if groups else None
            if not groups or not found:
                continue
            start -= len(groups.group())
        label, entity = found
        value = text[start:end]
        digits = sum(map(str.isdigit, value))
        is_short = digits < 5 and not regex.search(r"[A-Za-z]", value)
        if digits < 3 or (label in _AMBIGUOUS and is_short):
            continue
        if entity in ("ID_NUMBER", "BANK_ACCOUNT") and digits < 4 and is_short:
            continue
        if is_plausible(value, entity):
            yield PiiFinding(start, end, entity, _SCORE, "rule")


def _label_before(before: str) -> tuple[str, str] | None:
    """The label that ends this text, and its entity."""
    filler = _FILLER.search(before)
    words = _LAST_WORDS.search(before[: filler.start()] if filler else before)
    if not words:
        return None
    previous, last = words.groups()
    for label in (f"{previous} {last}" if previous else None, last):
        entity = entity_of_label(label) if label else None
        if entity in _ENTITIES and label:
            return label.casefold(), entity
    return None
