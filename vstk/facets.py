"""Facets and tables as data: what is asked of every conversation, and what is told of it.

A facet is one closed question, such as "how did the assistant respond". Everything that the
product knows of a facet is a field of its `FacetSpec`, read from the question sheet
(`policies/sheets/`): its answers, whose words it is about, which answers form a group or count
as a yes, which field of a labelled file holds it, and whether it is on the watch list. No other
module names a facet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vstk.types import Facet, Role, RowKey

Kind = Literal["multi", "single", "ordinal", "binary"]
"""Any number of labels; exactly one; exactly one of an order; one or none."""

TaxonomyLevel = Literal["domain", "category", "cluster", "leaf"]
"""Level of a taxonomy, the coarsest first."""

FindingChoice = Literal["each", "leading", "largest"]
"""Which rows of a table may be main findings: every one; the most frequent, with those it cannot
be told apart from; the one with the largest share among those that have a sentence."""

SectionColour = Literal["plain", "assistant", "people", "watch-list"]
"""Colour of a section's bars."""

Grouping = Literal["labels", "groups", "positive"]
"""How labels are looked at: each by itself; by group; as one yes or no (`positive` labels)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of an evaluation: labels of a facet under one grouping."""

    name: str
    """Key in an evaluation's result, such as `response_group`."""

    title: str
    of: Grouping = "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetSpec:
    """All that is known of one facet."""

    key: Facet
    kind: Kind
    labels: tuple[RowKey, ...]
    """Every answer, in the sheet's order; of a taxonomy facet the taxonomy's categories."""

    about: Role | None = None
    """Whose words the facet is about; `None` for those of both sides. Where that side says
    nothing, the answer is `when_silent`: no instrument knows how silence looks."""

    when_silent: str | None = None
    """The label of a conversation whose `about` side says nothing; `None` for no label."""

    positive: tuple[str, ...] = ()
    """Labels that count as a yes where the facet is looked at as a yes-or-no question."""

    positive_row: RowKey | None = None
    """Key and title of the row that counts the positive labels."""

    groups: Mapping[str, str] = field(default_factory=dict)
    """Label -> key of its group, for every label, or empty."""

    group_titles: Mapping[str, str] = field(default_factory=dict)
    gold_field: str = ""
    """Field of a labelled conversation that holds the answer."""

    gold_words: str = ""
    """Field that holds the annotator's own words for the labels, where there is one."""

    measures: tuple[Measure, ...] = ()
    """Rows of an evaluation, in the order in which they are printed."""

    watch: bool = False
    """Whether a positive answer is on the watch list."""

    uses_taxonomy: bool = False
    """Whether the labels are the taxonomy's categories."""

    leaf_facet: Facet | None = None
    """Facet of the leaves found below its categories; `None` where none are sought."""

    @property
    def yes(self) -> tuple[str, ...]:
        """Labels that are a yes: the positive ones, or the one label of a binary facet."""
        return self.positive or (self.keys if self.kind == "binary" else ())

    @property
    def is_choice(self) -> bool:
        """Whether every conversation has exactly one label."""
        return self.kind in {"single", "ordinal"}

    @property
    def keys(self) -> tuple[str, ...]:
        """The labels' keys."""
        return tuple(key for key, _ in self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingText:
    """How rows of a table are told as main findings: `of conversations ...`."""

    show: FindingChoice
    sentence: str = ""
    """For every row; `{title}` stands for the row's name. Empty where `labels` has sentences."""

    row_name: str = ""
    """How the name is written, such as `{title} values`; empty: in quotation marks."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Row's key -> its sentence. Rows that are not here are no finding."""

    always: tuple[str, ...] = ()
    """Keys told besides the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableText:
    """What the report knows of a table beside its numbers."""

    section: str | None = None
    """Id of its section; `None` for the last one, of further tables."""

    finding: FindingText | None = None
    ranked: bool = False
    """Whether rows are drawn by size. Rows of a taxonomy's level always are."""

    in_values_files: bool = False
    """Whether it is also written in the form of the published data set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionText:
    """A section of the report: its title, what was asked, how to read it."""

    id: str
    title: str
    question: str = ""
    reading: str = ""
    measures: tuple[str, ...] = ()
    """Names of measures; the first that is known is shown beside the results."""

    colour: SectionColour = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """What a question sheet says of its tables, for the report. By default nothing:
    then every table stands among the further ones."""

    heading: str = ""
    """Title of the report; empty for the one that fits any sheet."""

    source: str = ""
    """Where the questions come from, in a sentence or two."""

    sections: tuple[SectionText, ...] = ()
    tables: Mapping[str, TableText] = field(default_factory=dict)
    """By the name that a policy uses."""

    measures: Mapping[str, str] = field(default_factory=dict)
    """Name of a measure -> its title."""

    @staticmethod
    def base(name: str) -> str:
        """Of a released table the sheet's: of one level of a tree (`x-domain`) or a segment
        (`x__team-1`), `x`."""
        return name.partition("__")[0].partition("-")[0]

    def table(self, name: str) -> TableText:
        """Of a released table; one that the sheet does not have is one without words."""
        return self.tables.get(self.base(name)) or TableText()

    def section_of(self, name: str) -> SectionText | None:
        """The section in which a released table stands, if it has one."""
        wanted = self.table(name).section
        return next((section for section in self.sections if section.id == wanted), None)


class Facets(Mapping[Facet, FacetSpec]):
    """The facets of a question sheet under a taxonomy, in the sheet's order."""

    def __init__(self, specs: tuple[FacetSpec, ...]) -> None:
        """Hold the specifications; each facet stands once."""
        self._specs = {spec.key: spec for spec in specs}
        if len(self._specs) != len(specs):
            raise ValueError("a facet stands twice")

    def __getitem__(self, key: Facet) -> FacetSpec:
        return self._specs[key]

    def __iter__(self) -> Iterator[Facet]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    @property
    def vocabulary(self) -> dict[Facet, tuple[str, ...]]:
        """The closed set of labels by facet. An answer outside it does not exist."""
        return {facet: spec.keys for facet, spec in self._specs.items()}

    @property
    def watch(self) -> tuple[FacetSpec, ...]:
        """Facets on the watch list."""
        return tuple(spec for spec in self._specs.values() if spec.watch)

    def about(self, role: Role) -> tuple[FacetSpec, ...]:
        """Facets about the words of one side."""
        return tuple(spec for spec in self._specs.values() if spec.about == role)
