"""Values out of parsed records: texts, objects, lists, and JSON inside JSON."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

Record = Mapping[str, Any]

_NO_CHARACTER = re.compile("[\ud800-\udfff\x00]")


def clean(text: str) -> str:
    """Text that can be encoded: NULs and halves of surrogate pairs become U+FFFD."""
    if "\0" not in text:  # nearly always, and much faster than to search for both
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _NO_CHARACTER.sub("\ufffd", text)


def first(place: Record, *names: str) -> Any:
    """The first of these fields that is there and not null."""
    for name in names:
        if place.get(name) is not None:
            return place[name]
    return None


def inner(record: Record, *names: str) -> Record:
    """The first of these fields that is an object, or is one written as JSON text."""
    for name in names:
        value = unpacked(record.get(name))
        if isinstance(value, dict):
            return value
    return {}


def dicts(values: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing where it is no list."""
    values = unpacked(values)
    return (
        [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )


def loaded(text: str) -> object:
    """JSON inside JSON, as many logs keep it; `None` where it is not."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return _literal(text)


def _literal(text: str) -> object:
    """Objects as Python prints them, which tables written by scripts hold."""
    if len(text) > MAX_LITERAL or not _PYTHON.match(text):
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


MAX_LITERAL = 1_000_000
"""Characters of an object in Python's writing, at most."""

_PYTHON = re.compile(r"\s*[\[({]\s*(?:[\[({]\s*)?'")


def unpacked(value: object) -> object:
    """A value, read as JSON where it is a text that holds some, up to three times."""
    for _ in range(3):
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            break
        inside = loaded(value)
        if inside is None:
            break
        value = inside
    return value


def text_of(place: Record, *names: str) -> str | None:
    """The first of these fields that is a text with something in it."""
    for name in names:
        value = place.get(name)
        if isinstance(value, str) and value.strip():
            return clean(value)
    return None
