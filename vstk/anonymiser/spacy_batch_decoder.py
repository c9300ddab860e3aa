"""The entity recogniser of a spaCy pipeline, deciding for many tokens at once.

spaCy decides token by token, and its compiled code takes the interpreter's lock
and gives it back several hundred times for each: over half the time of a
reading. Yet little enters a decision. Outside a name it is the token alone, so
all tokens are decided together. Inside one it is the token, the one before and
the first of the name, so all names of a batch grow by a token together.
Weights, features and rules are spaCy's own, and a test holds both side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Entity = tuple[int, int, str]
"""first token, token after the last, label."""


class BatchDecoder:
    """Finds the entities of tokenised texts by the weights of a spaCy `ner`."""

    def __init__(self, ner: Any) -> None:
        """Args:
        ner: the component of a pipeline; `knows` tells whether it fits.
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
        """Whether a component has the form that spaCy 3 gives to its recognisers."""
        try:
            return _has_known_form(ner)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Another spaCy, another form: it decides for itself.
            return False

    def entities(self, docs: Sequence[Any]) -> list[list[Entity]]:
        """The entities of each tokenised text, in order."""
        lengths = np.array([len(doc) for doc in docs])
        found: list[list[Entity]] = [[] for _ in docs]
        total = int(lengths.sum())
        if not total:
            return found
        begins = np.cumsum(lengths) - lengths
        is_last = np.zeros(total, bool)
        is_last[(begins + lengths - 1)[lengths > 0]] = True
        features: Floats = self._lower.predict(self._vectors.predict(docs))
        padding, features = features[0], features[1:]

        scores = self._hidden(features[:, 0] + padding[1] + padding[2]) @ self._first_weights.T
        scores += self._first_offsets
        is_space = np.concatenate([doc.to_array(self._space) for doc in docs]).astype(bool)
        # A name cannot begin with white space, and no long one on the last token.
        scores[np.ix_(is_space, self._names)] = -np.inf
        scores[np.ix_(is_last, self._begins)] = -np.inf
        moves = scores.argmax(axis=1)

        starts = np.flatnonzero(self._begins[moves])
        ends = np.zeros(total, np.int64)
        ends[starts] = self._ends(features, starts, moves[starts], is_last)
        text = np.repeat(np.arange(len(docs)), lengths)
        free = 0
        for token in np.flatnonzero(self._names[moves]).tolist():
            if token < free:
                continue
            free = int(ends[token]) or token + 1
            number = text[token]
            begin = int(begins[number])
            found[number].append((token - begin, free - begin, self._first[moves[token]][1]))
        return found

    def _ends(
        self, features: Floats, starts: Numbers, moves: Numbers, is_last: npt.NDArray[np.bool_]
    ) -> Numbers:
        """Where a name that begins at each start ends, wherever the others do."""
        ends = np.zeros(len(starts), np.int64)
        inside, final = self._inside["I"][moves], self._inside["L"][moves]
        open_ = np.arange(len(starts))
        token = starts + 1
        while len(open_):
            hidden = self._hidden(
                features[token, 0] + features[starts[open_], 1] + features[token - 1, 2]
            )
            goes_on = self._score(hidden, inside[open_]) >= self._score(hidden, final[open_])
            goes_on &= ~is_last[token]
            ends[open_[~goes_on]] = token[~goes_on] + 1
            open_, token = open_[goes_on], token[goes_on] + 1
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


def _has_known_form(ner: Any) -> bool:
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
