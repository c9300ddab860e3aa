"""What a table counts: its public keys, and which of them a conversation has.

    TableSpec       rows of one question
    CrossSpec       rows of one question against rows of another
    TreeSpec        several levels of one question, measured together
    NewValuesSpec   words of a public list, those that enough people brought up

Keys come from documents, never from the data; new values from a list, at a price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vstk.types import Facet, LabelledConversation, RowKey

Project = Callable[[LabelledConversation], Iterable[str]]
"""From a conversation to the keys it has. It may look at nothing else."""

BETWEEN = " / "
"""Between the two keys of a cell of a cross table."""


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table to publish."""

    name: str
    title: str
    level: str
    """What a row is: `domain`, `category`, `label`, `group`, ..."""

    keys: tuple[RowKey, ...]
    facet: Facet | None = None
    project: Project | Mapping[str, str | tuple[str, ...]] | None = None
    """From labels of `facet` to keys, or from a whole conversation to keys;
    `None` where the labels of `facet` are the keys."""

    single: bool = False
    """Whether a conversation has at most one key here, the first of `keys`."""

    shared: bool = False
    """Whether a conversation's one vote is shared out evenly over its keys."""

    max_conversations: int | None = None
    """A unit counts for at most this many conversations, if fewer than in the policy."""

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError(f"table '{self.name}' has no keys")
        if len({key.key for key in self.keys}) != len(self.keys):
            raise ValueError(f"table '{self.name}' names a key twice")
        if self.facet is None and not callable(self.project):
            raise ValueError(f"table '{self.name}' says neither facet nor project")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key.key: place for place, key in enumerate(self.keys)}

    def cells(self, conversation: LabelledConversation) -> tuple[int, ...]:
        """Places of the keys that a conversation has, each once, in order.

        What is no key of the table is not counted: a label that nobody declared
        cannot come into being here.
        """
        places = sorted({self._places[k] for k in self._named(conversation) if k in self._places})
        return tuple(places[:1] if self.single else places)

    def _named(self, conversation: LabelledConversation) -> Iterable[str]:
        project = self.project
        if callable(project):
            return project(conversation)
        assert self.facet is not None
        labels = conversation.labels.get(self.facet, ())
        if project is None:
            return labels
        named: list[str] = []
        for label in labels:
            keys = project.get(label, ())
            named.extend((keys,) if isinstance(keys, str) else keys)
        return named


@dataclass(frozen=True, kw_only=True)
class CrossSpec:
    """A table of pairs. A unit counts for one conversation here, or the test of
    association would take one talkative person for many independent ones."""

    name: str
    title: str
    rows: TableSpec
    columns: TableSpec

    @cached_property
    def flat(self) -> TableSpec:
        """The pairs as one vector, row by row, a conversation's vote shared over its pairs."""

        def pairs(conversation: LabelledConversation) -> list[str]:
            columns = [self.columns.keys[c].key for c in self.columns.cells(conversation)]
            return [
                self.rows.keys[r].key + BETWEEN + column
                for r in self.rows.cells(conversation)
                for column in columns
            ]

        keys = tuple(
            RowKey(row.key + BETWEEN + column.key, row.title + BETWEEN + column.title)
            for row in self.rows.keys
            for column in self.columns.keys
        )
        return TableSpec(
            name=self.name,
            title=self.title,
            level="pair",
            keys=keys,
            project=pairs,
            shared=True,
            max_conversations=1,
        )


@dataclass(frozen=True, kw_only=True)
class TreeSpec:
    """Levels of one taxonomy, each conversation's vote shared over its labels.

    Votes add up: a parent's are the sum of its children's, which is what lets
    the levels correct each other's noise.
    """

    name: str
    title: str
    facet: Facet
    levels: tuple[tuple[str, tuple[RowKey, ...]], ...]
    """Name and keys of each level, the coarsest first; labels are keys of the last."""

    parents: Mapping[str, str]
    """From a key to its parent's, for every level but the first."""

    parts: tuple[int, ...]
    """Parts of the table's budget, level by level."""

    def __post_init__(self) -> None:
        if not self.levels or len(self.parts) != len(self.levels):
            raise ValueError(f"tree '{self.name}' needs one part of the budget for each level")
        for (_, above), (_, below) in zip(self.levels, self.levels[1:], strict=False):
            names = {key.key for key in above}
            if any(self.parents.get(key.key) not in names for key in below):
                raise ValueError(f"tree '{self.name}' has a key without a parent")

    @cached_property
    def leaves(self) -> TableSpec:
        """The finest level."""
        level, keys = self.levels[-1]
        return TableSpec(
            name=f"{self.name}-{level}",
            title=self.title,
            level=level,
            keys=keys,
            facet=self.facet,
            shared=True,
        )

    @cached_property
    def places(self) -> list[list[int]]:
        """For each level but the first, the place of each key's parent above it."""
        found = []
        for (_, above), (_, below) in zip(self.levels, self.levels[1:], strict=False):
            place = {key.key: n for n, key in enumerate(above)}
            found.append([place[self.parents[key.key]] for key in below])
        return found


@dataclass(frozen=True, kw_only=True)
class NewValuesSpec:
    """Words outside the taxonomy that enough people brought up, and how often."""

    title: str
    words: frozenset[str]
    """The public list, without what the taxonomy has: only these can be named."""

    project: Project
    """From a conversation to the words of the list that it has."""

    name: str = "new_values"

    def found(self, words: tuple[str, ...]) -> TableSpec:
        """The table of the words that were found."""
        keys = tuple(RowKey(word, word.replace("-", " ")) for word in words)
        return TableSpec(
            name=self.name, title=self.title, level="word", keys=keys, project=self.project
        )


Spec = TableSpec | CrossSpec | TreeSpec | NewValuesSpec


def flags(facets: Mapping[Facet, Iterable[str]]) -> Project:
    """A projection for a table with one key per facet, such as the watch list.

    Args:
        facets: for each facet, which of its labels make a conversation count.
            The facet's name is the key.
    """
    counted = {facet: frozenset(labels) for facet, labels in facets.items()}

    def project(conversation: LabelledConversation) -> Iterable[str]:
        return [
            facet
            for facet, labels in counted.items()
            if not labels.isdisjoint(conversation.labels.get(facet, ()))
        ]

    return project


def mirroring(
    name: str, title: str, *, stated: tuple[Facet, str], mirrored: tuple[Facet, str]
) -> TableSpec:
    """How often a label of one facet is found in another facet, too.

    Args:
        stated: the first facet, and the title of the row of conversations that have a label of it.
        mirrored: the second facet, and the title of the row of those that have the same of it.
    """

    def project(conversation: LabelledConversation) -> Iterable[str]:
        first = set(conversation.labels.get(stated[0], ()))
        second = set(conversation.labels.get(mirrored[0], ()))
        return (["stated"] if first else []) + (["mirrored"] if first & second else [])

    keys = (RowKey("stated", stated[1]), RowKey("mirrored", mirrored[1]))
    return TableSpec(name=name, title=title, level="group", keys=keys, project=project)


def segment_of(conversation: LabelledConversation, dimension: str) -> str | None:
    """The declared value of a conversation in one dimension: team, model, language, period."""
    if dimension == "period":
        return conversation.period
    return conversation.segments.get(dimension)


def segmented(spec: TableSpec, dimension: str, values: tuple[str, ...]) -> TableSpec:
    """A table once for each declared value, as one vector: value by value, all keys.

    A conversation is in one segment at most, so a unit adds no more to all of
    them together than it would to the table alone.
    """

    def project(conversation: LabelledConversation) -> list[str]:
        value = segment_of(conversation, dimension)
        return (
            [value + BETWEEN + spec.keys[cell].key for cell in spec.cells(conversation)]
            if (value in values and value is not None)
            else []
        )

    keys = tuple(RowKey(v + BETWEEN + k.key, k.title) for v in values for k in spec.keys)
    return replace(spec, keys=keys, facet=None, project=project)


def segment_sizes(dimension: str, values: tuple[str, ...]) -> TableSpec:
    """How many conversations each declared value has."""

    def project(conversation: LabelledConversation) -> list[str]:
        value = segment_of(conversation, dimension)
        return [] if value is None else [value]

    return TableSpec(
        name=dimension,
        title=dimension,
        level="segment",
        keys=tuple(RowKey(value, value) for value in values),
        project=project,
        single=True,
    )
