"""Version 1 of the policy format: its keys, and the conversion to version 2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from vstk.errors import PolicyInvalid

RENAMED = {
    "scrub.spacy": "scrub.ner_models",
    "scrub.pipelines": "scrub.ner_models",
    "scrub.seconds": "scrub.timeout_seconds",
    "scrub.recognizers[].found": "scrub.recognizers[].examples.match",
    "scrub.recognizers[].passed": "scrub.recognizers[].examples.no_match",
    "privacy.conversations_read": "privacy.max_conversations_read",
    "privacy.weight": "privacy.max_conversations_counted",
    "privacy.clip": "privacy.l2_clip",
    "privacy.max_halfwidth": "privacy.max_margin_points",
    "privacy.wider_tables": "privacy.on_wide_table",
    "privacy.tables[].weight": "privacy.tables[].budget_share",
}
"""Key of version 1 -> key of version 2; `[]` stands for each entry of a list."""

VALUES = {
    "extract.sheet": ("sheet-1", "sheet-2"),
    "privacy.wider_tables": ("leave_out", "omit"),
}
"""Key of version 1 -> (value in version 1, value in version 2)."""

_RENAME_HELP = "docs/reference/policy.md lists the keys of both versions."


def upgrade(document: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Convert a version 1 document to version 2.

    Args:
        document: a parsed document with `vstk_policy: 1`; not changed.

    Returns:
        The version 2 document, and one note for each key or value that changed.
        Errors of form that both versions share are left for the model to report.

    Raises:
        PolicyInvalid: the document uses keys of version 2, or values that
            version 1 does not allow.
    """
    _refuse_version_2_keys(document)
    _refuse_invalid_values(document)
    converted = deepcopy(document)
    notes = [
        f"`{key}: {old}` is `{RENAMED.get(key, key)}: {new}` in version 2."
        for key, (old, new) in VALUES.items()
        if _replace_value(converted, key, old, new)
    ]
    notes += _merge_ner_models(converted)
    for old, new in RENAMED.items():
        section, _, key = old.rpartition(".")
        if new == "scrub.ner_models":
            continue
        # `found` and `passed` move into the section `examples`.
        path = new.removeprefix(section + ".").split(".")
        found = [part for part in _sections(converted, section) if key in part]
        for part in found:
            value = part.pop(key)
            target = part
            for step in path[:-1]:
                target = target.setdefault(step, {})
            target[path[-1]] = value
        if found:
            notes.append(f"`{old}` is `{new}` in version 2.")
    for recognizer in _sections(converted, "scrub.recognizers[]"):
        # So that a missing `found` is reported as such, not as a missing section.
        recognizer.setdefault("examples", {})
    return converted | {"vstk_policy": 2}, tuple(notes)


def refuse_version_1_keys(document: dict[str, Any]) -> None:
    """Refuse keys of version 1 in a document of version 2, naming the right ones.

    Raises:
        PolicyInvalid: the document has keys of version 1.
    """
    wrong = [
        f"`{old}` is `{new}` in version 2" for old, new in RENAMED.items() if _has(document, old)
    ]
    if wrong:
        raise PolicyInvalid(
            "A version 2 policy uses keys of version 1: " + "; ".join(wrong) + ".",
            remedy=f"rename these keys, or set `vstk_policy: 1`. {_RENAME_HELP}",
        )


def old_name(path: str) -> str:
    """The version 1 name of a version 2 key, for errors about a converted document.

    Args:
        path: a key, with indices: `privacy.tables[0].budget_share`.
    """
    if path.startswith("scrub.ner_models."):
        language = path.removeprefix("scrub.ner_models.")
        return "scrub.spacy" if language == "en" else f"scrub.pipelines.{language}"
    pattern = re.sub(r"\[\d+\]", "[]", path)
    for old, new in RENAMED.items():
        if pattern == new:
            return path.removesuffix(new.rpartition("[]")[2]) + old.rpartition("[]")[2]
    return path


def _refuse_version_2_keys(document: dict[str, Any]) -> None:
    names: dict[str, list[str]] = {}
    for old, new in RENAMED.items():
        section = old.rpartition(".")[0]
        first = new.removeprefix(section + ".").partition(".")[0]
        names.setdefault(f"{section}.{first}", []).append(f"`{old}`")
    wrong = [
        f"`{new}` is {' and '.join(old)} in version 1"
        for new, old in names.items()
        if _has(document, new)
    ]
    if wrong:
        raise PolicyInvalid(
            "A version 1 policy uses keys of version 2: " + "; ".join(wrong) + ".",
            remedy=f"set `vstk_policy: 2` and use the keys of version 2. {_RENAME_HELP}",
        )


def _refuse_invalid_values(document: dict[str, Any]) -> None:
    wrong = []
    for section in _sections(document, "privacy"):
        if section.get("wider_tables", "stop") not in ("stop", "leave_out"):
            wrong.append("privacy.wider_tables: must be `stop` or `leave_out`")
    for section in _sections(document, "scrub"):
        if "spacy" not in section:
            wrong.append("scrub.spacy: this key is missing")
        if not isinstance(section.get("pipelines", {}), dict):
            wrong.append("scrub.pipelines: must be a mapping of languages to manifest ids")
        elif "en" in section.get("pipelines", {}):
            wrong.append("scrub.pipelines: the model for `en` is named in `scrub.spacy`")
    if wrong:
        raise PolicyInvalid(
            "The version 1 policy is not valid: " + "; ".join(wrong) + ".",
            remedy=f"correct these keys. {_RENAME_HELP}",
        )


def _replace_value(document: dict[str, Any], path: str, old: str, new: str) -> bool:
    section, _, key = path.rpartition(".")
    found = [part for part in _sections(document, section) if part.get(key) == old]
    for part in found:
        part[key] = new
    return bool(found)


def _merge_ner_models(document: dict[str, Any]) -> Iterator[str]:
    """Move `spacy` and `pipelines` into `ner_models`; yields a note for each."""
    for section in _sections(document, "scrub"):
        english = section.pop("spacy")
        others = section.pop("pipelines", None)
        languages = section.get("languages")
        # In version 1 `spacy` was required even where English was not accepted.
        if isinstance(languages, list) and "en" not in languages:
            section["ner_models"] = others or {}
            yield "`scrub.spacy` is not used, because `en` is not an accepted language."
        else:
            section["ner_models"] = {"en": english} | (others or {})
            yield "`scrub.spacy` is `scrub.ner_models` (key `en`) in version 2."
        if others is not None:
            yield "`scrub.pipelines` is `scrub.ner_models` in version 2."


def _has(document: dict[str, Any], path: str) -> bool:
    section, _, key = path.rpartition(".")
    return any(key in part for part in _sections(document, section))


def _sections(document: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Every mapping at a path such as `privacy` or `privacy.tables[]`; none if malformed."""
    found: list[Any] = [document]
    for step in path.split("."):
        name = step.removesuffix("[]")
        found = [part[name] for part in found if isinstance(part, dict) and name in part]
        if step.endswith("[]"):
            found = [entry for part in found if isinstance(part, list) for entry in part]
    return [part for part in found if isinstance(part, dict)]
