"""What a scrub did, in counts: for the operator's screen, without a word of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vstk.anonymiser.finding import PiiFinding


@dataclass(slots=True)
class ScrubReport:
    """Counts of one run. Exact, so they stay with the operator."""

    conversations: int = 0
    characters: int = 0
    seconds: float = 0.0
    """Working time of the thread."""

    entities: Counter[str] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    names_by_rules_only: Counter[str] = field(default_factory=Counter)
    """Conversations in languages without a model of names: many names are still in them."""

    set_asides: Counter[str] = field(default_factory=Counter)

    def count(self, findings: Iterable[PiiFinding], layer: str | None = None) -> None:
        """Add findings that were replaced."""
        for finding in findings:
            self.entities[finding.entity] += 1
            self.layers[layer or finding.layer] += 1

    def done(
        self, language: str, characters: int, seconds: float, *, has_names: bool = True
    ) -> None:
        """Add a conversation that was scrubbed; `has_names` where a model found its names."""
        self.conversations += 1
        self.characters += characters
        self.seconds += seconds
        self.languages[language] += 1
        if not has_names:
            self.names_by_rules_only[language] += 1

    def set_aside(self, reason: str) -> None:
        """Add a conversation that was not."""
        self.set_asides[reason] += 1

    def as_dict(self) -> dict[str, Any]:
        """For JSON: plain numbers, the most frequent first."""
        return {
            "conversations": self.conversations,
            "characters": self.characters,
            "seconds": round(self.seconds, 3),
            "characters_per_second": round(self.characters / self.seconds) if self.seconds else 0,
            "entities": dict(self.entities.most_common()),
            "layers": dict(self.layers.most_common()),
            "languages": dict(self.languages.most_common()),
            "names_by_rules_only": dict(self.names_by_rules_only.most_common()),
            "set_aside": dict(self.set_asides.most_common()),
        }
