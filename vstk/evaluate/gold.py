"""Labelled conversations, read strictly.

A gold file has one JSON object a line: `id`, `messages`, and `annotations`, one object per
annotator. The question sheet decides which fields of an annotation hold labels, and how:

    ordinal   a number from 1, the place of the label in the sheet
    single    the label's title or key
    multi     a list of titles or keys
    binary    true or false

Case and spaces of titles do not matter. A facet whose field no annotation of the file has is left
out; one that some annotations have must be in all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

from vstk.errors import InputUnreadable
from vstk.facets import Facets, FacetSpec
from vstk.types import Facet, Role, Turn

_ROLES = ("system", "user", "assistant", "tool")

Row = Mapping[str, Any]


def normalised_title(title: str) -> str:
    """A title as it is looked up: case and surrounding spaces do not matter."""
    return " ".join(title.casefold().split())


def label_keys(spec: FacetSpec) -> dict[str, str]:
    """Normalised title or key of each label -> its key. A title takes precedence over a key."""
    keys = {normalised_title(key): key for key, _ in spec.labels}
    return keys | {normalised_title(title): key for key, title in spec.labels}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorLabels:
    """What one annotator found, by facet."""

    labels: Mapping[Facet, tuple[str, ...]]
    """Keys of the labels given; empty where there are none."""

    words: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    """The annotator's own words for the labels, normalised, where the file has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldConversation:
    """A conversation with what each annotator found. It holds text: never written."""

    id: str
    turns: tuple[Turn, ...]
    annotations: tuple[AnnotatorLabels, ...]
    """One per annotator, as many and for the same facets as in every other record of the file."""

    def has(self, role: Role) -> bool:
        """Whether this side says anything."""
        return any(turn.text for turn in self.turns if turn.role == role)


def labelled_facets(records: Sequence[GoldConversation], facets: Facets) -> Facets:
    """The facets that annotators labelled, in the sheet's order."""
    held = records[0].annotations[0].labels if records else {}
    return Facets(tuple(spec for facet, spec in facets.items() if facet in held))


def speaking(records: Sequence[GoldConversation], spec: FacetSpec) -> list[bool]:
    """In which conversations the side that a facet is about says something."""
    return [spec.about is None or record.has(spec.about) for record in records]


def first_annotator(records: Iterable[GoldConversation]) -> list[GoldConversation]:
    """The conversations with their first annotator alone."""
    return [
        GoldConversation(id=one.id, turns=one.turns, annotations=one.annotations[:1])
        for one in records
    ]


def read(path: Path, facets: Facets) -> list[GoldConversation]:
    """Every conversation of a gold file, in its order.

    Args:
        path: the file, in JSON Lines.
        facets: of the question sheet; those that the file has no field of are left out.

    Raises:
        InputUnreadable: the file is missing or empty, or a line is not as it
            must be; names the line and the field, never its content.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise InputUnreadable(
            f"The gold file '{path}' cannot be read.",
            remedy="give a file of labelled conversations, one JSON object a line.",
        ) from None
    drafts = [
        _Line(path, number).draft(line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not drafts:
        raise InputUnreadable(
            f"The gold file '{path}' holds no conversation.",
            remedy="give a file of labelled conversations, one JSON object a line.",
        )
    given = {name for draft in drafts for row in draft.annotations for name in row}
    labelled = [spec for spec in facets.values() if spec.gold_field in given]
    if not labelled:
        raise InputUnreadable(
            f"No annotation of the gold file '{path}' has a field of the question sheet.",
            remedy=f"label {', '.join(spec.gold_field for spec in facets.values())}, or some of "
            "them, in every annotation.",
        )
    keys = {spec.key: label_keys(spec) for spec in labelled}
    records = [draft.record(labelled, keys) for draft in drafts]
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
    """The place of a line in the file, and how its parts are read."""

    path: Path
    number: int

    def draft(self, line: bytes) -> _Draft:
        try:
            row = json.loads(line)
        except ValueError:
            self.wrong("is not JSON", "write one JSON object a line, in UTF-8.")
        if not isinstance(row, dict):
            self.wrong("is not an object", "write one JSON object a line.")
        annotations = self.field(row, "annotations", list)
        if not annotations:
            self.wrong("has no annotation", "give every conversation at least one annotation.")
        if not all(isinstance(one, dict) for one in annotations):
            self.wrong("has an annotation that is not an object", "write one object an annotator.")
        return _Draft(
            line=self,
            id=self.field(row, "id", str),
            turns=tuple(self.turn(message) for message in self.field(row, "messages", list)),
            annotations=tuple(annotations),
        )

    def turn(self, message: object) -> Turn:
        if not isinstance(message, dict):
            self.wrong("has a message that is not an object", "write role and content of each.")
        role, text = self.field(message, "role", str), self.field(message, "content", str)
        if role not in _ROLES:
            self.wrong("has a message by an unknown role", f"use one of {', '.join(_ROLES)}.")
        return Turn(role=cast(Role, role), text=text)

    def labels(self, row: Row, spec: FacetSpec, keys: Mapping[str, str]) -> tuple[str, ...]:
        name = spec.gold_field
        if spec.kind == "ordinal":
            place = self.field(row, name, int)
            if not 1 <= place <= len(spec.labels):
                count = len(spec.labels)
                self.wrong(f"has a `{name}` outside 1 to {count}", f"use a number 1 to {count}.")
            return (spec.keys[place - 1],)
        if spec.kind == "single":
            return (self.known(name, self.field(row, name, str), keys),)
        if spec.kind == "binary":
            return spec.keys[:1] if self.field(row, name, bool) else ()
        found = (self.known(name, title, keys) for title in self.field(row, name, list))
        return tuple(dict.fromkeys(found))

    def words(self, row: Row, name: str) -> tuple[str, ...]:
        if name not in row:
            return ()
        found = self.field(row, name, list)
        if not all(isinstance(word, str) for word in found):
            self.wrong(f"has a `{name}` that is not words", "write words, or leave it out.")
        return tuple(dict.fromkeys(normalised_title(word) for word in found))

    def known(self, name: str, title: object, keys: Mapping[str, str]) -> str:
        if not isinstance(title, str) or normalised_title(title) not in keys:
            self.wrong(
                f"has a `{name}` that is not in the vocabulary",
                f"use the {len(set(keys.values()))} titles of the codebook, word for word.",
            )
        return keys[normalised_title(title)]

    def field(self, row: Row, name: str, kind: type) -> Any:
        value = row.get(name)
        # A bool is an int to Python, and `true` is no place in an order.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A line whose labels are not read yet: which fields hold labels, the whole file decides."""

    line: _Line
    id: str
    turns: tuple[Turn, ...]
    annotations: tuple[Row, ...]

    def record(
        self, labelled: Sequence[FacetSpec], keys: Mapping[Facet, Mapping[str, str]]
    ) -> GoldConversation:
        return GoldConversation(
            id=self.id,
            turns=self.turns,
            annotations=tuple(
                AnnotatorLabels(
                    labels={
                        spec.key: self.line.labels(row, spec, keys[spec.key]) for spec in labelled
                    },
                    words={
                        spec.key: self.line.words(row, spec.gold_words)
                        for spec in labelled
                        if spec.gold_words
                    },
                )
                for row in self.annotations
            ),
        )
