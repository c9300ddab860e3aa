"""Questions: a facet's wording as branches of the trunk, and their scores as log-odds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from vstk.errors import ModelUnverified
from vstk.extract.window import Tokens
from vstk.sheet import FacetQuestion
from vstk.types import RowKey

CLOSE = "<|im_end|>\n<|im_start|>assistant\n"

Tokenise = Callable[[str, bool], Tokens]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """One facet's questions, ready to be evaluated."""

    stem: Tokens
    """What the questions have in common; evaluated once a conversation."""

    tails: tuple[Tokens, ...]
    options: tuple[tuple[int, ...], ...]
    """For each possible answer, the tokens that mean it."""

    is_choice: bool
    """One tail with an option for each label, or for each label a tail with Yes and No."""

    def log_odds(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits [tails, all option tokens in order] to the log-odds of each label."""
        scores = np.empty((len(self.tails), len(self.options)))
        start = 0
        for index, tokens in enumerate(self.options):
            part = logits[:, start : start + len(tokens)]
            scores[:, index] = np.logaddexp.reduce(part, axis=1)
            start += len(tokens)
        if not self.is_choice:
            return np.asarray(scores[:, 0] - scores[:, 1])
        others = [
            np.logaddexp.reduce(np.delete(scores[0], index)) for index in range(len(scores[0]))
        ]
        return np.asarray(scores[0] - others)

    @property
    def answers(self) -> tuple[int, ...]:
        """Every token whose score is wanted."""
        return tuple(token for option in self.options for token in option)


def branches(question: FacetQuestion, labels: Sequence[RowKey], tokenise: Tokenise) -> Branches:
    """Put a facet's question about these labels into tokens.

    The labels may also be finer ones than the sheet names (leaves of a taxonomy,
    an organisation's own values): the question is the same.
    """
    wording = {}
    if not isinstance(question.labels, str):
        wording = {label.key: label.option for label in question.labels}
    texts = [wording.get(label.key) or label.title for label in labels]
    if question.is_choice:
        letters = ascii_uppercase[: len(texts)]
        listed = "\n".join(f"{a}. {b}" for a, b in zip(letters, texts, strict=True))
        return Branches(
            stem=tokenise(f"<|im_start|>user\n{question.question}\n", True),
            tails=(tokenise(f"{listed}\nAnswer with one letter.{CLOSE}", True),),
            options=tuple(_spellings((letter,), tokenise) for letter in letters),
            is_choice=True,
        )
    before, after = question.question.split("{label}")
    # The space goes with the label, as it does in the text that models learnt from.
    space = " " if before.endswith(" ") else ""
    return Branches(
        stem=tokenise(f"<|im_start|>user\n{before.rstrip()}", True),
        tails=tuple(tokenise(f"{space}{text}{after}{CLOSE}", True) for text in texts),
        options=(
            _spellings(("Yes", "yes", " Yes", " yes"), tokenise),
            _spellings(("No", "no", " No", " no"), tokenise),
        ),
        is_choice=False,
    )


def _spellings(words: Sequence[str], tokenise: Tokenise) -> tuple[int, ...]:
    """The ways to write an answer that are one token, each once."""
    found = [tokenise(word, False) for word in words]
    single = tuple(dict.fromkeys(tokens[0] for tokens in found if len(tokens) == 1))
    if not single:
        raise ModelUnverified(
            f"To these weights '{words[0]}' is not one token, so its score cannot be read.",
            remedy="use other weights; `vstk models list` names some.",
        )
    return single
