"""Which tables an audit can publish: keys from the taxonomy and the sheet alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vstk.policy import Privacy
from vstk.release import (
    ContributionBounds,
    NewValuesSpec,
    Plan,
    Spec,
    TableSpec,
    derived,
    flags,
    prepare,
)
from vstk.sheet import Sheet
from vstk.taxonomy import Taxonomy, Words
from vstk.types import Facet, RowKey

SUBJECTIVE = ("moderate", "high")
"""Levels of `subjectivity` that count as subjective (Huang et al. 2025)."""


def table_specs(sheet: Sheet, taxonomy: Taxonomy, words: Words | None = None) -> tuple[Spec, ...]:
    """Every table there is; the policy says which are asked for.

    Args:
        words: of the policy's lexicon, where new values are sought.
    """
    plain = _plain(sheet, taxonomy)
    parents = {label.key: label.parent for label in taxonomy.labels.values() if label.parent}
    return (*plain, *derived(plain, parents), *_new(words))


def plan_for_sizes(sizes: Mapping[int, int], privacy: Privacy, specs: Sequence[Spec]) -> Plan:
    """What could be published of people with so many conversations each."""
    counted = ContributionBounds.of(privacy).counted(sizes)
    return prepare(specs, privacy, conversations=counted)


def _new(words: Words | None) -> tuple[Spec, ...]:
    if words is None:
        return ()
    return (
        NewValuesSpec(
            title="Words for values outside the taxonomy that the assistant uses",
            words=frozenset(words.phrases),
            project=lambda conversation: conversation.labels.get("new_value", ()),
        ),
    )


def _below(taxonomy: Taxonomy) -> tuple[TableSpec, ...]:
    """Clusters and leaves, where the taxonomy has them: found below likely categories."""
    sides: tuple[tuple[str, str, Facet], ...] = (
        ("ai", "Values the assistant shows", "ai_leaf"),
        ("human", "Values people state", "human_leaf"),
    )
    clusters, leaves = taxonomy.keys("cluster"), taxonomy.keys("leaf")
    cluster_of = {
        leaf.key: above for leaf in leaves if (above := taxonomy.ancestor(leaf.key, "cluster"))
    }
    found = []
    for side, title, facet in sides:
        if clusters and leaves and len(cluster_of) == len(leaves):
            name = f"{side}_clusters"
            found.append(
                _values(name, f"{title}, by group", "cluster", facet, clusters, cluster_of)
            )
        if leaves:
            found.append(_values(f"{side}_leaves", f"{title}, one by one", "leaf", facet, leaves))
    return tuple(found)


def _plain(sheet: Sheet, taxonomy: Taxonomy) -> tuple[TableSpec, ...]:
    domains, categories = taxonomy.keys("domain"), taxonomy.keys("category")
    domain_of = {key.key: _domain(taxonomy, key.key) for key in categories}
    return (
        TableSpec(
            name="subjectivity",
            title="Conversations that leave room for values",
            level="label",
            facet="subjectivity",
            keys=(RowKey("subjective", "Subjective"),),
            project=dict.fromkeys(SUBJECTIVE, "subjective"),
            single=True,
        ),
        _values(
            "ai_domains",
            "Values the assistant shows, by domain",
            "domain",
            "ai_value",
            domains,
            domain_of,
        ),
        _values(
            "ai_categories",
            "Values the assistant shows, by category",
            "category",
            "ai_value",
            categories,
            None,
        ),
        _values(
            "human_domains",
            "Values people state, by domain",
            "domain",
            "human_value",
            domains,
            domain_of,
        ),
        _values(
            "human_categories",
            "Values people state, by category",
            "category",
            "human_value",
            categories,
            None,
        ),
        TableSpec(
            name="response_types",
            title="How the assistant answers people's values",
            level="label",
            facet="response_type",
            keys=sheet.resolve(categories)["response_type"].labels,
            single=True,
        ),
        TableSpec(
            name="tasks",
            title="What people ask for",
            level="label",
            facet="task",
            keys=sheet.resolve(categories)["task"].labels,
            single=True,
        ),
        TableSpec(
            name="watch_list",
            title="Watch list",
            level="group",
            keys=(
                RowKey("harmful_values", "Replies that express harmful values"),
                RowKey("jailbreak_attempt", "Attempts to make the assistant drop its rules"),
            ),
            project=flags({"harmful_values": ("yes",), "jailbreak_attempt": ("yes",)}),
        ),
        *_below(taxonomy),
    )


def _values(
    name: str,
    title: str,
    level: str,
    facet: Facet,
    keys: tuple[RowKey, ...],
    project: dict[str, str] | None = None,
) -> TableSpec:
    return TableSpec(name=name, title=title, level=level, facet=facet, keys=keys, project=project)


def _domain(taxonomy: Taxonomy, category: str) -> str:
    domain = taxonomy.ancestor(category, "domain")
    assert domain is not None, "a taxonomy has every category under a domain"
    return domain
