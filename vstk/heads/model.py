"""Linear probes on hidden states: the fitted models, and their one forward pass.

    features -> inputs -> logits -> probabilities -> choices

Features are hidden states of one language model, pooled to six vectors a layer (`VECTORS`).
Inputs are some of these vectors, standardised, and quadratic terms of some of them. Everything
after the inputs is affine, so that a head is one matrix of coefficients and one bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.facets import Kind
from vstk.heads.math import Floats, quadratic_terms, sigmoid, softmax, unit_length

VECTORS = (
    "user-mean",
    "assistant-mean",
    "last-assistant-mean",
    "tap-user",
    "tap-assistant",
    "tap-response",
)
"""Vectors of a layer, in the order of a feature array's second axis: three means over the tokens
of a side, then the states at the three probe positions (`read.taps` of the question sheet)."""

FORMAT = 3
"""Version of the heads file. In the first, blocks kept their own length; the second had no
quadratic terms."""

_LEAST_RATIO = 0.3
"""A word never counts as less likely than this part of its base rate: far from its training
data, a linear model's low estimate says little."""


def is_choice(kind: str) -> bool:
    """Whether labels of this kind of facet exclude each other."""
    return kind in {"single", "ordinal"}


def probabilities(kind: str, logits: Floats) -> NDArray[np.float64]:
    """Probabilities 0..1 of a facet's labels [..., labels]; of exclusive ones they add up to 1."""
    return softmax(logits) if is_choice(kind) else sigmoid(logits)


def choices(kind: str, likely: Floats, thresholds: Floats) -> NDArray[np.bool_]:
    """Which labels count, given their probabilities [..., labels].

    Args:
        kind: of the facet.
        likely: probabilities, 0..1.
        thresholds: [labels] or as `likely`; not used where labels exclude each other.

    Returns:
        Of exclusive labels the likeliest one, of others all that reach their threshold.
    """
    if is_choice(kind):
        best = likely.argmax(axis=-1)
        return np.asarray(np.arange(likely.shape[-1]) == np.expand_dims(best, -1))
    return np.asarray(likely >= thresholds)


@dataclass(frozen=True, eq=False)
class FacetHead:
    """The linear probe of one facet."""

    labels: tuple[str, ...]
    kind: Kind
    weight: Floats
    """Coefficients [labels, dimensions]."""

    bias: Floats
    """[labels]"""

    thresholds: Floats
    """[labels]: probability from which a label is chosen. Used for `multi` and `binary` only; a
    value above 1 means that the label is never chosen."""

    def logits(self, inputs: Floats) -> NDArray[np.float64]:
        """Logits [..., labels] of inputs [..., dimensions]."""
        return np.asarray(inputs @ self.weight.astype(np.float64).T + self.bias)

    def choose(self, likely: Floats) -> NDArray[np.bool_]:
        """Which labels count, given their probabilities [..., labels]."""
        return choices(self.kind, likely, self.thresholds)


@dataclass(frozen=True, eq=False)
class Platt:
    """Calibration of a facet that is asked by branches: calibrated = slope * log-odds + offset."""

    labels: tuple[str, ...]
    slope: Floats
    """[labels]"""

    offset: Floats
    """[labels]"""


@dataclass(frozen=True, eq=False)
class Heads:
    """The heads of all facets over one set of inputs."""

    meta: Mapping[str, Any]
    """Header of the heads file; see `vstk.heads.file`."""

    facets: Mapping[str, FacetHead]
    mean: Floats
    """[blocks * width]"""

    scale: Floats
    """[blocks * width], above 0."""

    blocks: tuple[tuple[int, int], ...]
    """(index into `meta["layers"]`, vector 0..5), in the order of the coefficients."""

    calibration: Mapping[str, Platt] = field(default_factory=dict)
    paired: tuple[int, ...] = ()
    """Indexes of the blocks that quadratic terms are computed of."""

    directions: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float16))
    """[components, paired * width]"""

    @property
    def layers(self) -> tuple[int, ...]:
        """Counts of layers whose hidden states are needed, lowest first."""
        return tuple(sorted({int(self.meta["layers"][layer]) for layer, _ in self.blocks}))

    def inputs(self, features: Floats) -> NDArray[np.float64]:
        """Inputs [..., dimensions] of features [..., layers, 6, width].

        The blocks, standardised and each scaled to length sqrt(width), then the quadratic terms.
        """
        x = np.stack([features[..., layer, vector, :] for layer, vector in self.blocks], axis=-2)
        shape = (len(self.blocks), -1)
        standard = (x.astype(np.float64) - self.mean.reshape(shape)) / self.scale.reshape(shape)
        blocks = unit_length(standard)
        leading = features.shape[:-3]
        paired = blocks[..., list(self.paired), :].reshape(*leading, -1)
        parts = [blocks.reshape(*leading, -1), quadratic_terms(paired, self.directions)]
        return np.concatenate(parts, axis=-1, dtype=np.float64)

    def logits(self, features: Floats) -> dict[str, NDArray[np.float64]]:
        """Logits [..., labels] of every facet, given features [..., layers, 6, width]."""
        if not self.facets:  # a file that holds calibrations alone
            return {}
        inputs = self.inputs(features)
        return {facet: head.logits(inputs) for facet, head in self.facets.items()}

    def probabilities(self, features: Floats) -> dict[str, NDArray[np.float64]]:
        """Probabilities [..., labels] of every facet, given features [..., layers, 6, width]."""
        return {
            facet: probabilities(self.facets[facet].kind, logits)
            for facet, logits in self.logits(features).items()
        }


@dataclass(frozen=True, eq=False)
class NamingModel:
    """How likely annotators are to use each word for a value, given one hidden state.

    A linear model of low rank: likely = loadings @ projection @ standardised state + intercept.
    """

    meta: Mapping[str, Any]
    """`weights_sha256`, `sheet` and `window` as in a heads file; `layer` and `vector`: which
    hidden state is read; `layers`: those of the sheet; `conversations`: how many it was trained
    on; `words`: word families in the order of the arrays; `phrases`: annotators' names for values
    -> how often each occurs."""

    mean: Floats
    """[width]"""

    scale: Floats
    """[width], above 0."""

    projection: Floats
    """[rank, width]"""

    loadings: Floats
    """[words, rank]"""

    intercept: Floats
    """[words]"""

    base_rate: Floats
    """[words]: share of conversations for which the word is used, above 0."""

    def lift(self, state: Floats) -> dict[str, float]:
        """Word -> log of (how likely it is here / its base rate), for a state [width]."""
        x = unit_length((state.astype(np.float64) - self.mean) / self.scale)
        likely = self.loadings.astype(np.float64) @ (self.projection.astype(np.float64) @ x)
        ratio = (likely + self.intercept) / self.base_rate
        lift = np.log(np.maximum(ratio, _LEAST_RATIO))
        return dict(zip(self.meta["words"], lift.tolist(), strict=True))
