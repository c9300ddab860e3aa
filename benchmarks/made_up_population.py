"""A made-up population in the shape of the published frequencies of values.

3,307 values in a ragged tree of 5 / 26 / 266, five values in a fifth of all conversations
and a long tail that clusters by person, conversations per person log-normal (median 3).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from vstk.types import LabelledConversation

SIZES = (5, 26, 266, 3307)
LEVELS = ("domain", "category", "cluster", "leaf")


@dataclass(frozen=True)
class Population:
    """Who had which conversations with which values."""

    owner: np.ndarray
    """Of each conversation, the person."""

    conversation: np.ndarray
    value: np.ndarray
    """Pairs of a conversation and a value it shows, each once."""

    parents: tuple[np.ndarray, ...]

    @property
    def people(self) -> int:
        return int(self.owner[-1]) + 1


def population(people: int, seed: int) -> Population:
    """Draw people, their conversations and what these show."""
    random = np.random.default_rng(seed)
    counts = np.clip(np.rint(np.exp(random.normal(np.log(3), 1.22, people))), 1, 1500).astype(int)
    owner = np.repeat(np.arange(people), counts)
    head = np.array([0.234, 0.229, 0.174, 0.166, 0.143])
    tail = 0.12 * (np.arange(6, SIZES[-1] + 1) / 6) ** -1.1
    pairs = [np.argwhere(random.random((len(owner), 5)) < head)]
    # Half of what a conversation shows of the tail is of its owner's own twentieth of it.
    topic = random.integers(0, 20, people)
    drawn = random.poisson(tail.sum(), len(owner))
    conversation = np.repeat(np.arange(len(owner)), drawn)
    place = random.choice(len(tail), len(conversation), p=tail / tail.sum())
    own = random.random(len(place)) < 0.5
    place[own] = place[own] - place[own] % 20 + topic[owner[conversation[own]]]
    place = np.minimum(place, len(tail) - 1)
    pairs.append(np.column_stack([conversation, place + 5]))
    unique = np.unique(np.concatenate(pairs), axis=0)
    parents = tuple(
        np.concatenate([np.arange(above), random.integers(0, above, below - above)])
        for above, below in itertools.pairwise(SIZES)
    )
    return Population(owner, unique[:, 0], unique[:, 1], parents)


def log(drawn: Population) -> list[LabelledConversation]:
    """The population as labelled conversations."""
    starts = np.searchsorted(drawn.conversation, np.arange(len(drawn.owner) + 1))
    names = [f"v{n}" for n in range(SIZES[-1])]
    return [
        LabelledConversation(
            unit_id=f"{person:07d}",
            key=f"{number:08d}",
            labels={
                "ai_value": tuple(
                    names[v] for v in drawn.value[starts[number] : starts[number + 1]]
                )
            },
        )
        for number, person in enumerate(drawn.owner.tolist())
    ]


def ancestors(drawn: Population) -> np.ndarray:
    """Of each leaf, its domain."""
    return drawn.parents[0][drawn.parents[1][drawn.parents[2]]]
