"""The question sheet as a model: what is asked, and what is published of the answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from vstk.facets import Facets, FacetSpec, Grouping, Kind, Measure, ReportWords
from vstk.sheet.problems import TableProblems
from vstk.sheet.section import Section
from vstk.sheet.tables import NewValues, ReportHead, ReportSection, SheetTable
from vstk.types import Role, RowKey


class WindowRule(Section):
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


class Reading(Section):
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


class SheetLabel(Section):
    """One possible answer: its key, its name, and how the model is told of it."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")
    title: str = Field(min_length=1)
    option: str = Field(default="", description="Wording in the question; the title if absent.")


class SheetMeasure(Section):
    """One row of an evaluation's result."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(min_length=1)
    of: Grouping = Field(default="labels", description="How labels are grouped.")


class Positive(Section):
    """Labels that count as a yes, and the row of a table that counts them."""

    labels: tuple[str, ...] = Field(min_length=1)
    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")
    title: str = Field(min_length=1)


class Group(Section):
    """Labels that are reported together."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")
    title: str = Field(min_length=1)
    labels: tuple[str, ...] = Field(min_length=1)


class FacetQuestion(Section):
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
    leaf_facet: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z_]{0,31}$",
        description="Facet of the leaves found below its categories; absent: none are sought.",
    )

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
        if self.leaf_facet and (isinstance(self.labels, tuple) or self.about == "both"):
            raise ValueError(
                "`leaf_facet` belongs to a facet of the taxonomy about one side's words"
            )
        return self


class Sheet(Section):
    """The whole document."""

    vstk_sheet: Literal[2]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    read: Reading
    facets: tuple[FacetQuestion, ...] = Field(min_length=1)
    report: ReportHead | None = Field(default=None, description="Title and source of the report.")
    sections: tuple[ReportSection, ...] = Field(
        default=(), description="Sections of the report, in order."
    )
    tables: tuple[SheetTable, ...] = Field(
        default=(), description="Tables that a policy may ask for, in the order of the report."
    )
    values_files: str | None = Field(
        default=None,
        description="Facet whose tables are also written in the form of the published data set.",
    )
    hash: str = Field(default="", exclude=True, description="SHA-256 of the document's bytes.")

    @model_validator(mode="after")
    def _asks_once(self) -> Sheet:
        asked = [question.facet for question in self.facets]
        leaves = [question.leaf_facet for question in self.facets if question.leaf_facet]
        if len({*asked, *leaves}) != len(asked) + len(leaves):
            raise ValueError("a facet is asked twice, or is the `leaf_facet` of another")
        fields = [question.gold_field or question.facet for question in self.facets]
        if len(set(fields)) != len(fields):
            raise ValueError("two facets have the same `gold_field`")
        problems = TableProblems(self).all()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def new_values(self) -> NewValues | None:
        """Where words outside the taxonomy are sought, and under which facet they are kept."""
        return next((table.new_values for table in self.tables if table.new_values), None)

    @property
    def reading_hash(self) -> str:
        """SHA-256 of `read` alone: what hidden states depend on.

        Heads are bound to this rather than to `hash`: they never see a
        question, so rewording one must not make them worthless.
        """
        return _digest(self.read.model_dump(mode="json"))

    @property
    def label_hash(self) -> str:
        """SHA-256 of what decides labels: `read`, each facet's question, answers and `leaf_facet`,
        and where new words are sought.

        What is only counted, grouped, evaluated or printed differently leaves it unchanged, so
        that labels in a work folder stay valid.
        """
        decides = {"facet", "kind", "about", "when_silent", "question", "labels", "leaf_facet"}
        new = self.new_values
        return _digest(
            {
                "read": self.read.model_dump(mode="json"),
                "facets": [one.model_dump(mode="json", include=decides) for one in self.facets],
                "new_values": new.model_dump(mode="json") if new else None,
            }
        )

    def resolve(self, categories: Sequence[RowKey]) -> Facets:
        """The facets, with the taxonomy's categories where a facet's labels are those."""
        return Facets(tuple(_spec(question, categories) for question in self.facets))

    @property
    def report_words(self) -> ReportWords:
        """What the report says of tables and measures, apart from their numbers."""
        of_values = {
            table.name
            for table in self.tables
            if self.values_files is not None and self._facet_of(table) == self.values_files
        }
        facets = [_spec(question, ()) for question in self.facets]
        return ReportWords(
            heading=self.report.heading if self.report else "",
            source=self.report.source if self.report else "",
            sections=tuple(section.text for section in self.sections),
            tables={table.name: table.text(table.name in of_values) for table in self.tables},
            measures={measure.name: measure.title for spec in facets for measure in spec.measures},
        )

    def _facet_of(self, table: SheetTable) -> str | None:
        """The facet of a table at a level of the taxonomy, or of a tree of such tables."""
        if table.tree:
            return next(self._facet_of(one) for one in self.tables if one.name == table.tree[0])
        return table.facet if table.level else None


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
        leaf_facet=question.leaf_facet,
        uses_taxonomy=of_taxonomy,
    )


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
