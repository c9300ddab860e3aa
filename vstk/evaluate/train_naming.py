"""Learning how annotators name values: hidden states to words.

Ridge regression of "somebody used this word" on one vector of hidden states, cut to
a few dimensions, since five hundred words do not vary in five hundred ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.evaluate import ridge
from vstk.evaluate.gold import GoldConversation
from vstk.evaluate.ridge import Floats, Hyperparameters

PENALTY = 0.003
RANK = 64

FEWEST = 2
"""A word that fewer conversations have is not learned."""


@dataclass(frozen=True, eq=False)
class FittedNaming:
    """What was learned, as arrays; see `vstk.extract.fine_labels.WordModel`."""

    words: tuple[str, ...]
    phrases: dict[str, int]
    mean: Floats
    scale: Floats
    down: Floats
    up: Floats
    level: Floats
    share: Floats


def fit(
    states: NDArray[np.floating[Any]],
    records: Sequence[GoldConversation],
    families: Callable[[str], frozenset[str]],
    *,
    known: Callable[[str], bool] = lambda phrase: True,
    rank: int = RANK,
) -> FittedNaming | None:
    """Learn from the first annotator's own words for the assistant's values.

    Args:
        states: one hidden state a conversation [conversations, width].
        records: the conversations, in the same order.
        families: a phrase -> what its words have in common with their other forms.
        known: whether a phrase is to be learned (the watch list is not).
        rank: dimensions that are kept.

    Returns:
        `None` where too few annotations have words of their own.
    """
    named = [[p for p in record.annotations[0].ai_words if known(p)] for record in records]
    said = [{word for phrase in phrases for word in families(phrase)} for phrases in named]
    counts = Counter(word for words in said for word in words)
    words = tuple(sorted(word for word, count in counts.items() if count >= FEWEST))
    if not words:
        return None
    place = {word: index for index, word in enumerate(words)}
    targets = np.zeros((len(records), len(words)), dtype=np.float32)
    for row, held in enumerate(said):
        targets[row, [place[word] for word in held if word in place]] = 1
    # What one annotator wrote of one conversation must not travel in a file, unless it says
    # nothing that the words do not.
    times = Counter(phrase for phrases in named for phrase in phrases)
    kept = {
        phrase: count
        for phrase, count in sorted(times.items())
        if count >= FEWEST or families(phrase) <= place.keys()
    }
    states = states.astype(np.float32)
    mean, scale = states.mean(axis=0), np.maximum(states.std(axis=0), 1e-4)
    x = (states - mean) / scale
    # The length of a hidden state says how odd a text is, not what is in it.
    x *= np.sqrt(x.shape[1]) / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    kernel = x @ x.T / x.shape[1]
    weight, level = ridge.coefficients(
        [x], kernel, targets, Hyperparameters(vectors=(1.0,), penalty=PENALTY)
    )
    left, values, right = np.linalg.svd(weight, full_matrices=False)
    return FittedNaming(
        words=words,
        phrases=kept,
        mean=mean,
        scale=scale,
        down=right[:rank],
        up=left[:, :rank] * values[:rank],
        level=level,
        share=(targets.sum(axis=0) + 0.3) / len(records),
    )
