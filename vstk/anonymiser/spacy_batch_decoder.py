"""A batched decoder for the entity recognizer of a spaCy pipeline.

spaCy decides token by token, and its compiled code acquires and releases the
interpreter's lock several hundred times per token, which takes more than half of the time.
A decision depends on few inputs. Outside a name it depends on the token alone, so all
tokens are decided in one operation. Inside a name it depends on the token, the previous
token and the first token of the name, so all names of a batch are extended by one token in
one operation. The weights, features and rules are spaCy's, and a test compares the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Entity = tuple[int, int, str]
"""First token, token after the last, label; tokens are counted from 0."""


class BatchDecoder:
    """Finds the entities of tokenised texts with the weights of a spaCy `ner` component."""

    def __init__(self, ner: Any) -> None:
        """Args:
        ner: the `ner` component of a pipeline, for which `supports` must be true.
        """
        from spacy.attrs import IS_SPACE

        self._space = IS_SPACE
        self._vectors, self._lower, upper = ner.model.layers
        self._bias: Floats = self._lower.get_param("b")
        weights: Floats = upper.get_param("W")
        offsets: Floats = upper.get_param("b")
        moves = _moves(ner)
        first = [n for n, (action, label) in enumerate(moves) if action in "BU" and label]
        first += [n for n, (action, _) in enumerate(moves) if action == "O"]
        self._first = [moves[n] for n in first]
        self._first_weights, self._first_offsets = weights[first], offsets[first]
        self._begins = np.array([action == "B" for action, _ in self._first])
        self._names = np.array([action != "O" for action, _ in self._first])
        self._inside = {
            action: np.array(
                [moves.index((action, label)) if label else 0 for _, label in self._first]
            )
            for action in "IL"
        }
        self._weights, self._offsets = weights, offsets

    @staticmethod
    def supports(ner: Any) -> bool:
        """Whether a component has the architecture that spaCy 3 uses for `ner`."""
        try:
            return _has_known_architecture(ner)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Another version of spaCy with another architecture: spaCy's own code decodes it.
            return False

    def entities(self, docs: Sequence[Any]) -> list[list[Entity]]:
        """The entities of each tokenised text (a spaCy `Doc`), in order."""
        lengths = np.array([len(doc) for doc in docs])
        entities: list[list[Entity]] = [[] for _ in docs]
        total = int(lengths.sum())
        if not total:
            return entities
        begins = np.cumsum(lengths) - lengths
        is_last = np.zeros(total, bool)
        is_last[(begins + lengths - 1)[lengths > 0]] = True
        features: Floats = self._lower.predict(self._vectors.predict(docs))
        padding, features = features[0], features[1:]

        scores = self._hidden(features[:, 0] + padding[1] + padding[2]) @ self._first_weights.T
        scores += self._first_offsets
        is_space = np.concatenate([doc.to_array(self._space) for doc in docs]).astype(bool)
        # No name begins with white space; one of several tokens does not begin at the last.
        scores[np.ix_(is_space, self._names)] = -np.inf
        scores[np.ix_(is_last, self._begins)] = -np.inf
        moves = scores.argmax(axis=1)

        starts = np.flatnonzero(self._begins[moves])
        ends = np.zeros(total, np.int64)
        ends[starts] = self._ends(features, starts, moves[starts], is_last)
        doc_of_token = np.repeat(np.arange(len(docs)), lengths)
        next_free = 0
        for token in np.flatnonzero(self._names[moves]).tolist():
            if token < next_free:
                continue
            next_free = int(ends[token]) or token + 1
            doc_index = doc_of_token[token]
            begin = int(begins[doc_index])
            entities[doc_index].append(
                (token - begin, next_free - begin, self._first[moves[token]][1])
            )
        return entities

    def _ends(
        self, features: Floats, starts: Numbers, moves: Numbers, is_last: npt.NDArray[np.bool_]
    ) -> Numbers:
        """For each start, the token after the last one of the name that begins there."""
        ends = np.zeros(len(starts), np.int64)
        inside, final = self._inside["I"][moves], self._inside["L"][moves]
        unfinished = np.arange(len(starts))
        token = starts + 1
        while len(unfinished):
            hidden = self._hidden(
                features[token, 0] + features[starts[unfinished], 1] + features[token - 1, 2]
            )
            continues = self._score(hidden, inside[unfinished]) >= self._score(
                hidden, final[unfinished]
            )
            continues &= ~is_last[token]
            ends[unfinished[~continues]] = token[~continues] + 1
            unfinished, token = unfinished[continues], token[continues] + 1
        return ends

    def _hidden(self, states: Floats) -> Floats:
        states = states + self._bias
        hidden: Floats = np.maximum(states[..., 0], states[..., 1])
        return hidden

    def _score(self, hidden: Floats, moves: Numbers) -> Floats:
        score: Floats = (hidden * self._weights[moves]).sum(axis=1) + self._offsets[moves]
        return score


def _moves(ner: Any) -> list[tuple[str, str]]:
    names = [ner.moves.get_class_name(number) for number in range(ner.moves.n_moves)]
    return [(name[:1], name[2:]) for name in names]


def _has_known_architecture(ner: Any) -> bool:
    model = ner.model
    if model.name != "parser_model" or not model.attrs.get("has_upper"):
        return False
    if model.attrs.get("unseen_classes") or ner.cfg.get("beam_width", 1) != 1:
        return False
    if any("listener" in node.name for node in model.walk()):
        return False
    lower = model.get_ref("lower")
    moves = _moves(ner)
    inside = {(action, label) for action, label in moves if action in "IL"}
    return (
        (lower.maybe_get_dim("nF"), lower.maybe_get_dim("nP")) == (3, 2)
        and moves[-1:] == [("O", "")]
        and moves == sorted(moves, key=lambda move: "BILUO".index(move[0]))
        and all({("I", label), ("L", label)} <= inside for a, label in moves if a == "B")
    )
