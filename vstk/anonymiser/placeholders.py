"""Placeholders that replace findings: the same one for the same value.

Each conversation has its own table, which is kept in memory only and dropped with the
conversation. Placeholders of different conversations are unrelated, and the original
values cannot be restored.
"""

from __future__ import annotations

import regex

from vstk.anonymiser.gazetteers import fold

PLACEHOLDER = regex.compile(r"<([A-Z][A-Z_]{1,39}_\d{1,6})>")
_TITLE = regex.compile(
    r"(?i)^(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|herr|frau|mme|m|mlle|sr|sra"
    r"|señor|señora|signor|signora|don|doña|rev|judge|captain|officer|president|king|queen|pope|saint|st)"
    r"\.?\s+)+"
)
_END = regex.compile(r"(?:['’]s?|[\s.,;:!?]+)$")


def escape_placeholders(text: str) -> str:
    """Replace the angle brackets of anything in a log that looks like a placeholder.

    The length does not change, so offsets stay valid.
    """
    return PLACEHOLDER.sub(r"[\1]", text)


def canonical(value: str, entity: str) -> str:
    """Normalise a value for comparison: folded; names without titles, others without spaces."""
    if entity == "PERSON":
        value = _END.sub("", _TITLE.sub("", value.strip()))
        return " ".join(fold(value).split())
    return "".join(fold(value).split())


class PlaceholderTable:
    """The values of one conversation and their placeholders."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}
        self._people: dict[str, set[int]] = {}
        """Part of a name -> numbers of the people whose name contains it."""

        self.issued: set[str] = set()
        """All placeholders that this table has returned."""

    def placeholder(self, value: str, entity: str) -> str:
        """Return the placeholder of a value, such as `<PERSON_1>`.

        New values are numbered in order of appearance. A part of a name gets the number
        of the full name if it fits only one person: "Maria" after "Maria Keller".
        """
        canonical_value = canonical(value, entity)
        number = self._numbers.get((entity, canonical_value))
        if number is None and entity == "PERSON":
            number = self._same_person(canonical_value)
        if number is None:
            number = self._last[entity] = self._last.get(entity, 0) + 1
        self._numbers[entity, canonical_value] = number
        if entity == "PERSON":
            for part in canonical_value.split():
                self._people.setdefault(part, set()).add(number)
        placeholder = f"<{entity}_{number}>"
        self.issued.add(placeholder)
        return placeholder

    def _same_person(self, canonical_value: str) -> int | None:
        parts = canonical_value.split()
        if not parts:
            return None
        candidates = set.intersection(*(self._people.get(part, set()) for part in parts))
        return candidates.pop() if len(candidates) == 1 else None
