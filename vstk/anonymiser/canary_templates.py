"""Sentences and local number formats for canaries, read from `gazetteers/speech.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryTemplates:
    """The templates of one language.

    A sentence contains `{}` where the canary is inserted. In a number format, `#` is
    replaced with a digit and `?` with a capital letter.
    """

    name_sentences: tuple[str, ...]
    """Sentences about a person."""

    value_sentences: tuple[str, ...]
    """Sentences that fit any value and say nothing about its kind."""

    cues: dict[str, str]
    """Kind of canary -> a sentence that names the kind, such as "my iban is {}"."""

    phones: tuple[str, ...]
    addresses: tuple[str, ...]
    plates: tuple[str, ...]
    ibans: tuple[tuple[str, int], ...]
    """Country codes, and the number of characters after the check digits."""

    date: str = "{day:02d}/{month:02d}/{year}"


def templates_for(language: str) -> CanaryTemplates:
    """The templates of a language (ISO 639-1 code); English ones if it has none."""
    templates = templates_by_language()
    return templates.get(language, templates["en"])


@cache
def templates_by_language() -> Mapping[str, CanaryTemplates]:
    """All templates by language (ISO 639-1 code)."""
    text = files("vstk.anonymiser.gazetteers").joinpath("speech.yaml").read_text("utf-8")
    return {language: _templates(entry) for language, entry in yaml.safe_load(text).items()}


def _templates(entry: Mapping[str, Any]) -> CanaryTemplates:
    return CanaryTemplates(
        name_sentences=tuple(entry["named"]),
        value_sentences=tuple(entry["plain"]),
        cues=entry["cues"],
        phones=tuple(entry["phones"]),
        addresses=tuple(entry["addresses"]),
        plates=tuple(entry["plates"]),
        ibans=tuple((country, length) for country, length in entry["ibans"]),
        date=entry["date"],
    )
