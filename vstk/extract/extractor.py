"""The extractor: a model, a question sheet and, where there are any, heads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.errors import ModelUnverified, PolicyInvalid
from vstk.extract.branch_prompts import BranchPrompts, build_branch_prompts
from vstk.extract.fine_labels import Leaves
from vstk.extract.llama import BATCH, Llama
from vstk.extract.phrase_match import ExactPhrases
from vstk.extract.prompt_layout import PromptLayout, PromptTokens, pool_hidden_states
from vstk.heads import VECTORS, Heads, Platt, choices
from vstk.heads.math import sigmoid, softmax
from vstk.sheet import FacetQuestion, Sheet
from vstk.types import Answer, Extraction, Facet, RowKey, ScrubbedConversation, Turn

ABREAST = 32
"""Branches evaluated in one call: more than the 26 categories, which share a stem."""


class Unreadable(Exception):
    """A conversation that cannot be read; holds a reason code, no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Extractor:
    """Reads conversations, one at a time, and answers in closed labels.

    What has a head is read off the hidden states of the lower layers, and the
    upper ones never run. What has none is asked by branches, for which they do.
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
        """Load the model and evaluate what all conversations share.

        Args:
            weights: a GGUF file that the caller has verified.
            sheet: what is asked.
            categories: the taxonomy's, for `labels: taxonomy:category`.
            heads: trained for these weights, this sheet and this window, or none.
            window: tokens of a conversation that are read.
            threads: of one process. One is best where several processes run.
            weights_sha256: hash that the caller verified; computed if not given
                and there are heads to hold it against.
            leaves: looked for below the categories that were found.
            lexicon: new words, looked for where the sheet's table of new values says.

        Raises:
            ModelUnverified: the weights cannot be read this way, or the heads
                were made for something else.
            PolicyInvalid: the heads were trained with another window.
        """
        self._sheet = sheet
        self._labels = {key: spec.labels for key, spec in sheet.resolve(categories).items()}
        self._heads = heads
        self._leaves, self._lexicon = leaves, lexicon
        self._named_at = _named_at(leaves, sheet)
        if heads is not None or self._named_at is not None:
            weights_sha256 = weights_sha256 or _sha256(weights)
        if heads is not None:
            _check(heads, sheet, window, str(weights_sha256), self._labels)
        if leaves is not None and leaves.model is not None:
            _check_reading("naming model", leaves.model.meta, sheet, window, str(weights_sha256))
        self._asked = tuple(
            question
            for question in sheet.facets
            if heads is None or question.facet not in heads.facets
        )
        probe = _room(sheet, window)
        self._llama = Llama(weights, cells=probe, sequences=ABREAST + 2, threads=threads)
        if sheet.read.layers[-1] > self._llama.layers:
            raise ModelUnverified(
                f"The sheet reads layer {sheet.read.layers[-1]}; "
                f"'{weights.name}' has {self._llama.layers}.",
                remedy="use larger weights, or a sheet that reads lower layers.",
            )
        self._layout = PromptLayout(sheet.read, window, self._llama.tokens)
        wanted = {*(heads.layers if heads else ())}
        if self._named_at is not None:
            wanted.add(sheet.read.layers[self._named_at[0]])
        self._layers = tuple(sorted(wanted))
        self._branches: dict[Facet, BranchPrompts] = {
            question.facet: build_branch_prompts(
                question, self._labels[question.facet], self._llama.tokens
            )
            for question in self._asked
        }
        self._llama.begin(self._layout.prefix)

    @property
    def width(self) -> int:
        """Dimensions of a hidden state."""
        return self._llama.width

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever reads the labels must know about how they were made."""
        return uncalibrated(self._sheet, self._heads)

    def close(self) -> None:
        """Give the model's memory back."""
        self._llama.close()

    def features(self, turns: Sequence[Turn]) -> tuple[NDArray[np.float32], float, int]:
        """Hidden states of a conversation, as heads are trained on them.

        Returns:
            Features [layers of the sheet, 6, width], share of the tokens seen,
            tokens evaluated.
        """
        trunk = self._lay_out(turns)
        features = self._read(trunk, self._sheet.read.layers, through=False)
        return features, trunk.window.seen_share, len(trunk.turns) + len(trunk.suffix)

    def ask(self, conversation: ScrubbedConversation) -> Extraction:
        """Answer every facet of the sheet for one conversation.

        Raises:
            Unreadable: neither side says anything.
        """
        trunk = self._lay_out(conversation.turns)
        tokens = len(trunk.turns)
        read: dict[str, NDArray[np.float64]] = {}
        features: NDArray[np.float32] | None = None
        if self._layers:
            features = self._read(trunk, self._layers, through=bool(self._asked))
            tokens += len(trunk.suffix)
        if self._heads is not None and features is not None:
            read = self._heads.probabilities(features)
        if features is None:
            self._llama.read(trunk.turns)
        if self._asked:
            self._llama.forget(len(trunk.turns))
        spoken = {turn.role for turn in conversation.turns if turn.text}
        answers: list[Answer] = []
        for question in self._sheet.facets:
            labels = self._labels[question.facet]
            if question.about != "both" and question.about not in spoken:
                silent = question.when_silent
                by_label = {key: (float(key == silent), key == silent) for key, _ in labels}
            elif self._heads is not None and question.facet in read:
                head = self._heads.facets[question.facet]
                by_label = dict(
                    zip(
                        head.labels,
                        zip(
                            read[question.facet],
                            head.choose(read[question.facet]).tolist(),
                            strict=True,
                        ),
                        strict=True,
                    )
                )
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
            named = features is not None and self._named_at is not None
            state = features[self._named_at] if named else None  # type: ignore[index]
            answers += self._leaves.find(answers, conversation.turns, state)
        sought = self._sheet.new_values
        if self._lexicon is not None and sought is not None:
            said = (turn.text for turn in conversation.turns if turn.role == sought.about)
            answers += [
                Answer(facet=sought.facet, label=key, probability=1.0, chosen=True)
                for key in self._lexicon.find(said)
            ]
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=tuple(answers),
            seen_share=trunk.window.seen_share,
            tokens=tokens,
        )

    def log_odds(self, turns: Sequence[Turn]) -> dict[Facet, NDArray[np.float64]]:
        """The branches' log-odds for every facet without a head: what calibration learns from."""
        trunk = self._lay_out(turns)
        self._llama.read(trunk.turns)
        return {question.facet: self._log_odds(question.facet) for question in self._asked}

    def _lay_out(self, turns: Sequence[Turn]) -> PromptTokens:
        trunk = self._layout.lay_out(turns)
        if not trunk.window.total:
            raise Unreadable("nothing-to-read")
        return trunk

    def _read(
        self, trunk: PromptTokens, layers: Sequence[int], *, through: bool
    ) -> NDArray[np.float32]:
        states = self._llama.read(
            trunk.turns + trunk.suffix, layers=layers, run_upper_layers=through
        )
        return pool_hidden_states(states, trunk, self._sheet.read.layers, self._llama.width)

    def _log_odds(self, facet: Facet) -> NDArray[np.float64]:
        branch = self._branches[facet]
        return branch.log_odds(
            self._llama.branch(branch.question, branch.continuations, branch.answers)
        )

    def _branch(
        self, question: FacetQuestion, labels: Sequence[RowKey]
    ) -> dict[str, tuple[float, bool]]:
        """Label -> probability and whether it counts, from the branches."""
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


def uncalibrated(sheet: Sheet, heads: Heads | None) -> tuple[str, ...]:
    """What to warn about where a facet has neither a head nor a calibration."""
    known = {*heads.facets, *heads.calibration} if heads else set()
    raw = [question.facet for question in sheet.facets if question.facet not in known]
    if not raw:
        return ()
    return (
        "No head and no calibration for " + ", ".join(raw) + ": the model's own log-odds "
        "are taken at their word, which is much less accurate.",
    )


def _calibrated(
    raw: NDArray[np.float64], labels: Sequence[RowKey], line: Platt
) -> NDArray[np.float64]:
    """Log-odds after each label's line; a label that has none stays as it is."""
    at = {label: index for index, label in enumerate(line.labels)}
    out = raw.copy()
    for index, label in enumerate(labels):
        if label.key in at:
            out[index] = line.slope[at[label.key]] * raw[index] + line.offset[at[label.key]]
    return out


def _room(sheet: Sheet, window: int) -> int:
    """Cells for the longest trunk and one batch of branches, before tokens are known.

    A sheet's own words never come to more tokens than they have bytes.
    """
    words = (sheet.read.system, *sheet.read.taps)
    fixed = sum(len(text.encode()) for text in words) + 64
    return -(-(window + 2 * sheet.read.window.turn_room + fixed + 2 * BATCH) // 256) * 256


def _check(
    heads: Heads,
    sheet: Sheet,
    window: int,
    sha256: str,
    labels: dict[Facet, tuple[RowKey, ...]],
) -> None:
    """Heads work on exactly the features they were trained on, or not at all."""
    _check_reading("heads", heads.meta, sheet, window, sha256)
    for facet, head in heads.facets.items():
        known = {key: list(keys) for key, keys in labels.items()}
        if facet not in known or {key.key for key in known[facet]} != set(head.labels):
            raise ModelUnverified(
                f"The heads for {facet} have other labels than the sheet and the taxonomy.",
                remedy="use the taxonomy they were trained with, or " + _TRAIN,
            )


_TRAIN = "train anew: `vstk models train`, or take what belongs together."


def _check_reading(
    what: str, meta: Mapping[str, Any], sheet: Sheet, window: int, sha256: str
) -> None:
    """Hold what a model was trained on against what is read here."""
    if meta["weights_sha256"] != sha256:
        raise ModelUnverified(f"The {what}: trained on other weights.", remedy=_TRAIN)
    if meta["sheet"] not in {sheet.reading_hash, sheet.hash} or (
        tuple(meta["layers"]) != sheet.read.layers
    ):
        raise ModelUnverified(
            f"The {what}: trained with another reading than '{sheet.name}' has.", remedy=_TRAIN
        )
    if int(meta["window"]) != window:
        raise PolicyInvalid(
            f"The policy reads {window} tokens of a conversation; "
            f"the {what}: trained on {meta['window']}.",
            remedy=f"set `extract.window: {meta['window']}` in the policy.",
        )


def _named_at(leaves: Leaves | None, sheet: Sheet) -> tuple[int, int] | None:
    """Where in the features the naming model's hidden state stands: layer and vector."""
    if leaves is None or leaves.model is None:
        return None
    layer, vector = int(leaves.model.meta["layer"]), str(leaves.model.meta["vector"])
    if layer not in sheet.read.layers or vector not in VECTORS:
        raise ModelUnverified("The naming model: reads a state that is not there.", remedy=_TRAIN)
    return sheet.read.layers.index(layer), VECTORS.index(vector)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
