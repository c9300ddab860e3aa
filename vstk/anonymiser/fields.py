"""Personal data in tables, key-value pairs, markup and SQL, found by the name of its field.

In `phone,state` or `"pin": "7719"` the value alone may prove nothing, and sentences around it,
which a NER model needs, are missing. The name of the column or key decides: it is looked up in
`gazetteers/labels.yaml`, and the value must have a form that its entity can have.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import regex
import yaml

from vstk.anonymiser.field_values import is_plausible
from vstk.anonymiser.finding import PiiFinding

_SCORE = 0.8
_DELIMITERS = ("\t", "|", ";", ",")
_MAX_TABLE_COLUMNS = 60
_CELL = {
    delimiter: regex.compile(
        rf'[ ]*(?:"(?P<v>[^"\n]{{0,400}})"|(?P<v>[^{regex.escape(delimiter)}\n]{{0,400}}))'
        rf"(?:{regex.escape(delimiter)}|$)"
    )
    for delimiter in _DELIMITERS
}
_RULER = regex.compile(r"^[\s|:;,\t+-]*$")
_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_NOT_LABEL = regex.compile(r"[^\p{L}\d]+")
_QUOTED_KEY = regex.compile(
    r"\\{0,3}[\"'](?P<k>[\p{L}][\p{L}\d_ .-]{0,39})\\{0,3}[\"'][ \]]{0,2}\s?(?::|=>|=|,(?=\s?\\{0,3}[\"']))\s{0,2}"
    r"(?:\\{0,3}\"(?P<v>[^\"\\\n<>]{1,200})|\\{0,3}'(?P<v>[^'\\\n<>]{1,200})|(?P<v>[+-]?\d[\d.,:/-]{0,40}))"
)
_ASSIGNED = regex.compile(
    r"(?<![\p{L}\d])(?P<k>\p{L}[\p{L}\d_-]{1,39})(?:=|: ?| = | => )"
    r"(?:\"(?P<v>[^\"\n<>]{1,200})\"|'(?P<v>[^'\n<>]{1,200})'|\((?P<v>[-\d., ]{3,60})\)|(?P<v>[^\s\"'`,;&<>{}\[\]()|]{1,120}))"
)
_LABELLED_LINE = regex.compile(
    r"(?m)^[\s>*•+|-]{0,12}\**(?P<k>\p{L}[\p{L}\d ._/'’-]{0,38}?)\**\s{0,6}(?:=>|[:=：])\**[ \t]{0,8}"
    r"[\"']?(?P<v>[^\n<>\"']{2,120}?)[\"']?[ \t,;.]*$"
)
_ELEMENT = regex.compile(
    r"<(?:\w{1,20}:)?(?P<k>\p{L}[\p{L}\d_.-]{0,39})(?:\s[^<>]{0,200})?>(?P<v>[^<>]{1,200})</"
)
_INSERT = regex.compile(
    r"(?i)\binsert\s+into\s+[\w.\"`\[\]]{1,80}\s*\((?P<columns>[^()]{1,1000})\)\s*values\s*(?P<rows>(?:\([^()]{1,2000}\)\s*,?\s*){1,200})"
)
_SQL_ROW = regex.compile(r"\(([^()]{1,2000})\)")
_SQL_VALUE = regex.compile(
    r"\s*(?:N?'(?P<v>[^'\n]{0,400})'|\"(?P<v>[^\"\n]{0,400})\"|(?P<v>[^,'\"\n]{0,100}))\s*(?:,|$)"
)
_LISTED_PAIRS = regex.compile(r"[:=<|;\t：]|,[^\s]")


@cache
def _entities() -> dict[str, str]:
    """Name of a field -> entity; `PERSON_STRONG` is an entity here."""
    text = files("vstk.anonymiser.gazetteers").joinpath("labels.yaml").read_text("utf-8")
    entities: dict[str, str] = {}
    for entity, names in yaml.safe_load(text).items():
        for name in names.split():
            entities.setdefault(name, entity)
    return entities


@lru_cache(maxsize=10_000)
def entity_of_label(label: str) -> str | None:
    """The entity that a field of this name holds, or `None`.

    If the whole name is unknown, its last two words, its last word or its first word
    decide: `customer_phone` holds a phone number, `nom du patient` a name.
    """
    parts = _NOT_LABEL.split(_CAMEL.sub(" ", label.strip()))
    words = [_plain(part) for part in parts if part]
    if not words or len(words) > 5:
        return None
    entities = _entities()
    found = entities.get("".join(words))
    if found or len(words) == 1:
        return found
    if words[-1] in ("id", "no", "nr", "number", "num", "nummer", "numero", "code", "n"):
        base = entities.get("".join(words[:-1])) or entities.get(words[-2])
        if base in ("PERSON", "PERSON_STRONG", "HOST"):
            return "ID_NUMBER"
        return base
    return entities.get("".join(words[-2:])) or entities.get(words[-1])


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def find_fields(text: str) -> Iterator[PiiFinding]:
    """Yield the values of fields that hold personal data."""
    if not _LISTED_PAIRS.search(text):
        return
    for start, end, label in _values(text):
        entity = entity_of_label(label)
        if entity is None:
            continue
        value = text[start:end]
        stripped = value.strip(" \t*_`")
        start += value.find(stripped) if stripped else 0
        end = start + len(stripped)
        if stripped and is_plausible(stripped, entity):
            entity = "PERSON" if entity == "PERSON_STRONG" else entity
            yield PiiFinding(start, end, entity, _SCORE, "rule")


def _values(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name of the field) of every value in a table, pair or element."""
    if "\n" in text:
        yield from _table_values(text)
    for pattern, mark in (
        (_QUOTED_KEY, "\"'"),
        (_ASSIGNED, ":="),
        (_LABELLED_LINE, ":=："),
        (_ELEMENT, "<"),
    ):
        if any(letter in text for letter in mark):
            for match in pattern.finditer(text):
                yield *match.span("v"), match["k"]
    if "insert" in text or "INSERT" in text:
        yield from _inserted_values(text)


def _inserted_values(text: str) -> Iterator[tuple[int, int, str]]:
    for insert in _INSERT.finditer(text):
        columns = [column.strip(" \"'`[]\n") for column in insert["columns"].split(",")]
        for row in _SQL_ROW.finditer(text, *insert.span("rows")):
            for column, value in zip(
                columns, _SQL_VALUE.finditer(text, *row.span(1)), strict=False
            ):
                yield *value.span("v"), column


def _table_values(text: str) -> Iterator[tuple[int, int, str]]:
    """The cells below each header that names at least one field that is known."""
    header: list[str] = []
    delimiter = ""
    at = 0
    for line in text.split("\n"):
        if header and (line.count(delimiter) >= max(1, len(header) - 2)):
            if not _RULER.match(line):
                for (start, end), label in zip(_cells(line, delimiter), header, strict=False):
                    if label:
                        yield at + start, at + end, label
        elif not (header and _RULER.match(line) and line.strip()):
            header, delimiter = _header(line)
        at += len(line) + 1


def _header(line: str) -> tuple[list[str], str]:
    for delimiter in _DELIMITERS:
        if 1 <= line.count(delimiter) <= _MAX_TABLE_COLUMNS:
            cells = [line[start:end].strip(" *_`'\"") for start, end in _cells(line, delimiter)]
            known = [cell if entity_of_label(cell) else "" for cell in cells]
            short = all(len(cell) <= 40 and cell.count(" ") <= 4 for cell in cells)
            if short and any(known):
                return known, delimiter
    return [], ""


def _cells(line: str, delimiter: str) -> list[tuple[int, int]]:
    """(start, end) of the cells of a line, in order."""
    spans = [match.span("v") for match in _CELL[delimiter].finditer(line)]
    return spans[: _MAX_TABLE_COLUMNS + 1]
