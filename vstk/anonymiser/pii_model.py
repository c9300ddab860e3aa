"""A small neural network that finds names, addresses and numbers of people.

The model is a BERT for token classification in an ONNX file, run by ONNX Runtime on one
thread of the CPU. It needs no capital letters and knows shapes of numbers that no rule
describes, so it finds what the rules, the NER model and the word lists miss.

Every sentence is read. docs/decisions/0013-a-pii-model.md compares this with reading only
those with a capital, a digit or an unknown word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from vstk.anonymiser.finding import Deadline, PiiFinding
from vstk.anonymiser.ner import split_segments
from vstk.anonymiser.tokens import classify, is_common_word
from vstk.anonymiser.word_pieces import Word, WordPieces
from vstk.errors import ModelUnverified

MAX_PIECES = 30_000
"""Pieces of words of a conversation that the model reads, about 100,000 characters of prose
or 10 seconds, so that a long conversation stays within its time limit. The other
recognizers read all of it."""

WINDOW_PIECES = 160
"""Most pieces of words that are read together, about 500 characters. The model can read 510;
windows of 110 and of 320 pieces find the same."""

THRESHOLD = 0.4
"""Probability from which a word counts as found. Chosen on the open half of
benchmarks/fresh_turns."""

_SCORE = 0.6
"""Confidence of a finding, the same as of the NER model: where their findings overlap, the
longer one names the entity."""

_ENTITY = {
    "GIVEN_NAME": "PERSON",
    "SURNAME": "PERSON",
    "EMAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "URL": "URL",
    "TAX_ID": "NATIONAL_ID",
    "GOVERNMENT_ID": "NATIONAL_ID",
    "PASSPORT": "NATIONAL_ID",
    "DRIVERS_LICENSE": "NATIONAL_ID",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "ROUTING_NUMBER": "BANK_ACCOUNT",
    "BUILDING_NUMBER": "STREET_ADDRESS",
    "STREET_NAME": "STREET_ADDRESS",
    "SECONDARY_ADDRESS": "STREET_ADDRESS",
    "CITY": "LOCATION",
    "STATE": "LOCATION",
    "ZIP_CODE": "ZIP_CODE",
}
"""Label of the model, without its prefix `B-` or `I-` -> entity of vstk."""

_PLACES = frozenset({"CITY", "STATE"})
_ADDRESS = _PLACES | {"BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "ZIP_CODE"}
_NAMES = frozenset({"GIVEN_NAME", "SURNAME"})
_ADDRESS_GAP = regex.compile(r"[\s\p{P}]{0,3}")
_GAP = regex.compile(r"[^\S\n]*")


class _Labelled(NamedTuple):
    """A word that the model has labelled."""

    start: int
    end: int
    label: str


class PiiModel:
    """A token classifier in a folder: `config.json`, `vocab.txt` and `onnx/model_q4.onnx`."""

    def __init__(self, path: Path) -> None:
        """Load the model in a folder.

        Raises:
            ModelUnverified: if the folder contains no suitable model.
        """
        # Versions after the pinned one would record usage for their publisher.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        try:
            config = json.loads((path / "config.json").read_bytes())
            labels = [config["id2label"][str(n)] for n in range(len(config["id2label"]))]
            vocabulary = (path / "vocab.txt").read_text("utf-8").splitlines()
            self._word_pieces = WordPieces(vocabulary)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3  # errors only
            self._session: Any = onnxruntime.InferenceSession(
                path / "onnx" / "model_q4.onnx", options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise ModelUnverified(
                f"The PII model in '{path}' cannot be loaded ({type(error).__name__}).",
                remedy="run `vstk models pull` with the model id that the policy gives under "
                "`scrub.pii_model`.",
            ) from None
        kinds = [label.partition("-")[2] for label in labels]
        self._labels = sorted(set(kinds) - {""})
        if not set(self._labels) <= set(_ENTITY) or labels[:1] != ["O"]:
            raise ModelUnverified(
                f"The PII model in '{path}' has labels that vstk does not know.",
                remedy="use a model whose manifest comes with vstk.",
            )
        self._columns = np.array(
            [[kind == label for label in self._labels] for kind in kinds], np.float32
        )

    def findings(
        self, texts: Sequence[str], language: str, deadline: Deadline
    ) -> list[list[PiiFinding]]:
        """The personal data in each text of a conversation.

        Args:
            texts: read in this order up to `MAX_PIECES` in all.
            language: ISO 639-1 code; its common words are not taken for names.
            deadline: the time limit, checked before each window.

        Raises:
            TooSlow: if the time is used up.
        """
        labelled: list[list[_Labelled]] = [[] for _ in texts]
        for window in self._windows(texts):
            deadline.left()
            labels = self._labels_of([word for _, word in window])
            for (index, word), label in zip(window, labels, strict=True):
                if label is not None:
                    labelled[index].append(_Labelled(word.start, word.end, label))
        return [
            list(_findings(text, words, language))
            for text, words in zip(texts, labelled, strict=True)
        ]

    def _windows(self, texts: Sequence[str]) -> Iterator[list[tuple[int, Word]]]:
        """Windows of (index of the text, word), up to `MAX_PIECES` in all.

        A window holds whole sentences up to `WINDOW_PIECES`, also of several short texts; a
        longer sentence is cut between words.
        """
        window: list[tuple[int, Word]] = []
        size, left = 0, MAX_PIECES
        for index, words in self._sentences(texts):
            pieces = sum(len(word.ids) for word in words)
            left -= pieces
            if left < 0:
                break
            if window and size + pieces > WINDOW_PIECES:
                yield window
                window, size = [], 0
            for word in words:
                if window and size + len(word.ids) > WINDOW_PIECES:
                    yield window
                    window, size = [], 0
                window.append((index, word))
                size += len(word.ids)
        if window:
            yield window

    def _sentences(self, texts: Sequence[str]) -> Iterator[tuple[int, list[Word]]]:
        """The words of each sentence, with the index of its text."""
        for index, text in enumerate(texts):
            for offset, segment in split_segments(text):
                yield (
                    index,
                    [
                        Word(offset + word.start, offset + word.end, word.ids)
                        for word in self._word_pieces.words(segment)
                    ],
                )

    def _labels_of(self, words: Sequence[Word]) -> list[str | None]:
        """The label of each word of a window, `None` for one that is not personal.

        A word gets the mean of the probabilities of its pieces. Windows are not put into
        batches: on one thread, that is not faster.
        """
        ids = np.array(
            [
                [
                    self._word_pieces.first_id,
                    *(number for word in words for number in word.ids),
                    self._word_pieces.last_id,
                ]
            ],
            np.int64,
        )
        (logits,) = self._session.run(
            None,
            {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            },
        )
        scores: NDArray[np.float32] = logits[0, 1:-1]
        exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
        lengths = np.array([len(word.ids) for word in words])
        starts = np.cumsum(lengths) - lengths
        means = np.add.reduceat(probabilities, starts, axis=0) / lengths[:, None]
        best = (means @ self._columns).argmax(axis=1)
        is_found = means[:, 0] <= 1 - THRESHOLD
        return [
            self._labels[number] if found else None
            for number, found in zip(best, is_found, strict=True)
        ]


def _findings(text: str, words: Sequence[_Labelled], language: str) -> Iterator[PiiFinding]:
    for group in _groups(text, words):
        if group[0].label in _NAMES:
            group = _without_common_words(text, group, language)
        elif _is_place_alone(text, group):
            continue
        if group:
            start, end = group[0].start, group[-1].end
            yield PiiFinding(start, end, _entity(group), _SCORE, "model")


def _groups(text: str, words: Sequence[_Labelled]) -> Iterator[list[_Labelled]]:
    """Words that belong together: the names of a person, the lines of an address, a number.

    Prefixes `B-` and `I-` are not used, because first and last names are labels of their
    own and the parts of a number rarely begin another one.
    """
    group: list[_Labelled] = []
    for word in words:
        if group and not _continues(text[group[-1].end : word.start], group[-1].label, word.label):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _continues(gap: str, before: str, after: str) -> bool:
    if before in _ADDRESS and after in _ADDRESS:
        return _ADDRESS_GAP.fullmatch(gap) is not None
    return _ENTITY[before] == _ENTITY[after] and _GAP.fullmatch(gap) is not None


def _without_common_words(text: str, group: list[_Labelled], language: str) -> list[_Labelled]:
    """A name without the common words at its ends, as in "ask maria"."""

    def is_common(word: _Labelled) -> bool:
        token = text[word.start : word.end]
        return is_common_word(token, language) and not classify(token).is_name

    first, last = 0, len(group)
    while first < last and is_common(group[first]):
        first += 1
    while last > first and is_common(group[last - 1]):
        last -= 1
    return group[first:last]


def _is_place_alone(text: str, group: list[_Labelled]) -> bool:
    """Whether a group is only a town or a state: the NER model decides about these."""
    return {word.label for word in group} <= _PLACES and not any(
        letter.isdigit() for letter in text[group[0].start : group[-1].end]
    )


def _entity(group: Sequence[_Labelled]) -> str:
    """The entity of a group; of an address with a street or several parts, the address."""
    entities = {_ENTITY[word.label] for word in group}
    return entities.pop() if len(entities) == 1 else "STREET_ADDRESS"
