"""Trees: several levels of one taxonomy as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vstk.release.table_specs import TableSpec, TreeSpec

_PARTS = {"domain": 2, "category": 2, "cluster": 2, "leaf": 4}
"""Of a tree's budget: finer levels have smaller shares and lend less to each other."""


def tree(
    name: str, title: str, tables: Sequence[TableSpec], parents: Mapping[str, str]
) -> TreeSpec | None:
    """The tree of tables at the levels of a taxonomy; `None` if fewer than two levels fit.

    Args:
        tables: one for each level, the coarsest first.
        parents: from each key of the taxonomy to the one a level above.
    """
    levels: list[TableSpec] = []
    for table in tables:
        # Where some leaves are in clusters and some are not, the tree ends above them.
        if levels and not _hangs_from(levels[-1], table, parents):
            break
        levels.append(table)
    finest = levels[-1] if len(levels) > 1 else None
    if finest is None or finest.facet is None:
        return None
    return TreeSpec(
        name=name,
        title=title,
        facet=finest.facet,
        levels=tuple((level.level, level.keys) for level in levels),
        parents=parents,
        parts=tuple(_PARTS[level.level] for level in levels),
    )


def _hangs_from(above: TableSpec, table: TableSpec, parents: Mapping[str, str]) -> bool:
    names = {key.key for key in above.keys}
    return all(parents.get(key.key) in names for key in table.keys)
