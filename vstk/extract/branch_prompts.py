"""The prompts that ask a facet's question after a conversation, and their log-odds."""

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

ASSISTANT_TURN = "<|im_end|>\n<|im_start|>assistant\n"

Tokenise = Callable[[str, bool], Tokens]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPrompts:
    """The tokenised prompts of one facet.

    A choice has one prompt with an answer for each label. Otherwise each label has its own
    prompt, with the answers Yes and No.
    """

    question: Tokens
    """The tokens that all prompts begin with; evaluated once per conversation."""

    continuations: tuple[Tokens, ...]
    """The rest of each prompt."""

    options: tuple[tuple[int, ...], ...]
    """For each possible answer, the tokens that mean it."""

    is_choice: bool

    def log_odds(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert logits [continuations, answers] to the log-odds of each label [labels]."""
        scores = np.empty((len(self.continuations), len(self.options)))
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
        """All tokens of `options` in order: the tokens whose logits `log_odds` needs."""
        return tuple(token for option in self.options for token in option)


def build_branch_prompts(
    question: FacetQuestion, labels: Sequence[RowKey], tokenise: Tokenise
) -> BranchPrompts:
    """Tokenise a facet's question about these labels.

    The labels may be other ones than the sheet lists, such as leaves of a taxonomy or an
    organisation's own values; they are asked with the same question.

    Raises:
        ModelUnverified: an answer is not a single token of the model.
    """
    wording = {}
    if not isinstance(question.labels, str):
        wording = {label.key: label.option for label in question.labels}
    texts = [wording.get(label.key) or label.title for label in labels]
    if question.is_choice:
        letters = ascii_uppercase[: len(texts)]
        option_list = "\n".join(f"{a}. {b}" for a, b in zip(letters, texts, strict=True))
        return BranchPrompts(
            question=tokenise(f"<|im_start|>user\n{question.question}\n", True),
            continuations=(
                tokenise(f"{option_list}\nAnswer with one letter.{ASSISTANT_TURN}", True),
            ),
            options=tuple(_spellings((letter,), tokenise) for letter in letters),
            is_choice=True,
        )
    before, after = question.question.split("{label}")
    # The space is tokenised with the label, as it was in the model's training text.
    space = " " if before.endswith(" ") else ""
    return BranchPrompts(
        question=tokenise(f"<|im_start|>user\n{before.rstrip()}", True),
        continuations=tuple(
            tokenise(f"{space}{text}{after}{ASSISTANT_TURN}", True) for text in texts
        ),
        options=(
            _spellings(("Yes", "yes", " Yes", " yes"), tokenise),
            _spellings(("No", "no", " No", " no"), tokenise),
        ),
        is_choice=False,
    )


def _spellings(words: Sequence[str], tokenise: Tokenise) -> tuple[int, ...]:
    """The distinct spellings of an answer that are single tokens."""
    spellings = [tokenise(word, False) for word in words]
    single = tuple(dict.fromkeys(tokens[0] for tokens in spellings if len(tokens) == 1))
    if not single:
        raise ModelUnverified(
            f"'{words[0]}' is not a single token of this model, so its score cannot be read.",
            remedy="use another model; see `vstk models list`.",
        )
    return single
