"""Whether annotators' own words are found among leaves; `leaves.py` says what that means."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from vstk import evaluate as evaluation
from vstk import registry
from vstk.extract.fine_labels import Leaf, LeafIndex
from vstk.extract.stemming import word_families
from vstk.pipeline.instrument import Instrument

PIPELINE = "en_core_web_md-3.8.0"


def leaf_list(measured: Instrument) -> list[Leaf]:
    """The taxonomy's leaves as the extractor is given them."""
    tree = measured.taxonomy
    return [
        Leaf(key.key, category, tree.phrases(key.key))
        for key in tree.keys("leaf")
        if (category := tree.ancestor(key.key, "category"))
    ]


class Judge:
    """Says whether a word is found among leaves."""

    def __init__(self, measured: Instrument) -> None:
        import spacy

        self._vocabulary = spacy.load(registry.verify(PIPELINE), enable=[]).vocab
        self._tree = leaf_list(measured)
        self._names = LeafIndex(self._tree)
        self._title = {leaf.key: leaf.ways[0] for leaf in self._tree}
        self._category = {leaf.key: leaf.category for leaf in self._tree}
        self._vectors = {leaf.key: self._vector(leaf.ways[0]) for leaf in self._tree}
        random = np.random.default_rng(0)
        pairs = [
            float(self._vectors[a.key] @ self._vectors[b.key])
            for a, b in (
                (self._tree[i], self._tree[j])
                for i, j in random.integers(0, len(self._tree), (40_000, 2))
            )
            if a.category != b.category
        ]
        self.close = float(np.quantile(pairs, 0.99))

    def shares(
        self,
        records: Sequence[evaluation.GoldConversation],
        leaves: Sequence[Sequence[Sequence[str]]],
    ) -> tuple[float, float]:
        """Shares of words that are found, and that are at home, over all annotators."""
        found, home = [], []
        for record, each in zip(records, leaves, strict=True):
            for annotation, keys in zip(record.annotations, itertools.cycle(each), strict=False):
                for word in annotation.words["ai_value"]:
                    is_found = any(self._is_close(word, key) for key in keys)
                    category = self._of(word, annotation.labels["ai_value"])
                    found.append(is_found)
                    home.append(is_found or category in {self._category[key] for key in keys})
        return float(np.mean(found)), float(np.mean(home))

    def _is_close(self, word: str, key: str) -> bool:
        mine, other = word_families(word), word_families(self._title[key])
        return (
            self._names.leaf(word) == key
            or mine <= other
            or other <= mine
            or float(self._vector(word) @ self._vectors[key]) >= self.close
        )

    def _of(self, word: str, categories: Sequence[str]) -> str:
        """The category of a word: of the leaf that it names, or of the nearest that can be."""
        key = self._names.leaf(word)
        if key is None or self._category[key] not in categories:
            vector = self._vector(word)
            able = [leaf.key for leaf in self._tree if leaf.category in categories]
            key = max(able, key=lambda one: float(vector @ self._vectors[one]), default=key)
        return self._category[key] if key is not None else ""

    def _vector(self, phrase: str) -> np.ndarray:
        held = [self._vocabulary.get_vector(word) for word in phrase.replace("-", " ").split()]
        vector = np.sum([v / (np.linalg.norm(v) or 1) for v in held], axis=0)
        return np.asarray(vector / (np.linalg.norm(vector) or 1))
