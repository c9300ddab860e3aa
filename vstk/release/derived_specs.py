"""Tables that are made of other tables: pairs, trees, mirroring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vstk.release.table_specs import CrossSpec, Spec, TableSpec, TreeSpec, mirroring

_PAIRS = (
    ("task_domains", "Tasks and the values the assistant shows", "tasks", "ai_domains"),
    (
        "task_categories",
        "Tasks and the values the assistant shows, by category",
        "tasks",
        "ai_categories",
    ),
    (
        "human_ai_categories",
        "Values people state and values the assistant shows",
        "human_categories",
        "ai_categories",
    ),
    (
        "response_categories",
        "How the assistant answers which values people state",
        "response_types",
        "human_categories",
    ),
)

_TREES = (("ai", "Values the assistant shows", 4), ("human", "Values people state", 2))
"""Side, title, levels. Of what people state many a category has no leaf that they said in
so many words, and a tree of leaves would count such conversations for nothing."""

_PARTS = {"domain": 2, "category": 2, "cluster": 2, "leaf": 4}
"""Of a tree's budget: finer levels have smaller shares and lend less to each other."""


def derived(tables: Sequence[TableSpec], parents: Mapping[str, str]) -> tuple[Spec, ...]:
    """Every cross table, tree and mirroring that the given tables allow.

    Args:
        tables: tables of the audit, by the names that a policy uses.
        parents: from each key of the taxonomy to the one a level above.
    """
    by_name = {table.name: table for table in tables}
    found: list[Spec] = [
        CrossSpec(name=name, title=title, rows=by_name[rows], columns=by_name[columns])
        for name, title, rows, columns in _PAIRS
        if rows in by_name and columns in by_name
    ]
    for side, title, depth in _TREES:
        levels: list[TableSpec] = []
        for level in ("domains", "categories", "clusters", "leaves")[:depth]:
            table = by_name.get(f"{side}_{level}")
            if table is None:
                continue
            # Where some leaves are in clusters and some are not, the tree ends above them.
            if levels and not _hangs_from(levels[-1], table, parents):
                break
            levels.append(table)
        finest = levels[-1] if len(levels) > 1 else None
        if finest is not None and finest.facet is not None:
            found.append(
                TreeSpec(
                    name=f"{side}_tree",
                    title=f"{title}, as shares of all of them",
                    facet=finest.facet,
                    levels=tuple((level.level, level.keys) for level in levels),
                    parents=parents,
                    parts=tuple(_PARTS[level.level] for level in levels),
                )
            )
    if {"ai_categories", "human_categories"} <= by_name.keys():
        found.append(mirroring("mirroring", "Values people state that the assistant shows too"))
    return tuple(found)


def _hangs_from(above: TableSpec, table: TableSpec, parents: Mapping[str, str]) -> bool:
    names = {key.key for key in above.keys}
    return all(parents.get(key.key) in names for key in table.keys)
