"""Words that stay readable: well-known products, acronyms, and what a policy declares.

A NER model takes "Strava", "XLOOKUP" or "SLA" for a person or an organisation. Nobody is
identified by them, and a reader of the scrubbed text needs them.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.gazetteers import fold, word_list

_TOKEN = regex.compile(r"[\p{L}\p{M}\d]+(?:['’-][\p{L}\p{M}\d]+)*")
_ENTITIES = frozenset({"PERSON", "ORGANIZATION", "LOCATION", "NRP", "PRODUCT"})
_LAYERS = frozenset({"ner", "truecase", "list"})
_CAMEL_CASE = regex.compile(
    r"(?!(?:Ma?c|D[eiu]|La|Le|Van|Von|O|Fitz)\p{Lu})\p{L}*\p{Ll}\p{Lu}\p{Ll}\p{L}*"
)


class KeptTerms:
    """Decides which findings are no personal data."""

    def __init__(self, declared: Iterable[str] = (), *, strict: bool = False) -> None:
        """Args:
        declared: names that a policy keeps readable (`scrub.keep`), in any letter case.
        strict: whether products and acronyms are masked, too; `declared` still is not.
        """
        self._declared = frozenset(_folded(term) for term in declared)
        self._strict = strict

    def without_kept(self, findings: Iterable[PiiFinding], text: str) -> list[PiiFinding]:
        """The findings except those that consist of kept terms alone."""
        return [f for f in findings if not self._is_kept(f, text)]

    def _is_kept(self, finding: PiiFinding, text: str) -> bool:
        if finding.entity not in _ENTITIES:
            return False
        value = text[finding.start : finding.end]
        if self._declared and _folded(value) in self._declared:
            return True
        if self._strict or finding.layer not in _LAYERS:
            return False
        tokens = _TOKEN.findall(value)
        if len(tokens) > 3 or not tokens:
            return False
        if len(tokens) == 1 and _CAMEL_CASE.fullmatch(tokens[0]):
            return True
        products = word_list("products")
        folded = [fold(token) for token in tokens]
        return all(
            word in products or (number > 0 and (word.isdigit() or word in word_list("words")))
            for number, word in enumerate(folded)
        ) and not any(
            token.istitle() and word in word_list("first")
            for token, word in zip(tokens, folded, strict=True)
        )


def _folded(term: str) -> str:
    return " ".join(fold(token) for token in _TOKEN.findall(term))
