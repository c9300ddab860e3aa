"""Labelled conversations, read strictly.

One JSON object a line: `id`, `messages`, and `annotations`, one object per
annotator. Annotators write titles (`Clarity and precision`); the rest of the
house speaks in keys, so the caller says which title is which key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from vstk.errors import InputUnreadable
from vstk.types import Role, RowKey, Turn

SUBJECTIVITY = ("objective", "low", "moderate", "high")
"""Keys of the four levels, 1 to 4. The last two count as subjective."""

TASKS = (
    "personal advice",
    "relationship advice",
    "health and wellbeing",
    "legal and policy",
    "finance",
    "education and explanation",
    "history and social issues",
    "ethics and philosophy",
    "creative writing",
    "roleplay and persona",
    "business and marketing",
    "career and professional writing",
    "editing and summarising",
    "coding and technical help",
    "data and maths",
    "factual question",
    "product and travel recommendation",
    "harmful or illicit request",
    "chit-chat",
    "other",
)
"""The codebook's tasks."""

RESPONSES = (
    "strong support",
    "mild support",
    "neutral acknowledgment",
    "reframing",
    "mild resistance",
    "strong resistance",
    "no values",
)
"""The codebook's response types."""

_ROLES = ("system", "user", "assistant", "tool")


def normalised_title(title: str) -> str:
    """A title as it is looked up: case and surrounding spaces do not matter."""
    return " ".join(title.casefold().split())


def slugs(titles: Iterable[str]) -> dict[str, str]:
    """Titles as they are looked up, with their keys."""
    return {normalised_title(title): re.sub(r"[^a-z0-9]+", "-", title.lower()) for title in titles}


TASK_KEYS = tuple(slugs(TASKS).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Which title of a gold file is which key."""

    categories: Mapping[str, str]
    tasks: Mapping[str, str]
    responses: Mapping[str, str]

    @classmethod
    def of(
        cls,
        categories: Iterable[RowKey],
        *,
        tasks: Iterable[RowKey] | None = None,
        responses: Iterable[RowKey] | None = None,
    ) -> Vocabulary:
        """From a taxonomy's categories; tasks and responses are slugs where none are given."""
        return cls(
            categories={normalised_title(title): key for key, title in categories},
            tasks=slugs(TASKS) if tasks is None else {normalised_title(t): k for k, t in tasks},
            responses=slugs(RESPONSES)
            if responses is None
            else {normalised_title(t): k for k, t in responses},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorLabels:
    """What one annotator found, in keys."""

    subjectivity: str
    task: str
    ai_value: tuple[str, ...]
    human_value: tuple[str, ...]
    response_type: str
    jailbreak_attempt: bool
    harmful_values: bool
    ai_words: tuple[str, ...] = ()
    """The assistant's values in the annotator's own words, where the file has them."""

    human_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldConversation:
    """A conversation with what each annotator found. It holds text: never written."""

    id: str
    turns: tuple[Turn, ...]
    annotations: tuple[AnnotatorLabels, ...]
    """One per annotator, as many as in every other record of the file."""

    def has(self, role: Role) -> bool:
        """Whether this side says anything."""
        return any(turn.text for turn in self.turns if turn.role == role)


def read(path: Path, vocabulary: Vocabulary) -> list[GoldConversation]:
    """Every conversation of a gold file, in its order.

    Raises:
        InputUnreadable: the file is missing or empty, or a line is not as it
            must be; names the line and the field, never what stands there.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise InputUnreadable(
            f"The gold file '{path}' cannot be read.",
            remedy="give a file of labelled conversations, one JSON object a line.",
        ) from None
    records = [
        _Line(path, number, vocabulary).record(line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not records:
        raise InputUnreadable(
            f"The gold file '{path}' holds no conversation.",
            remedy="give a file of labelled conversations, one JSON object a line.",
        )
    if len({record.id for record in records}) < len(records):
        raise InputUnreadable(
            f"Two conversations of the gold file '{path}' have the same id.",
            remedy="give every conversation an id of its own, and each only once.",
        )
    if len({len(record.annotations) for record in records}) > 1:
        raise InputUnreadable(
            f"The conversations of '{path}' do not all have the same number of annotators.",
            remedy="split the file by number of annotators, and evaluate each part.",
        )
    return records


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file: where it stands, and how it is read."""

    path: Path
    number: int
    vocabulary: Vocabulary

    def record(self, line: bytes) -> GoldConversation:
        try:
            row = json.loads(line)
        except ValueError:
            self.wrong("is not JSON", "write one JSON object a line, in UTF-8.")
        if not isinstance(row, dict):
            self.wrong("is not an object", "write one JSON object a line.")
        annotations = self.field(row, "annotations", list)
        if not annotations:
            self.wrong("has no annotation", "give every conversation at least one annotation.")
        return GoldConversation(
            id=self.field(row, "id", str),
            turns=tuple(self.turn(message) for message in self.field(row, "messages", list)),
            annotations=tuple(self.labels(annotation) for annotation in annotations),
        )

    def turn(self, message: object) -> Turn:
        role, text = self.field(message, "role", str), self.field(message, "content", str)
        if role not in _ROLES:
            self.wrong("has a message by an unknown role", f"use one of {', '.join(_ROLES)}.")
        return Turn(role=cast(Role, role), text=text)

    def labels(self, row: object) -> AnnotatorLabels:
        level = self.field(row, "subjectivity", int)
        if level not in range(1, 5):
            self.wrong("has a `subjectivity` outside 1 to 4", "use 1, 2, 3 or 4.")
        words = self.vocabulary
        return AnnotatorLabels(
            subjectivity=SUBJECTIVITY[level - 1],
            task=self.key(row, "task", words.tasks),
            ai_value=self.keys(row, "ai_categories", words.categories),
            human_value=self.keys(row, "human_categories", words.categories),
            response_type=self.key(row, "response_type", words.responses),
            jailbreak_attempt=self.field(row, "jailbreak_attempt", bool),
            harmful_values=self.field(row, "harmful_values", bool),
            ai_words=self.words(row, "ai_values"),
            human_words=self.words(row, "human_values"),
        )

    def key(self, row: object, name: str, words: Mapping[str, str]) -> str:
        return self.known(name, self.field(row, name, str), words)

    def keys(self, row: object, name: str, words: Mapping[str, str]) -> tuple[str, ...]:
        found = (self.known(name, title, words) for title in self.field(row, name, list))
        return tuple(dict.fromkeys(found))

    def words(self, row: object, name: str) -> tuple[str, ...]:
        if not isinstance(row, dict) or name not in row:
            return ()
        found = self.field(row, name, list)
        if not all(isinstance(word, str) for word in found):
            self.wrong(f"has a `{name}` that is not words", "write words, or leave it out.")
        return tuple(dict.fromkeys(normalised_title(word) for word in found))

    def known(self, name: str, title: object, words: Mapping[str, str]) -> str:
        if not isinstance(title, str) or normalised_title(title) not in words:
            self.wrong(
                f"has a `{name}` that is not in the vocabulary",
                f"use the {len(words)} titles of the codebook, word for word.",
            )
        return words[normalised_title(title)]

    def field(self, row: object, name: str, kind: type) -> Any:
        value = row.get(name) if isinstance(row, dict) else None
        # A bool is an int to Python, and `true` is no level of subjectivity.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(
                f"lacks `{name}`, or it is of the wrong type",
                f"give `{name}` as in the description of the gold format.",
            )
        return value

    def wrong(self, problem: str, remedy: str) -> NoReturn:
        # `from None`: what json says of a broken line may quote it.
        raise InputUnreadable(
            f"Line {self.number} of the gold file '{self.path}' {problem}.", remedy=remedy
        ) from None
