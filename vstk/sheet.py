"""The question sheet: what is asked of every conversation, as a document.

Questions are data, so that changing one is a change that a hash shows and
nobody has to read code to know what was asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vstk.errors import PolicyInvalid
from vstk.facets import Facets, FacetSpec, Grouping, Kind, Measure
from vstk.paths import documents
from vstk.policy import read_document
from vstk.types import Role, RowKey


class _Section(BaseModel):
    """Frozen, and a misspelt key is an error rather than a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WindowRule(_Section):
    """How a conversation that is too long is cut."""

    gap: str = Field(min_length=1, description="Stands where a turn was cut.")
    head_share: float = Field(gt=0, lt=1, description="Of a cut turn, how much is its beginning.")
    turn_tokens: int = Field(ge=1, le=64, description="Tokens set aside for a turn's markers.")
    turn_room: int = Field(ge=16, le=4096, description="Tokens for all markers together.")

    @model_validator(mode="after")
    def _leaves_the_window_its_size(self) -> WindowRule:
        # Outside these bounds a conversation of two turns might be dropped, or one
        # of very many turns exceed the smallest window a policy can ask for.
        if not 2 * self.turn_tokens <= self.turn_room <= 128 * self.turn_tokens:
            raise ValueError("turn_room must be 2 to 128 times turn_tokens")
        return self


class Reading(_Section):
    """What the heads see: the words around a conversation, and where states are taken."""

    system: str = Field(min_length=1)
    taps: tuple[str, str, str]
    layers: tuple[int, ...] = Field(min_length=1, description="Counts of layers, rising.")
    window: WindowRule

    @model_validator(mode="after")
    def _layers_rise(self) -> Reading:
        if list(self.layers) != sorted(set(self.layers)) or self.layers[0] < 1:
            raise ValueError("layers must be counts from 1 upwards, each once, in order")
        return self


class SheetLabel(_Section):
    """One possible answer: its key, its name, and how the model is told of it."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")
    title: str = Field(min_length=1)
    option: str = Field(default="", description="Wording in the question; the title if absent.")


class SheetMeasure(_Section):
    """One row of an evaluation's result."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(min_length=1)
    of: Grouping = Field(default="labels", description="How labels are grouped.")


class Positive(_Section):
    """Labels that count as a yes, and the row of a table that counts them."""

    labels: tuple[str, ...] = Field(min_length=1)
    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")
    title: str = Field(min_length=1)


class Group(_Section):
    """Labels that are reported together."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")
    title: str = Field(min_length=1)
    labels: tuple[str, ...] = Field(min_length=1)


class FacetQuestion(_Section):
    """One question put to every conversation, and all that is known of its answers."""

    facet: str = Field(pattern=r"^[a-z][a-z_]{0,31}$")
    kind: Kind
    about: Literal["user", "assistant", "both"] = Field(
        description="Whose words the answer is about; where they say nothing, nothing is asked."
    )
    when_silent: str | None = Field(
        default=None, description="Label where that side says nothing; absent for none."
    )
    question: str = Field(min_length=1)
    labels: Literal["taxonomy:category"] | tuple[SheetLabel, ...]
    positive: Positive | None = Field(default=None, description="Labels that count as a yes.")
    groups: tuple[Group, ...] = Field(default=(), description="Every label in one group, or none.")
    gold_field: str = Field(default="", description="Field of a labelled file; the facet if absent")
    gold_words: str = Field(default="", description="Field with the annotator's own words.")
    measures: tuple[SheetMeasure, ...] = Field(
        default=(), description="Rows of an evaluation; one, of the labels, if absent."
    )
    watch: bool = Field(default=False, description="Whether a yes is on the watch list.")

    @property
    def is_choice(self) -> bool:
        """Whether the labels exclude each other, so that one question offers them all."""
        return self.kind in {"single", "ordinal"}

    @model_validator(mode="after")
    def _is_whole(self) -> FacetQuestion:
        if self.is_choice == ("{label}" in self.question):
            raise ValueError("{label} stands in the question exactly when labels are asked singly")
        keys = [label.key for label in self.labels] if isinstance(self.labels, tuple) else []
        named = [
            *(self.positive.labels if self.positive else ()),
            *filter(None, [self.when_silent]),
        ]
        if len(set(keys)) != len(keys) or not set(named) <= set(keys):
            raise ValueError(
                "a label stands twice, or `positive` or `when_silent` names one that is not there"
            )
        grouped = [label for group in self.groups for label in group.labels]
        if self.groups and sorted(grouped) != sorted(keys):
            raise ValueError("`groups` must hold every label exactly once")
        if self.is_choice and not 2 <= len(keys) <= 26:
            raise ValueError("a choice has 2 to 26 labels of its own")
        if self.kind == "binary" and len(keys) != 1:
            raise ValueError("a binary facet has one label")
        return self


class Sheet(_Section):
    """The whole document."""

    vstk_sheet: Literal[2]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    read: Reading
    facets: tuple[FacetQuestion, ...] = Field(min_length=1)
    hash: str = Field(default="", exclude=True, description="SHA-256 of the document's bytes.")

    @model_validator(mode="after")
    def _asks_once(self) -> Sheet:
        asked = [question.facet for question in self.facets]
        if len(set(asked)) != len(asked):
            raise ValueError("a facet is asked twice")
        return self

    @property
    def reading_hash(self) -> str:
        """SHA-256 of `read` alone: what hidden states depend on.

        Heads are bound to this rather than to `hash`: they never see a
        question, so rewording one must not make them worthless.
        """
        return _digest(self.read.model_dump(mode="json"))

    @property
    def label_hash(self) -> str:
        """SHA-256 of what decides labels: `read`, and of each facet its question and answers.

        What is only counted, grouped, evaluated or printed differently leaves it unchanged, so
        that labels in a work folder stay valid.
        """
        decides = {"facet", "kind", "about", "when_silent", "question", "labels"}
        return _digest(
            {
                "read": self.read.model_dump(mode="json"),
                "facets": [one.model_dump(mode="json", include=decides) for one in self.facets],
            }
        )

    def resolve(self, categories: Sequence[RowKey]) -> Facets:
        """The facets, with the taxonomy's categories where a facet's labels are those."""
        return Facets(tuple(_spec(question, categories) for question in self.facets))


def _spec(question: FacetQuestion, categories: Sequence[RowKey]) -> FacetSpec:
    of_taxonomy = isinstance(question.labels, str)
    positive = question.positive
    about: Role | None = None if question.about == "both" else question.about
    return FacetSpec(
        key=question.facet,
        kind=question.kind,
        labels=tuple(categories)
        if isinstance(question.labels, str)
        else tuple(RowKey(label.key, label.title) for label in question.labels),
        about=about,
        when_silent=question.when_silent,
        positive=positive.labels if positive else (),
        positive_row=RowKey(positive.key, positive.title) if positive else None,
        groups={label: group.key for group in question.groups for label in group.labels},
        group_titles={group.key: group.title for group in question.groups},
        gold_field=question.gold_field or question.facet,
        gold_words=question.gold_words,
        measures=tuple(Measure(name=m.name, title=m.title, of=m.of) for m in question.measures)
        or (Measure(name=question.facet, title=question.facet.replace("_", " ").capitalize()),),
        watch=question.watch,
        uses_taxonomy=of_taxonomy,
    )


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def names() -> list[str]:
    """The sheets that come with vstk."""
    return sorted(path.stem for path in (documents("policies") / "sheets").glob("*.yaml"))


def load(name_or_file: str) -> Sheet:
    """Read and check a question sheet, given by name or by path.

    Raises:
        PolicyInvalid: naming every wrong key.
    """
    path = Path(name_or_file)
    if path.suffix not in {".yaml", ".yml"}:
        path = documents("policies") / "sheets" / f"{name_or_file}.yaml"
    try:
        data = path.read_bytes()
    except OSError:
        raise PolicyInvalid(
            f"There is no question sheet '{name_or_file}'.",
            remedy="write one of these after `extract.sheet`: " + ", ".join(names()) + ".",
        ) from None
    document = read_document(path.name, data)
    if not isinstance(document, dict) or "hash" in document:
        raise PolicyInvalid(
            f"'{path.name}' is not a question sheet.", remedy="start from policies/sheets."
        )
    try:
        return Sheet.model_validate(document | {"hash": hashlib.sha256(data).hexdigest()})
    except ValidationError as error:
        raise PolicyInvalid(
            f"'{path.name}' is not a valid question sheet: {'; '.join(_told(error))}.",
            remedy="correct these keys; policies/sheets/sheet-2.yaml is an example.",
        ) from None


def _told(error: ValidationError) -> Iterable[str]:
    for item in error.errors(include_input=False, include_url=False):
        yield f"{'.'.join(str(part) for part in item['loc']) or 'sheet'}: {item['msg']}"
