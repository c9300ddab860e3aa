"""Policy files: which there are, where they are, and loading one."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.policy import version_1
from vstk.policy.document import read_document
from vstk.policy.model import Policy, Recognizer, Scrub
from vstk.policy.privacy import Privacy, TableShare


def names() -> list[str]:
    """The names of the policies that are included with vstk, sorted."""
    return sorted(path.stem for path in documents("policies").glob("*.yaml"))


def find(name_or_file: str) -> Path:
    """The file of a policy that is given by name or by path.

    Raises:
        PolicyInvalid: there is no such policy.
    """
    path = Path(name_or_file)
    remedy = "give the path of a policy file, or one of: " + ", ".join(names()) + "."
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        if not path.is_file():
            raise PolicyInvalid(f"There is no policy file '{name_or_file}'.", remedy=remedy)
        return path
    if name_or_file not in names():
        raise PolicyInvalid(f"There is no policy named '{name_or_file}'.", remedy=remedy)
    return documents("policies") / f"{name_or_file}.yaml"


def load(name_or_file: str) -> Policy:
    """Read and check a policy; convert it if it is a version 1 document.

    Returns:
        The policy. `hash` is the SHA-256 of the file as it is, before any
        conversion; `notes` says which keys were converted.

    Raises:
        PolicyInvalid: names every wrong key and quotes none of the values.
    """
    path = find(name_or_file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PolicyInvalid(
            f"'{path}' cannot be read ({error.strerror}).",
            remedy="check the file's permissions.",
        ) from None
    document = read_document(path.name, data)
    if not isinstance(document, dict):
        raise PolicyInvalid(
            f"'{path.name}' is not a policy.", remedy="start from `vstk policy show default`."
        )
    if computed := sorted({"hash", "notes"} & set(document)):
        raise PolicyInvalid(
            f"'{path.name}' sets `{computed[0]}`, which is not a key of a policy.",
            remedy="remove it; vstk computes it.",
        )
    return _policy(path.name, document, hashlib.sha256(data).hexdigest())


def _policy(name: str, document: dict[str, Any], sha256: str) -> Policy:
    version = document.get("vstk_policy")
    # In Python, True equals 1.
    if type(version) is not int or version not in (1, 2):
        raise PolicyInvalid(
            f"'{name}' is not a valid policy: vstk_policy: must be 2, or 1 for a document in the "
            "older format.",
            remedy="state the version as `vstk_policy: 2`.",
        )
    notes: tuple[str, ...] = ()
    if version == 1:
        document, notes = version_1.upgrade(document)
        notes = (
            f"'{name}' uses version 1 of the policy format, which is still read. In version 2, "
            "these keys have other names:",
            *notes,
        )
    else:
        version_1.refuse_version_1_keys(document)
    try:
        return Policy.model_validate(document | {"hash": sha256, "notes": notes})
    except ValidationError as error:
        shown = version_1.old_name if version == 1 else str
        raise PolicyInvalid(
            f"'{name}' is not a valid policy: {_problems(error, shown)}.",
            remedy="correct these keys. `vstk policy show default` prints an example, and "
            "docs/reference/policy.md lists every key.",
        ) from None


def _problems(error: ValidationError, shown: Callable[[str], str]) -> str:
    return "; ".join(
        f"{shown(_path(item['loc'])) or 'policy'}: {_message(item)}"
        for item in error.errors(include_input=False, include_url=False)
    )


def _path(location: tuple[int | str, ...]) -> str:
    """A key as it is written in the reference: `privacy.tables[0].name`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


_MESSAGES = {
    "missing": "this key is missing",
    "model_type": "must be a section, with keys of its own",
    "dict_type": "must be a mapping of names to values",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number",
    "too_short": "must have at least one entry",
}
"""Pydantic's error types whose own messages speak of Python, and what to say instead."""


def _message(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "unknown key" + _suggestion(str(item["loc"][-1]))
    if item["type"] in _MESSAGES:
        return _MESSAGES[item["type"]]
    text = str(item["msg"]).removeprefix("Value error, ")
    for begins in ("Input should", "String should"):
        text = text.replace(begins, "must", 1) if text.startswith(begins) else text
    return text


def _suggestion(key: str) -> str:
    known = {
        name
        for section in (Policy, Scrub, Recognizer, Privacy, TableShare)
        for name in section.model_fields
    } - {"hash", "notes"}
    close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.8)
    return f" (did you mean `{close[0]}`?)" if close else ""
