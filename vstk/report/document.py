"""Writes a release as JSON and reads it back.

The same release always gives the same bytes, and reading is strict. Floats are read back exactly
as they were written, so that a report rendered later shows the same numbers.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, NoReturn

from vstk.errors import InputUnreadable
from vstk.types import Release

SCHEMA = "vstk-release-1"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def to_json(release: Release) -> str:
    """The release as JSON: fields in the order of `Release`, mappings sorted by key, rows in order.

    Raises:
        ValueError: `from_json` would refuse the result. This is a bug, not a fault of the input.
    """
    text = json.dumps(_plain(asdict(release)), indent=2, ensure_ascii=False, allow_nan=False)
    # Read back at once, because a document that cannot be read would waste the budget spent.
    try:
        from_json(text)
    except InputUnreadable as refusal:
        raise ValueError(refusal.problem) from None
    return text + "\n"


def from_json(text: str) -> Release:
    """Read a release back.

    Raises:
        InputUnreadable: the text is not such a document. The message names the wrong field and
            quotes nothing from it.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        _refuse("it is not JSON")
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        _refuse(f"its `schema` is not '{SCHEMA}'")
    release = _read(document, Release, "")
    assert isinstance(release, Release)
    problem = _fault(release)
    if problem:
        _refuse(problem)
    return release


def _plain(value: Any, key: str = "") -> Any:
    """Sort mappings with free keys; fields and rows keep their order, which is significant."""
    if isinstance(value, Mapping):
        if value.get("not_measurable") is False:
            # Optional: releases without such rows stay readable by versions without the field.
            value = {name: part for name, part in value.items() if name != "not_measurable"}
        free = key in {"manifest", "features", "annotators"} or key.startswith("*")
        names = sorted(value) if free else list(value)
        return {name: _plain(value[name], "*" if free else name) for name in names}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _read(value: Any, kind: Any, where: str) -> Any:
    """Convert `value` to `kind`, a type of `vstk.types`. Refuse anything that does not match."""
    origin = typing.get_origin(kind)
    if is_dataclass(kind):
        return _read_fields(value, kind, where)
    if origin is tuple:
        if not isinstance(value, list):
            _refuse(f"`{where}` is not a list")
        item = typing.get_args(kind)[0]
        return tuple(_read(part, item, f"{where}[{n}]") for n, part in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, dict):
            _refuse(f"`{where}` is not an object")
        item = typing.get_args(kind)[1]
        return {
            _read(name, str, where): _read(part, item, f"{where}[{n}]")
            for n, (name, part) in enumerate(value.items())
        }
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _read(value, typing.get_args(kind)[0], where)
    if origin is typing.Literal and value in typing.get_args(kind):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value, where)
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            _refuse(f"`{where}` is not text")
        return value
    _refuse(f"`{where}` is of the wrong kind")


def _read_fields(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, dict):
        _refuse(f"`{where or 'the document'}` is not an object")
    hints = typing.get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    if set(value) - known:
        _refuse(f"`{where or 'the document'}` has a key that is not known")
    found = {}
    for field in fields(kind):
        path = f"{where}.{field.name}".lstrip(".")
        if field.name in value:
            found[field.name] = _read(value[field.name], hints[field.name], path)
        elif field.default is MISSING:
            _refuse(f"`{path}` is missing")
    return kind(**found)


def _fault(release: Release) -> str | None:
    """A fault in the values of a well-formed release, in words; `None` if there is none."""
    if release.schema != SCHEMA:
        return f"its `schema` is not '{SCHEMA}'"
    promise = release.guarantee
    if not (_loss(promise.rho) and _loss(promise.delta) and promise.epsilon > 0):
        return "`guarantee` has a privacy loss that is not a positive number"
    names = [table.name for table in release.tables]
    # A table's name becomes a file's name, so it must not be able to lead elsewhere.
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        return "a table's `name` is repeated, or is not a plain word"
    for n, table in enumerate(release.tables):
        if not _loss(table.rho):
            return f"`tables[{n}].rho` is not a positive number"
        keys = [row.key for row in table.rows]
        if len(set(keys)) != len(keys):
            return f"`tables[{n}]` has two rows of one key"
        for m, row in enumerate(table.rows):
            if not 0 <= row.low <= row.high <= 1:
                return f"`tables[{n}].rows[{m}]` has no interval within 0..1"
            if row.not_measurable and (row.low, row.high) != (0, 1):
                return f"`tables[{n}].rows[{m}]` is not measurable, but has an interval"
    return None


def _loss(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and number > 0


def _finite(value: int | float, where: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        _refuse(f"`{where}` is too large")
    if not isfinite(number):
        _refuse(f"`{where}` is not a finite number")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _not_a_number(_: str) -> NoReturn:
    raise ValueError("not a finite number")


def _refuse(what: str) -> NoReturn:
    raise InputUnreadable(
        f"This is not a release that vstk can read: {what}.",
        remedy="give the `release.json` of a vstk report, as it was written.",
    ) from None
