"""The report's texts: one document for each language, and one way to look a text up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup

LANGUAGE = "en"


class Texts(Mapping[str, str]):
    """The texts of one language, by key: `findings.title`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Hold texts that may contain HTML and `{name}` for what is put in."""
        self._texts = dict(texts)

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __call__(self, key: str, **parts: object) -> Markup:
        """A text as HTML, with each part escaped where it is put in.

        Raises:
            KeyError: there is no such text, or a part of it is missing.
        """
        return Markup(self._texts[key]).format(**parts)  # noqa: S704 - a file of this package

    def plain(self, key: str, **parts: object) -> str:
        """A text under `plain`, for charts, sentences and files that read no HTML."""
        return self._texts[f"plain.{key}"].format(**parts)

    def keys_of(self, part: str) -> tuple[str, ...]:
        """Last parts of the keys under `plain.PART`, in the document's order."""
        start = f"plain.{part}."
        return tuple(key.removeprefix(start) for key in self if key.startswith(start))


@cache
def load(language: str = LANGUAGE) -> Texts:
    """The texts of a language, such as `en`."""
    path = Path(__file__).parent / f"{language}.yaml"
    return Texts(dict(_flat(yaml.safe_load(path.read_text(encoding="utf-8")))))


def _flat(document: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif isinstance(value, str):
            yield before + key, value.strip("\n")
        else:
            raise ValueError(f"{before}{key} is not a text")
