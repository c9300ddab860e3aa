"""What a table counts: its public keys, and which of them a conversation has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from vstk.types import Facet, Key, LabelledConversation

Project = Callable[[LabelledConversation], Iterable[str]]
"""From a conversation to the keys it has. It may look at nothing else."""


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table to publish. Its keys come from a document, never from the data."""

    name: str
    title: str
    level: str
    """What a row is: `domain`, `category`, `label`, `group`, ..."""

    keys: tuple[Key, ...]
    facet: Facet | None = None
    project: Project | Mapping[str, str | tuple[str, ...]] | None = None
    """From labels of `facet` to keys, or from a whole conversation to keys;
    `None` where the labels of `facet` are the keys."""

    single: bool = False
    """Whether a conversation has at most one key here, the first of `keys`."""

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
