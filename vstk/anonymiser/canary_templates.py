"""How languages say what canaries say; the sentences stand in `lists/speech.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryTemplates:
    """How a language says such things: sentences with `{}`, and local forms.

    In a form, `#` stands for a digit and `?` for a capital.
    """

    named: tuple[str, ...]
    plain: tuple[str, ...]
    cues: dict[str, str]
    phones: tuple[str, ...]
    addresses: tuple[str, ...]
    plates: tuple[str, ...]
    ibans: tuple[tuple[str, int], ...]
    date: str = "{day:02d}/{month:02d}/{year}"


def templates_for(language: str) -> CanaryTemplates:
    """A language's; one without sentences of its own gets English ones."""
    found = templates_by_language()
    return found.get(language, found["en"])


@cache
def templates_by_language() -> Mapping[str, CanaryTemplates]:
    """By language."""
    text = files("vstk.anonymiser.gazetteers").joinpath("speech.yaml").read_text("utf-8")
    return {language: _speech(said) for language, said in yaml.safe_load(text).items()}


def _speech(said: Mapping[str, Any]) -> CanaryTemplates:
    tuples = ("named", "plain", "phones", "addresses", "plates")
    return CanaryTemplates(
        **{name: tuple(said[name]) for name in tuples},
        cues=said["cues"],
        ibans=tuple((country, length) for country, length in said["ibans"]),
        date=said["date"],
    )
