"""The tables of a question sheet: what can be published, and what the report says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

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

if TYPE_CHECKING:
    from vstk.sheet.model import FacetQuestion, Sheet

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


class TableProblems:
    """What is wrong in a sheet's tables and sections, by the key where it stands."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._facets = {question.facet: question for question in sheet.facets}
        self._tables = {table.name: table for table in sheet.tables}

    def all(self) -> list[str]:
        """Every problem; empty for a sheet that is whole."""
        return [
            *_repeated("tables", [table.name for table in self._sheet.tables]),
            *_repeated("sections", [section.id for section in self._sheet.sections]),
            *_repeated("measures", self._measures()),
            *(
                f"tables.{n}.{problem}"
                for n, table in enumerate(self._sheet.tables)
                for problem in self._in_table(table)
            ),
            *(
                f"sections.{n}.measures: there is no measure '{name}'"
                for n, section in enumerate(self._sheet.sections)
                for name in section.measures
                if name not in self._measures()
            ),
            *self._in_values_files(),
        ]

    def _measures(self) -> list[str]:
        return [
            name
            for one in self._sheet.facets
            for name in [measure.name for measure in one.measures] or [one.facet]
        ]

    def _in_values_files(self) -> Iterator[str]:
        facet = self._sheet.values_files
        if facet is not None and not self._of_taxonomy(facet):
            yield f"values_files: '{facet}' is no facet of the taxonomy"

    def _in_table(self, table: SheetTable) -> Iterator[str]:
        sections = {section.id for section in self._sheet.sections}
        if table.section is not None and table.section not in sections:
            yield f"section: there is no section '{table.section}'"
        if table.facet is not None:
            yield from self._in_facet(table, table.facet)
        for facet in table.flags or {}:
            if facet not in self._facets:
                yield f"flags: there is no facet '{facet}'"
            elif self._facets[facet].kind != "binary" and not self._facets[facet].positive:
                yield f"flags: '{facet}' has no labels that count as a yes"
        if table.pair is not None:
            for key, name in (("rows", table.pair.rows), ("columns", table.pair.columns)):
                yield from self._is_plain(f"pair.{key}", name)
        if table.tree is not None:
            yield from self._in_tree(table.tree)
        if table.mirroring is not None:
            for key in ("stated", "mirrored"):
                facet = getattr(table.mirroring, key).facet
                if not self._of_taxonomy(facet):
                    yield f"mirroring.{key}.facet: '{facet}' is no facet of the taxonomy"
        if table.new_values is not None:
            taken = {*self._facets, *(one.leaf_facet for one in self._sheet.facets)}
            if table.new_values.facet in taken:
                yield f"new_values.facet: '{table.new_values.facet}' is asked already"
        if table.finding is not None:
            keys = self._row_keys(table)
            for label in table.finding.labels:
                if keys is not None and label not in keys:
                    yield f"finding.labels: there is no row '{label}'"

    def _in_facet(self, table: SheetTable, facet: str) -> Iterator[str]:
        question = self._facets.get(facet)
        if question is None:
            yield f"facet: there is no facet '{facet}'"
        elif self._of_taxonomy(facet) != (table.level is not None):
            yield "of: a level of the taxonomy, exactly where the facet's labels are its categories"
        elif table.of == "groups" and not question.groups:
            yield f"of: '{facet}' has no groups"
        elif table.of == "positive" and question.positive is None:
            yield f"of: '{facet}' has no positive labels"
        elif table.of in {"cluster", "leaf"} and question.leaf_facet is None:
            yield f"of: '{facet}' has no `leaf_facet`"

    def _in_tree(self, names: tuple[str, ...]) -> Iterator[str]:
        tables = [self._tables[name] for name in names if name in self._tables]
        yield from (
            f"tree: there is no table '{name}'" for name in names if name not in self._tables
        )
        places = [LEVELS.index(table.level) if table.level else -1 for table in tables]
        if -1 in places or places != sorted(set(places)) or len({t.facet for t in tables}) > 1:
            yield "tree: must be tables of one facet at levels of the taxonomy, coarsest first"

    def _is_plain(self, key: str, name: str) -> Iterator[str]:
        table = self._tables.get(name)
        if table is None:
            yield f"{key}: there is no table '{name}'"
        elif table.facet is None and table.flags is None and table.mirroring is None:
            yield f"{key}: '{name}' is no table of a facet, of flags or of mirroring"

    def _of_taxonomy(self, facet: str) -> bool:
        return facet in self._facets and isinstance(self._facets[facet].labels, str)

    def _row_keys(self, table: SheetTable) -> set[str] | None:
        """Keys of a table's rows; `None` where the taxonomy decides, or the facet is unknown."""
        if table.flags is not None:
            return {*table.flags}
        if table.mirroring is not None:
            return {"stated", "mirrored"}
        question = self._facets.get(table.facet or "")
        return _keys_of(question, table) if question else None


def _keys_of(question: FacetQuestion, table: SheetTable) -> set[str] | None:
    if table.of == "positive":
        return {question.positive.key} if question.positive else set()
    if table.of == "groups":
        return {group.key for group in question.groups}
    if isinstance(question.labels, str):
        return None
    return {label.key for label in question.labels}


def _repeated(key: str, names: list[str]) -> Iterator[str]:
    yield from (f"{key}: '{name}' stands twice" for name in {*names} if names.count(name) > 1)
