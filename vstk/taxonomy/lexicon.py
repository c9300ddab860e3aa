"""A lexicon: public words that may be named as new values, beyond a taxonomy's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.taxonomy.tree import MAX_TITLE, Taxonomy

_PHRASE = re.compile(r"[a-z]+(?:[ '-][a-z]+)*'?(?: [a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a lexicon that a taxonomy lacks."""

    hash: str
    """SHA-256 of the document."""

    phrases: Mapping[str, str]
    """Key -> the phrase as the document has it."""


def names() -> list[str]:
    """The lexicons that come with vstk."""
    return sorted(path.stem for path in (documents("policies") / "lexicons").glob("*.txt"))


def words(name_or_path: str, taxonomy: Taxonomy) -> Words:
    """Read and check a lexicon; what the taxonomy has in other words is left out.

    Raises:
        PolicyInvalid: it is absent, or a line of it is not right; names the line.
    """
    path = Path(name_or_path)
    if name_or_path in names():
        path = documents("policies") / "lexicons" / f"{name_or_path}.txt"
    try:
        data = path.read_bytes()
        lines = data.decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise PolicyInvalid(
            f"There is no lexicon '{name_or_path}', or it is not plain ASCII text.",
            remedy=f"write one of {', '.join(names())}, or a file's path, "
            "after `privacy.new_values.lexicon`.",
        ) from None
    phrases: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        key = re.sub(r"[^a-z]+", "-", line).strip("-")
        if not _PHRASE.fullmatch(line) or len(line) > MAX_TITLE or key in phrases:
            raise PolicyInvalid(
                f"'{path}', line {number}: it is no lower-case word or phrase, or stands twice.",
                remedy="correct this line.",
            )
        phrases[key] = line
    outside = {key: phrase for key, phrase in phrases.items() if taxonomy.find(phrase) is None}
    if not outside:
        raise PolicyInvalid(
            f"The lexicon '{name_or_path}' has no word that the taxonomy lacks.",
            remedy="give another, or leave `privacy.new_values` out.",
        )
    return Words(hash=hashlib.sha256(data).hexdigest(), phrases=outside)
