"""Down the tree: which leaves a conversation has, of the categories that were found.

A naming model (`vstk.heads.NamingModel`) estimates how likely each word is to be in an
annotator's own name for a value of the assistant, given a hidden state. It knows words, not
leaves, so it serves whatever taxonomy is loaded. A leaf is as likely as its
words are, and likelier where the text itself has them:

    score = log of how often the leaf was named
          + mean over its words of log (likely here / likely anywhere)
          + EVIDENCE * log (1 + times that the text has it)

Within a likely category the best leaf counts, and others that come near it. What
people state they state in words, so their leaves are those that their own text has.
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

EVIDENCE = 1.5
NEAR = 0.25
"""Share of its category's probability from which a leaf beside the best one counts."""

_UNSEEN = 0.3
"""Times that a leaf which nobody named counts as named."""


class Leaf(NamedTuple):
    """The lowest level of a taxonomy."""

    key: str
    category: str
    ways: tuple[str, ...]
    """Its title and its synonyms."""


class LeafFacet(NamedTuple):
    """Where the leaves below a facet's categories go, and whose words speak for them."""

    facet: Facet
    about: Role


class Leaves:
    """The leaves of a taxonomy, ready to be looked for."""

    def __init__(
        self,
        leaves: Sequence[Leaf],
        model: NamingModel | None,
        facets: Mapping[Facet, LeafFacet],
    ) -> None:
        """Prepare a taxonomy's leaves.

        Args:
            leaves: all of them.
            model: what was learned; without it the text's own words decide alone.
            facets: facet of categories -> facet of the leaves below them.
        """
        self.model = model
        self._facets = facets
        self._lexicon = StemmedPhrases({leaf.key: leaf.ways for leaf in leaves})
        self._below: dict[str, list[str]] = {}
        for leaf in leaves:
            self._below.setdefault(leaf.category, []).append(leaf.key)
        self._words = {leaf.key: word_families(leaf.ways[0]) for leaf in leaves}
        named: Counter[str | None] = Counter()
        if model is not None:
            names = LeafIndex(leaves)
            for phrase, count in model.meta["phrases"].items():
                named[names.leaf(phrase)] += count
        conversations = int(model.meta["conversations"]) if model is not None else 1
        self._prior = {
            leaf.key: math.log((named[leaf.key] + _UNSEEN) / conversations) for leaf in leaves
        }

    def find(
        self,
        answers: Iterable[Answer],
        turns: Sequence[Turn],
        state: Floats | None,
    ) -> list[Answer]:
        """The leaves below the chosen categories.

        Args:
            answers: among them the categories.
            turns: the whole conversation.
            state: the hidden state that the model reads, if there is a model.
        """
        lift = self.model.lift(state) if self.model is not None and state is not None else {}
        found: list[Answer] = []
        said: dict[Role, dict[str, int]] = {}
        for answer in answers:
            if not answer.chosen or answer.facet not in self._facets:
                continue
            facet, role = self._facets[answer.facet]
            if role not in said:
                said[role] = self._lexicon.counts(t.text for t in turns if t.role == role)
            keys = self._below.get(answer.label, [])
            if role == "user" or not lift:
                keys = [key for key in keys if key in said[role]]
            scores = {key: self._score(key, said[role], lift) for key in keys}
            found += [
                Answer(facet=facet, label=key, probability=answer.probability * part, chosen=True)
                for key, part in _nearest(scores)
            ]
        return found

    def frequency(self, key: str) -> float:
        """Log of how often annotators named a leaf, a conversation."""
        return self._prior[key]

    def _score(self, key: str, said: Mapping[str, int], lift: Mapping[str, float]) -> float:
        words = self._words[key]
        learned = sum(lift.get(word, 0.0) for word in words) / len(words)
        return self._prior[key] + learned + EVIDENCE * math.log1p(said.get(key, 0))


class LeafIndex:
    """Which leaf an annotator's own words name."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self._holders: dict[str, list[tuple[frozenset[str], str]]] = {}
        for leaf in leaves:
            for words in {word_families(way) for way in leaf.ways}:
                for word in words:
                    self._holders.setdefault(word, []).append((words, leaf.key))

    def leaf(self, phrase: str) -> str | None:
        """The leaf whose words the phrase has; of several the one with most words."""
        words = word_families(phrase)
        held = [one for word in words for one in self._holders.get(word, ()) if one[0] <= words]
        return max(held, key=lambda one: (len(one[0]), one[1]))[1] if held else None


def _nearest(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """The best, and what comes near it, with their parts of the whole."""
    if not scores:
        return []
    top = max(scores.values())
    powers = {key: math.exp(score - top) for key, score in scores.items()}
    whole = sum(powers.values())
    best = max(powers, key=lambda key: (powers[key], key))
    return [
        (key, power / whole)
        for key, power in powers.items()
        if key == best or power / whole >= NEAR
    ]
