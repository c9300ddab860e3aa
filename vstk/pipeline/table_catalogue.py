"""Tables that an audit can publish: those of the sheet, with keys of sheet and taxonomy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vstk.errors import PolicyInvalid
from vstk.facets import Facets, FacetSpec
from vstk.policy import Policy, Privacy
from vstk.release import (
    ContributionBounds,
    CrossSpec,
    NewValuesSpec,
    Plan,
    Spec,
    TableSpec,
    flags,
    mirroring,
    prepare,
    tree,
)
from vstk.sheet import Sheet, SheetTable
from vstk.taxonomy import Taxonomy, Words
from vstk.types import RowKey


def table_specs(sheet: Sheet, taxonomy: Taxonomy, words: Words | None = None) -> tuple[Spec, ...]:
    """Every table that sheet and taxonomy allow, in the sheet's order.

    A table of leaves or clusters is left out where the taxonomy has none, and so is a
    pair or tree that would need it.

    Args:
        words: of the policy's lexicon, where new values are sought.
    """
    facets = sheet.resolve(taxonomy.keys("category"))
    # The tables that pairs and trees are made of may stand anywhere in the sheet.
    simple = {
        spec.name: spec
        for table in sheet.tables
        if (spec := _simple(table, facets, taxonomy)) is not None
    }
    parents = {label.key: label.parent for label in taxonomy.labels.values() if label.parent}
    found = (
        simple.get(table.name) or _made_of(table, simple, parents, words) for table in sheet.tables
    )
    return tuple(spec for spec in found if spec is not None)


def check_tables(policy: Policy, sheet: Sheet) -> None:
    """Hold the tables that a policy asks for against those of its sheet.

    Raises:
        PolicyInvalid: naming each table that the sheet does not have, and those it has.
    """
    known = [table.name for table in sheet.tables]
    unknown = [
        f"privacy.tables.{n}.name: '{table.name}'"
        for n, table in enumerate(policy.privacy.tables)
        if table.name not in known
    ]
    if unknown:
        raise PolicyInvalid(
            f"The policy '{policy.name}' asks for tables that the question sheet '{sheet.name}' "
            f"does not define: {'; '.join(unknown)}.",
            remedy="use tables of the sheet: " + (", ".join(known) or "it defines none") + ".",
        )


def plan_for_sizes(sizes: Mapping[int, int], privacy: Privacy, specs: Sequence[Spec]) -> Plan:
    """What could be published of people with so many conversations each."""
    counted = ContributionBounds.of(privacy).counted(sizes)
    return prepare(specs, privacy, conversations=counted)


def _simple(table: SheetTable, facets: Facets, taxonomy: Taxonomy) -> TableSpec | None:
    """A table that is made of no other; `None` for one that is, or that has no keys here."""
    if table.facet is not None:
        spec = facets[table.facet]
        return _level(table, spec, taxonomy) if table.level else _labels(table, spec)
    if table.flags is not None:
        return TableSpec(
            name=table.name,
            title=table.title,
            level="group",
            keys=tuple(RowKey(facet, title) for facet, title in table.flags.items()),
            project=flags({facet: facets[facet].yes for facet in table.flags}),
        )
    if table.mirroring is not None:
        stated, mirrored = table.mirroring.stated, table.mirroring.mirrored
        return mirroring(
            table.name,
            table.title,
            stated=(stated.facet, stated.title),
            mirrored=(mirrored.facet, mirrored.title),
        )
    return None


def _labels(table: SheetTable, spec: FacetSpec) -> TableSpec:
    """A facet's own labels: each by itself, by group, or those that count as a yes."""
    keys: tuple[RowKey, ...] = spec.labels
    project: Mapping[str, str] | None = None
    if table.of == "positive" and spec.positive_row is not None:
        keys = (spec.positive_row,)
        project = dict.fromkeys(spec.positive, spec.positive_row.key)
    elif table.of == "groups":
        keys = tuple(RowKey(key, title) for key, title in spec.group_titles.items())
        project = spec.groups
    return TableSpec(
        name=table.name,
        title=table.title,
        level="group" if table.of == "groups" else "label",
        facet=spec.key,
        keys=keys,
        project=project,
        single=spec.kind != "multi",
    )


def _level(table: SheetTable, spec: FacetSpec, taxonomy: Taxonomy) -> TableSpec | None:
    """A facet's labels at one level of the taxonomy.

    Domains are counted by categories. Leaves have a facet of their own, and clusters
    are counted by those; both are there only if the taxonomy has them.
    """
    assert table.level is not None
    keys = taxonomy.keys(table.level)
    facet, below = spec.key, taxonomy.keys("category")
    if table.level in {"cluster", "leaf"}:
        assert spec.leaf_facet is not None, "the sheet was checked"
        facet, below = spec.leaf_facet, taxonomy.keys("leaf")
    project = None
    if table.level in {"domain", "cluster"}:
        project = {
            key.key: above for key in below if (above := taxonomy.ancestor(key.key, table.level))
        }
        if len(project) < len(below):
            return None  # some leaves are in no cluster, and would be missing
    if not keys or not below:
        return None
    return TableSpec(
        name=table.name,
        title=table.title,
        level=table.level,
        facet=facet,
        keys=keys,
        project=project,
    )


def _made_of(
    table: SheetTable,
    simple: Mapping[str, TableSpec],
    parents: Mapping[str, str],
    words: Words | None,
) -> Spec | None:
    """A table that is made of others, or of words; `None` where those are not there."""
    if table.pair is not None:
        rows, columns = simple.get(table.pair.rows), simple.get(table.pair.columns)
        if rows is None or columns is None:
            return None
        return CrossSpec(name=table.name, title=table.title, rows=rows, columns=columns)
    if table.tree is not None:
        levels = [simple[name] for name in table.tree if name in simple]
        return tree(table.name, table.title, levels, parents)
    if table.new_values is not None and words is not None:
        facet = table.new_values.facet
        return NewValuesSpec(
            name=table.name,
            title=table.title,
            words=frozenset(words.phrases),
            project=lambda conversation: conversation.labels.get(facet, ()),
        )
    return None
