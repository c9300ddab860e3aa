"""The tables of a question sheet: what can be published, and what the report says of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from vstk.facets import (
    FindingChoice,
    FindingText,
    Grouping,
    SectionColour,
    SectionText,
    TableText,
    TaxonomyLevel,
)
from vstk.sheet.section import Section

LEVELS: tuple[TaxonomyLevel, ...] = ("domain", "category", "cluster", "leaf")
"""Levels of a taxonomy, the coarsest first."""

_KEY = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_FORMS = ("facet", "flags", "pair", "tree", "mirroring", "new_values")


class Finding(Section):
    """The sentence with which a row of the table may stand among the main findings."""

    show: FindingChoice = Field(
        description="`each`: every row. `leading`: the most frequent row, with those it cannot be "
        "told apart from. `largest`: the row with the largest share, and those under `always`."
    )
    sentence: str = Field(
        default="",
        description="What conversations do that have the row; `{title}` is the row's name.",
    )
    row_name: str = Field(
        default="", description="How `{title}` is written, such as `{title} values`; else quoted."
    )
    labels: dict[str, str] = Field(
        default={}, description="A sentence for each label; other rows are no finding."
    )
    always: tuple[str, ...] = Field(default=(), description="Labels shown besides the largest.")

    @model_validator(mode="after")
    def _is_whole(self) -> Finding:
        if bool(self.sentence) == bool(self.labels):
            raise ValueError("a finding has either one `sentence` or sentences by `labels`")
        if not set(self.always) <= self.labels.keys() or (self.always and self.show != "largest"):
            raise ValueError("`always` names labels of `labels`, beside the `largest`")
        if self.row_name and "{title}" not in self.row_name:
            raise ValueError("`row_name` holds `{title}`")
        return self


class Pair(Section):
    """Rows of one table against rows of another."""

    rows: str
    columns: str


class Side(Section):
    """One side of a mirroring table: a facet of the taxonomy, and the title of its row."""

    facet: str
    title: str = Field(min_length=1)


class Mirroring(Section):
    """How often values of one facet are found in another, too."""

    stated: Side = Field(description="Conversations that have a value of this facet.")
    mirrored: Side = Field(description="Those that have the same value of this facet, too.")


class NewValues(Section):
    """Words outside the taxonomy."""

    facet: str = Field(pattern=r"^[a-z][a-z_]{0,31}$", description="Facet of the words found.")
    about: Literal["user", "assistant"] = Field(description="In whose words they are sought.")


class ReportHead(Section):
    """What the report is called, and where its questions come from."""

    heading: str = Field(min_length=1)
    source: str = Field(default="", description="Where the questions come from, in a sentence.")


class ReportSection(Section):
    """A section of the report."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    title: str = Field(min_length=1)
    question: str = Field(default="", description="What was asked, in one sentence.")
    reading: str = Field(default="", description="How to read its numbers.")
    measures: tuple[str, ...] = Field(
        default=(), description="Measures of these answers; the first known is shown beside them."
    )
    colour: SectionColour = "plain"

    @property
    def text(self) -> SectionText:
        """The same for the report."""
        return SectionText(
            id=self.id,
            title=self.title,
            question=self.question,
            reading=self.reading,
            measures=self.measures,
            colour=self.colour,
        )


class SheetTable(Section):
    """One table that a policy may ask for. It has exactly one form."""

    name: str = Field(pattern=_KEY, max_length=48)
    title: str = Field(min_length=1)
    section: str | None = Field(default=None, description="Section of the report; absent: the last")
    facet: str | None = Field(default=None, description="Form: the labels of a facet.")
    of: Grouping | TaxonomyLevel | None = Field(
        default=None,
        description="Of `facet`: its labels, groups or positive labels, or a taxonomy's level.",
    )
    flags: dict[str, str] | None = Field(
        default=None,
        min_length=1,
        description="Form: one row for each of these facets, with the row's title.",
    )
    pair: Pair | None = Field(default=None, description="Form: two tables against each other.")
    tree: tuple[str, ...] | None = Field(
        default=None, min_length=2, description="Form: levels measured together, coarsest first."
    )
    mirroring: Mirroring | None = Field(default=None, description="Form: one facet in another.")
    new_values: NewValues | None = Field(default=None, description="Form: words that are new.")
    ranked: bool = Field(default=False, description="Rows are drawn by size; they have no order.")
    finding: Finding | None = None

    @model_validator(mode="after")
    def _has_one_form(self) -> SheetTable:
        forms = [name for name in _FORMS if getattr(self, name) is not None]
        if len(forms) != 1:
            raise ValueError("a table has exactly one of " + ", ".join(f"`{f}`" for f in _FORMS))
        if (self.facet is None) != (self.of is None):
            raise ValueError("`facet` and `of` need each other")
        if self.finding and forms[0] not in {"facet", "flags", "mirroring"}:
            raise ValueError("only a table of `facet`, `flags` or `mirroring` has a finding")
        # The policy's section of that name speaks of this table.
        if (self.name == "new_values") != (self.new_values is not None):
            raise ValueError("the table of new values, and no other, is called `new_values`")
        return self

    @property
    def level(self) -> TaxonomyLevel | None:
        """The level of the taxonomy that its rows are, if they are one."""
        return next((level for level in LEVELS if level == self.of), None)

    def text(self, in_values_files: bool) -> TableText:
        """The same for the report."""
        finding = self.finding
        return TableText(
            section=self.section,
            ranked=self.ranked,
            in_values_files=in_values_files,
            finding=FindingText(
                show=finding.show,
                sentence=finding.sentence,
                row_name=finding.row_name,
                labels=finding.labels,
                always=finding.always,
            )
            if finding
            else None,
        )
