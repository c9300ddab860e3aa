"""The extractor: assigns labels to conversations with a local model and a question sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vstk.errors import ModelUnverified
from vstk.extract.branch_prompts import BranchPrompts, build_branch_prompts
from vstk.extract.compatibility import (
    check_heads,
    check_reading,
    naming_position,
    uncalibrated,
)
from vstk.extract.fine_labels import Leaves
from vstk.extract.llama import BATCH, Llama
from vstk.extract.phrase_match import ExactPhrases
from vstk.extract.prompt_layout import PromptLayout, PromptTokens, pool_hidden_states
from vstk.heads import Heads, Platt, choices
from vstk.heads.math import sigmoid, softmax
from vstk.sheet import FacetQuestion, Sheet
from vstk.types import Answer, Extraction, Facet, RowKey, ScrubbedConversation, Turn

MAX_BRANCHES = 32
"""Branches evaluated in one call. It exceeds the 26 categories, whose prompts share a stem."""


class Unreadable(Exception):
    """A conversation that cannot be labelled. Holds a reason code and no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Extractor:
    """Labels conversations, one at a time, with labels of a closed vocabulary.

    A facet that has a head is read from the hidden states of the lower layers; the upper layers
    do not run. A facet without a head is asked by branch prompts, which need all layers.
    """

    def __init__(
        self,
        weights: Path,
        sheet: Sheet,
        categories: Sequence[RowKey],
        heads: Heads | None,
        window: int,
        threads: int = 1,
        *,
        weights_sha256: str | None = None,
        leaves: Leaves | None = None,
        lexicon: ExactPhrases | None = None,
    ) -> None:
        """Load the model and evaluate the prompt prefix that all conversations share.

        Args:
            weights: a GGUF file that the caller has verified.
            sheet: the question sheet.
            categories: the taxonomy's categories, for facets with `labels: taxonomy:category`.
            heads: heads trained for these weights, this sheet and this window, or none.
            window: tokens of a conversation that are read.
            threads: threads of this process. One is best where several processes run.
            weights_sha256: hash of the weights that the caller verified. Computed if it is not
                given and there are heads to compare it with.
            leaves: finds leaves below the categories that were chosen.
            lexicon: finds new words, where the sheet has a table of new values.

        Raises:
            ModelUnverified: the weights cannot be read this way, or the heads
                were made for something else.
            PolicyInvalid: the heads were trained with another window.
        """
        self._sheet = sheet
        self._labels = {key: spec.labels for key, spec in sheet.resolve(categories).items()}
        self._heads = heads
        self._leaves, self._lexicon = leaves, lexicon
        self._naming_position = naming_position(leaves, sheet)
        if heads is not None or self._naming_position is not None:
            weights_sha256 = weights_sha256 or _sha256(weights)
        if heads is not None:
            check_heads(heads, sheet, window, str(weights_sha256), self._labels)
        if leaves is not None and leaves.model is not None:
            check_reading("naming model", leaves.model.meta, sheet, window, str(weights_sha256))
        self._without_head = tuple(
            question
            for question in sheet.facets
            if heads is None or question.facet not in heads.facets
        )
        cells = _context_cells(sheet, window)
        self._llama = Llama(weights, cells=cells, sequences=MAX_BRANCHES + 2, threads=threads)
        if sheet.read.layers[-1] > self._llama.layers:
            raise ModelUnverified(
                f"The sheet reads layer {sheet.read.layers[-1]}; "
                f"'{weights.name}' has {self._llama.layers}.",
                remedy="use larger weights, or a sheet that reads lower layers.",
            )
        self._layout = PromptLayout(sheet.read, window, self._llama.tokens)
        wanted = {*(heads.layers if heads else ())}
        if self._naming_position is not None:
            wanted.add(sheet.read.layers[self._naming_position[0]])
        self._layers = tuple(sorted(wanted))
        self._branches: dict[Facet, BranchPrompts] = {
            question.facet: build_branch_prompts(
                question, self._labels[question.facet], self._llama.tokens
            )
            for question in self._without_head
        }
        self._llama.begin(self._layout.prefix)

    @property
    def width(self) -> int:
        """Dimensions of a hidden state."""
        return self._llama.width

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about how the labels are made, for the operator."""
        return uncalibrated(self._sheet, self._heads)

    def close(self) -> None:
        """Release the model's memory."""
        self._llama.close()

    def features(self, turns: Sequence[Turn]) -> tuple[NDArray[np.float32], float, int]:
        """Hidden states of a conversation, as heads are trained on them.

        Returns:
            Features [layers of the sheet, 6, width], share of the tokens seen,
            tokens evaluated.
        """
        prompt = self._lay_out(turns)
        features = self._hidden_states(prompt, self._sheet.read.layers, through=False)
        return features, prompt.window.seen_share, len(prompt.turns) + len(prompt.suffix)

    def ask(self, conversation: ScrubbedConversation) -> Extraction:
        """Answer every facet of the sheet for one conversation.

        Raises:
            Unreadable: neither side says anything.
        """
        prompt = self._lay_out(conversation.turns)
        tokens = len(prompt.turns)
        from_heads: dict[str, NDArray[np.float64]] = {}
        features: NDArray[np.float32] | None = None
        if self._layers:
            features = self._hidden_states(prompt, self._layers, through=bool(self._without_head))
            tokens += len(prompt.suffix)
        if self._heads is not None and features is not None:
            from_heads = self._heads.probabilities(features)
        if features is None:
            self._llama.read(prompt.turns)
        if self._without_head:
            self._llama.forget(len(prompt.turns))
        spoken = {turn.role for turn in conversation.turns if turn.text}
        answers: list[Answer] = []
        for question in self._sheet.facets:
            labels = self._labels[question.facet]
            if question.about != "both" and question.about not in spoken:
                silent = question.when_silent
                by_label = {key: (float(key == silent), key == silent) for key, _ in labels}
            elif self._heads is not None and question.facet in from_heads:
                head = self._heads.facets[question.facet]
                likely = from_heads[question.facet]
                chosen = head.choose(likely).tolist()
                by_label = dict(zip(head.labels, zip(likely, chosen, strict=True), strict=True))
            else:
                by_label = self._branch(question, labels)
                branch = self._branches[question.facet]
                tokens += len(branch.question) + sum(map(len, branch.continuations))
            answers += [
                Answer(
                    facet=question.facet,
                    label=label.key,
                    probability=float(by_label[label.key][0]),
                    chosen=by_label[label.key][1],
                )
                for label in labels
            ]
        if self._leaves is not None:
            state = None
            if features is not None and self._naming_position is not None:
                state = features[self._naming_position]
            answers += self._leaves.find(answers, conversation.turns, state)
        answers += self._new_values(conversation.turns)
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=tuple(answers),
            seen_share=prompt.window.seen_share,
            tokens=tokens,
        )

    def _new_values(self, turns: Sequence[Turn]) -> list[Answer]:
        """Words of the lexicon in the turns of the side that the sheet names."""
        asked = self._sheet.new_values
        if self._lexicon is None or asked is None:
            return []
        texts = (turn.text for turn in turns if turn.role == asked.about)
        return [
            Answer(facet=asked.facet, label=key, probability=1.0, chosen=True)
            for key in self._lexicon.find(texts)
        ]

    def log_odds(self, turns: Sequence[Turn]) -> dict[Facet, NDArray[np.float64]]:
        """Log-odds of the branches for every facet without a head, as calibration needs them."""
        prompt = self._lay_out(turns)
        self._llama.read(prompt.turns)
        return {question.facet: self._log_odds(question.facet) for question in self._without_head}

    def _lay_out(self, turns: Sequence[Turn]) -> PromptTokens:
        prompt = self._layout.lay_out(turns)
        if not prompt.window.total:
            raise Unreadable("nothing-to-read")
        return prompt

    def _hidden_states(
        self, prompt: PromptTokens, layers: Sequence[int], *, through: bool
    ) -> NDArray[np.float32]:
        states = self._llama.read(
            prompt.turns + prompt.suffix, layers=layers, run_upper_layers=through
        )
        return pool_hidden_states(states, prompt, self._sheet.read.layers, self._llama.width)

    def _log_odds(self, facet: Facet) -> NDArray[np.float64]:
        branch = self._branches[facet]
        return branch.log_odds(
            self._llama.branch(branch.question, branch.continuations, branch.answers)
        )

    def _branch(
        self, question: FacetQuestion, labels: Sequence[RowKey]
    ) -> dict[str, tuple[float, bool]]:
        """Label -> probability and whether it is chosen, from the branch prompts."""
        raw = self._log_odds(question.facet)
        line = self._heads.calibration.get(question.facet) if self._heads else None
        if line is not None:
            raw = _calibrated(raw, labels, line)
        likely = sigmoid(raw)
        if question.is_choice:  # each against all others; calibrated, they need not add up to one
            likely = softmax(np.log(likely + 1e-12))
        chosen = choices(question.kind, likely, np.full(len(likely), 0.5)).tolist()
        return {
            label.key: (float(p), is_chosen)
            for label, p, is_chosen in zip(labels, likely, chosen, strict=True)
        }


def _calibrated(
    raw: NDArray[np.float64], labels: Sequence[RowKey], line: Platt
) -> NDArray[np.float64]:
    """Log-odds after Platt scaling; a label without a scale keeps its own."""
    at = {label: index for index, label in enumerate(line.labels)}
    out = raw.copy()
    for index, label in enumerate(labels):
        if label.key in at:
            out[index] = line.slope[at[label.key]] * raw[index] + line.offset[at[label.key]]
    return out


def _context_cells(sheet: Sheet, window: int) -> int:
    """Context size for the longest prompt and one batch of branches, rounded up to 256 tokens.

    The sheet's own texts are counted in bytes, because a text never has more tokens than bytes.
    """
    words = (sheet.read.system, *sheet.read.taps)
    fixed = sum(len(text.encode()) for text in words) + 64
    return -(-(window + 2 * sheet.read.window.turn_room + fixed + 2 * BATCH) // 256) * 256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
