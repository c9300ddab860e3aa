"""Training the naming model: which words annotators use for values, given a hidden state.

Ridge regression of "the annotator used this word" on one vector of hidden states, reduced to
a low rank, since five hundred words do not vary in five hundred ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vstk.evaluate import ridge
from vstk.evaluate.ridge import Hyperparameters
from vstk.heads import NamingModel
from vstk.heads.math import Floats

PENALTY = 0.003
RANK = 64

FEWEST = 2
"""A word that fewer conversations have is not learned."""

_PRIOR_COUNT = 0.3
"""Conversations added to each word's count, so that no base rate is 0."""


def train(
    states: Floats,
    phrases: Sequence[Sequence[str]],
    families: Callable[[str], frozenset[str]],
    *,
    is_learned: Callable[[str], bool] = lambda phrase: True,
    rank: int = RANK,
    meta: Mapping[str, Any] | None = None,
) -> NamingModel | None:
    """Train on annotators' own words.

    Args:
        states: one hidden state a conversation [conversations, width].
        phrases: the annotator's words for values, of each conversation in the same order.
        families: a phrase -> the word families that occur in it.
        is_learned: whether a phrase is to be learned (the watch list is not).
        rank: dimensions that are kept.
        meta: what the header of the file says of weights, sheet and source.

    Returns:
        `None` where too few annotations have words of their own.
    """
    named = [[phrase for phrase in each if is_learned(phrase)] for each in phrases]
    used = [{word for phrase in each for word in families(phrase)} for each in named]
    counts = Counter(word for words in used for word in words)
    words = tuple(sorted(word for word, count in counts.items() if count >= FEWEST))
    if not words:
        return None
    column = {word: index for index, word in enumerate(words)}
    targets = np.zeros((len(named), len(words)), dtype=np.float32)
    for row, present in enumerate(used):
        targets[row, [column[word] for word in present if word in column]] = 1
    x, mean, scale = ridge.standardised(states)
    coefficients, intercept = ridge.coefficients(
        [x],
        np.asarray(x @ x.T / x.shape[1]),
        targets,
        Hyperparameters(vectors=(1.0,), penalty=PENALTY),
    )
    left, values, right = np.linalg.svd(coefficients, full_matrices=False)
    return NamingModel(
        meta=dict(meta or {})
        | {
            "conversations": len(named),
            "words": list(words),
            "phrases": _kept(named, families, frozenset(words)),
        },
        mean=mean,
        scale=scale,
        projection=right[:rank],
        loadings=left[:, :rank] * values[:rank],
        intercept=intercept,
        base_rate=(targets.sum(axis=0) + _PRIOR_COUNT) / len(named),
    )


def _kept(
    named: Sequence[Sequence[str]],
    families: Callable[[str], frozenset[str]],
    words: frozenset[str],
) -> dict[str, int]:
    """Phrases and how often each occurs.

    What one annotator wrote of one conversation must not be kept in a file, unless it says
    nothing that the words do not.
    """
    counts = Counter(phrase for phrases in named for phrase in phrases)
    return {
        phrase: count
        for phrase, count in sorted(counts.items())
        if count >= FEWEST or families(phrase) <= words
    }
