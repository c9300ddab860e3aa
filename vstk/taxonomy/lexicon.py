"""A lexicon: public words that may be published as new values, beyond those of a taxonomy."""

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
    """The words of a lexicon that are not in a taxonomy."""

    hash: str
    """SHA-256 of the document."""

    phrases: Mapping[str, str]
    """Key -> the phrase as written in the document."""


def names() -> list[str]:
    """The lexicons that come with vstk."""
    return sorted(path.stem for path in (documents("policies") / "lexicons").glob("*.txt"))


def words(name_or_path: str, taxonomy: Taxonomy) -> Words:
    """Read and check a lexicon, without the words that the taxonomy has as titles or synonyms.

    Args:
        name_or_path: name of a lexicon that comes with vstk, or path of a text file.
        taxonomy: its titles and synonyms are left out.

    Raises:
        PolicyInvalid: it is absent, has no word left, or has an invalid line, which is named.
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
            remedy=f"set `privacy.new_values.lexicon` to one of {', '.join(names())}, "
            "or to the path of a file.",
        ) from None
    phrases: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        key = re.sub(r"[^a-z]+", "-", line).strip("-")
        if not _PHRASE.fullmatch(line) or len(line) > MAX_TITLE or key in phrases:
            raise PolicyInvalid(
                f"'{path}', line {number}: not a lower-case word or phrase, or a duplicate.",
                remedy="correct this line.",
            )
        phrases[key] = line
    outside = {key: phrase for key, phrase in phrases.items() if taxonomy.find(phrase) is None}
    if not outside:
        raise PolicyInvalid(
            f"The lexicon '{name_or_path}' has no word that is not in the taxonomy already.",
            remedy="give another lexicon, or remove `privacy.new_values` from the policy.",
        )
    return Words(hash=hashlib.sha256(data).hexdigest(), phrases=outside)
