"""What becomes of a finding: the same placeholder for the same thing.

One table per conversation, in memory only, dropped with the conversation:
another conversation knows nothing of it, and nothing can be turned back.
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
    """A text in which nothing looks like one of our placeholders.

    The length stays, so that offsets do.
    """
    return PLACEHOLDER.sub(r"[\1]", text)


def canonical(value: str, entity: str) -> str:
    """The form under which a value is known within its conversation."""
    if entity == "PERSON":
        value = _END.sub("", _TITLE.sub("", value.strip()))
        return " ".join(fold(value).split())
    return "".join(fold(value).split())


class PlaceholderTable:
    """Values and their placeholders, for one conversation."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}
        self._people: dict[str, set[int]] = {}
        """Part of a name -> the people whose name has it."""

        self.issued: set[str] = set()
        """Every placeholder given out."""

    def placeholder(self, value: str, entity: str) -> str:
        """The placeholder of a value; new values are numbered as they appear.

        A part of a name stands for the whole name as long as it fits one
        person only: "Maria" after "Maria Keller" is the same person.
        """
        key = canonical(value, entity)
        number = self._numbers.get((entity, key))
        if number is None and entity == "PERSON":
            number = self._same_person(key)
        if number is None:
            number = self._last[entity] = self._last.get(entity, 0) + 1
        self._numbers[entity, key] = number
        if entity == "PERSON":
            for part in key.split():
                self._people.setdefault(part, set()).add(number)
        placeholder = f"<{entity}_{number}>"
        self.issued.add(placeholder)
        return placeholder

    def _same_person(self, key: str) -> int | None:
        parts = key.split()
        if not parts:
            return None
        candidates = set.intersection(*(self._people.get(part, set()) for part in parts))
        return candidates.pop() if len(candidates) == 1 else None
