"""Names of people, places and organisations, by every means but rules."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from vstk.scrub.finding import Deadline, Finding
from vstk.scrub.ner import Pipeline, segments

_ENTITY = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
_LETTER = regex.compile(r"\p{L}")


class Names:
    """Finds names in the texts of a conversation."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def find(
        self,
        texts: Sequence[str],
        rules: Sequence[Sequence[Finding]],
        pipeline: Pipeline | None,
        deadline: Deadline,
    ) -> list[list[Finding]]:
        """Names in each text.

        Raises:
            TooSlow: when the time is used up.
        """
        found: list[list[Finding]] = [[] for _ in texts]
        if pipeline is None:
            return found
        places = [
            (number, at, segment)
            for number, text in enumerate(texts)
            for at, segment in segments(text)
            if _LETTER.search(segment)
        ]
        spans = pipeline.spans([segment for _, _, segment in places], deadline)
        for (number, at, _), named in zip(places, spans, strict=True):
            for start, end, label in named:
                if label in _ENTITY:
                    found[number].append(Finding(at + start, at + end, _ENTITY[label], 0.6, "ner"))
        return found
