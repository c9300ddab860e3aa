"""Fine labels: which leaves of the taxonomy a conversation has, below its chosen categories.

The naming model (`vstk.heads.NamingModel`) estimates from a hidden state how likely each word
is to occur in the name that an annotator would give to a value of the assistant. It knows words
and not leaves, so it works with any taxonomy. The score of a leaf is

    log of how often annotators named the leaf
    + mean over the leaf's words of log (probability here / probability anywhere)
    + TEXT_WEIGHT * log (1 + number of times that the text contains the leaf)

In each chosen category, the leaf with the highest score is chosen, and others whose score is
close. For values that people state, only leaves that occur in their own text are considered.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vstk.extract.phrase_match import StemmedPhrases
from vstk.extract.stemming import word_families
from vstk.heads import NamingModel
from vstk.heads.math import Floats
from vstk.types import Answer, Facet, Role, Turn

TEXT_WEIGHT = 1.5
"""Weight of a leaf's own words in the text, relative to the naming model."""

CLOSE_SHARE = 0.25
"""Share of its category's probability from which a leaf is chosen beside the best one."""

_PSEUDO_COUNT = 0.3
"""Added to the number of times that annotators named a leaf, so that its log is finite."""


class Leaf(NamedTuple):
    """The lowest level of a taxonomy."""

    key: str
    category: str
    names: tuple[str, ...]
    """Its title, then its synonyms."""


class LeafFacet(NamedTuple):
    """The facet of the leaves below a facet's categories, and the side whose text is searched."""

    facet: Facet
    about: Role


class Leaves:
    """Finds leaves of a taxonomy in conversations."""

    def __init__(
        self,
        leaves: Sequence[Leaf],
        model: NamingModel | None,
        facets: Mapping[Facet, LeafFacet],
    ) -> None:
        """Prepare a taxonomy's leaves.

        Args:
            leaves: all leaves of the taxonomy.
            model: the naming model; without it only leaves that occur in the text are found.
            facets: facet of categories -> facet of the leaves below them.
        """
        self.model = model
        self._facets = facets
        self._lexicon = StemmedPhrases({leaf.key: leaf.names for leaf in leaves})
        self._below: dict[str, list[str]] = {}
        for leaf in leaves:
            self._below.setdefault(leaf.category, []).append(leaf.key)
        self._words = {leaf.key: word_families(leaf.names[0]) for leaf in leaves}
        mentions: Counter[str | None] = Counter()
        if model is not None:
            index = LeafIndex(leaves)
            for phrase, count in model.meta["phrases"].items():
                mentions[index.leaf(phrase)] += count
        conversations = int(model.meta["conversations"]) if model is not None else 1
        self._prior = {
            leaf.key: math.log((mentions[leaf.key] + _PSEUDO_COUNT) / conversations)
            for leaf in leaves
        }

    def find(
        self,
        answers: Iterable[Answer],
        turns: Sequence[Turn],
        state: Floats | None,
    ) -> list[Answer]:
        """The leaves below the chosen categories.

        Args:
            answers: answers of all facets, including the categories.
            turns: all turns of the conversation.
            state: hidden state for the naming model, of shape [width]; `None` without a model.
        """
        lift = self.model.lift(state) if self.model is not None and state is not None else {}
        found: list[Answer] = []
        counts: dict[Role, dict[str, int]] = {}
        for answer in answers:
            if not answer.chosen or answer.facet not in self._facets:
                continue
            facet, role = self._facets[answer.facet]
            if role not in counts:
                counts[role] = self._lexicon.counts(t.text for t in turns if t.role == role)
            keys = self._below.get(answer.label, [])
            if role == "user" or not lift:
                keys = [key for key in keys if key in counts[role]]
            scores = {key: self._score(key, counts[role], lift) for key in keys}
            found += [
                Answer(facet=facet, label=key, probability=answer.probability * part, chosen=True)
                for key, part in _best(scores)
            ]
        return found

    def frequency(self, key: str) -> float:
        """Log of the mean number of times per conversation that annotators named a leaf."""
        return self._prior[key]

    def _score(self, key: str, counts: Mapping[str, int], lift: Mapping[str, float]) -> float:
        words = self._words[key]
        learned = sum(lift.get(word, 0.0) for word in words) / len(words)
        return self._prior[key] + learned + TEXT_WEIGHT * math.log1p(counts.get(key, 0))


class LeafIndex:
    """Finds the leaf that an annotator's own words name."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        """Index leaves by the words of their titles and synonyms."""
        self._by_word: dict[str, list[tuple[frozenset[str], str]]] = {}
        for leaf in leaves:
            for words in {word_families(name) for name in leaf.names}:
                for word in words:
                    self._by_word.setdefault(word, []).append((words, leaf.key))

    def leaf(self, phrase: str) -> str | None:
        """The leaf whose words all occur in the phrase; of several, the one with the most words."""
        words = word_families(phrase)
        held = [one for word in words for one in self._by_word.get(word, ()) if one[0] <= words]
        return max(held, key=lambda one: (len(one[0]), one[1]))[1] if held else None


def _best(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """The key with the highest score and those close to it, each with its share of the sum."""
    if not scores:
        return []
    top = max(scores.values())
    powers = {key: math.exp(score - top) for key, score in scores.items()}
    whole = sum(powers.values())
    best = max(powers, key=lambda key: (powers[key], key))
    return [
        (key, power / whole)
        for key, power in powers.items()
        if key == best or power / whole >= CLOSE_SHARE
    ]
