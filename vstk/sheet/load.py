"""Question sheets by name or by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.policy import read_document
from vstk.sheet.model import Sheet


def names() -> list[str]:
    """The sheets that come with vstk."""
    return sorted(path.stem for path in (documents("policies") / "sheets").glob("*.yaml"))


def load(name_or_file: str) -> Sheet:
    """Read and check a question sheet, given by name or by path.

    Raises:
        PolicyInvalid: naming every wrong key.
    """
    path = Path(name_or_file)
    if path.suffix not in {".yaml", ".yml"}:
        path = documents("policies") / "sheets" / f"{name_or_file}.yaml"
    try:
        data = path.read_bytes()
    except OSError:
        raise PolicyInvalid(
            f"There is no question sheet '{name_or_file}'.",
            remedy="write one of these after `extract.sheet`: " + ", ".join(names()) + ".",
        ) from None
    document = read_document(path.name, data)
    if not isinstance(document, dict) or "hash" in document:
        raise PolicyInvalid(
            f"'{path.name}' is not a question sheet.", remedy="start from policies/sheets."
        )
    try:
        return Sheet.model_validate(document | {"hash": hashlib.sha256(data).hexdigest()})
    except ValidationError as error:
        raise PolicyInvalid(
            f"'{path.name}' is not a valid question sheet: {'; '.join(_told(error))}.",
            remedy="correct these keys; policies/sheets/sheet-2.yaml is an example.",
        ) from None


def _told(error: ValidationError) -> Iterable[str]:
    for item in error.errors(include_input=False, include_url=False):
        yield f"{'.'.join(str(part) for part in item['loc']) or 'sheet'}: {item['msg']}"
