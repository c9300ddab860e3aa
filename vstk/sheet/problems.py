"""What is wrong in the tables and sections of a question sheet, by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vstk.sheet.tables import LEVELS, SheetTable

if TYPE_CHECKING:
    from vstk.sheet.model import FacetQuestion, Sheet


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
