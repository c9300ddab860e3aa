"""Counts of what the anonymiser did, for the operator; contains no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vstk.anonymiser.finding import PiiFinding


@dataclass(slots=True)
class ScrubReport:
    """Counts of one run. They are exact and must not be published."""

    conversations: int = 0
    characters: int = 0
    seconds: float = 0.0
    """CPU time of the scrubbing threads."""

    entities: Counter[str] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    names_by_rules_only: Counter[str] = field(default_factory=Counter)
    """Conversations by language for which no NER model is configured, so many names remain."""

    rejections: Counter[str] = field(default_factory=Counter)

    def count_findings(self, findings: Iterable[PiiFinding], layer: str | None = None) -> None:
        """Count findings that were replaced, under `layer` if it is given."""
        for finding in findings:
            self.entities[finding.entity] += 1
            self.layers[layer or finding.layer] += 1

    def count_scrubbed(
        self, language: str, characters: int, seconds: float, *, has_ner_model: bool = True
    ) -> None:
        """Count a scrubbed conversation.

        Args:
            characters: length of its text.
            seconds: CPU time.
            has_ner_model: whether a NER model was used.
        """
        self.conversations += 1
        self.characters += characters
        self.seconds += seconds
        self.languages[language] += 1
        if not has_ner_model:
            self.names_by_rules_only[language] += 1

    def count_rejected(self, reason: str) -> None:
        """Count a conversation that was set aside, under its reason code."""
        self.rejections[reason] += 1

    def as_dict(self) -> dict[str, Any]:
        """The counts as plain numbers for JSON, the most frequent first."""
        return {
            "conversations": self.conversations,
            "characters": self.characters,
            "seconds": round(self.seconds, 3),
            "characters_per_second": round(self.characters / self.seconds) if self.seconds else 0,
            "entities": dict(self.entities.most_common()),
            "layers": dict(self.layers.most_common()),
            "languages": dict(self.languages.most_common()),
            "names_by_rules_only": dict(self.names_by_rules_only.most_common()),
            "set_aside": dict(self.rejections.most_common()),
        }
