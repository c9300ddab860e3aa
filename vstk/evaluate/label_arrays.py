"""Labels of annotators and of the labeller as arrays, and how a measure groups them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vstk.evaluate.gold import AnnotatorLabels
from vstk.evaluate.metrics import Flags, Scores
from vstk.facets import Facets, FacetSpec, Grouping
from vstk.types import Extraction, Facet

UNANSWERED = "none"
"""The choice of a labeller that gave no label: it disagrees with every annotator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelArrays:
    """One side of a comparison as arrays: an annotator, or the labeller.

    Columns are the labels of the question sheet, in its order.
    """

    flags: Mapping[Facet, Flags]
    """By facet, [conversations, labels]: whether the label was given."""

    scores: Mapping[Facet, Scores]
    """Likewise its probability, 0..1; an annotator's are 0 and 1."""

    def choices(self, spec: FacetSpec) -> list[str]:
        """Of a facet with exclusive labels, the likeliest label given in each conversation."""
        flags, scores = self.flags[spec.key], self.scores[spec.key]
        best = np.where(flags, scores, -1.0).argmax(axis=1).tolist()
        given = np.asarray(flags.any(axis=1)).tolist()
        return [
            spec.keys[place] if any_given else UNANSWERED
            for place, any_given in zip(best, given, strict=True)
        ]


def annotator_arrays(annotations: Sequence[AnnotatorLabels], facets: Facets) -> LabelArrays:
    """One annotator's labels of all conversations."""
    flags = {
        facet: np.array(
            [[key in one.labels[facet] for key in spec.keys] for one in annotations], dtype=bool
        )
        for facet, spec in facets.items()
    }
    scores = {facet: flag.astype(np.float64) for facet, flag in flags.items()}
    return LabelArrays(flags=flags, scores=scores)


def labeller_arrays(extractions: Sequence[Extraction], facets: Facets) -> LabelArrays:
    """The labeller's answers. Those that the sheet has no label for, such as leaves, are left out.

    A label below a category is no column, nor is the "no" of a yes-or-no question.
    """
    column = {f: {key: i for i, key in enumerate(spec.keys)} for f, spec in facets.items()}
    shapes = {facet: (len(extractions), len(spec.labels)) for facet, spec in facets.items()}
    flags = {facet: np.zeros(shape, dtype=bool) for facet, shape in shapes.items()}
    scores = {facet: np.zeros(shape) for facet, shape in shapes.items()}
    for row, extraction in enumerate(extractions):
        for answer in extraction.answers:
            place = column.get(answer.facet, {}).get(answer.label)
            if place is not None:
                scores[answer.facet][row, place] = answer.probability
                flags[answer.facet][row, place] = answer.chosen
    return LabelArrays(flags=flags, scores=scores)


def members(spec: FacetSpec, grouping: Grouping) -> dict[str, list[bool]]:
    """Key of each row of a grouping -> which of the facet's labels belong to it."""
    if grouping == "positive":
        row = spec.positive_row.key if spec.positive_row else "positive"
        return {row: [key in spec.positive for key in spec.keys]}
    parent = spec.groups if grouping == "groups" else {key: key for key in spec.keys}
    return {
        row: [parent[key] == row for key in spec.keys] for row in dict.fromkeys(parent.values())
    }


def coarser_rows(spec: FacetSpec) -> dict[str, list[bool]]:
    """Rows one level above the labels, likewise: domains, groups, and the positive labels."""
    rows: dict[str, list[bool]] = {}
    if spec.uses_taxonomy:
        domain = {key: key.split("/")[0] for key in spec.keys}
        rows |= {d: [domain[k] == d for k in spec.keys] for d in dict.fromkeys(domain.values())}
    if spec.groups:
        rows |= members(spec, "groups")
    if spec.positive:
        rows |= members(spec, "positive")
    return rows


def grouped_flags(flags: Flags, rows: Mapping[str, Sequence[bool]]) -> Flags:
    """[conversations, rows]: whether a label of the row was given."""
    return np.stack([flags[:, list(labels)].any(axis=1) for labels in rows.values()], axis=1)


def grouped_scores(
    scores: Scores, rows: Mapping[str, Sequence[bool]], *, exclusive: bool
) -> Scores:
    """[conversations, rows]: how likely a label of the row is.

    Probabilities of exclusive labels add up; of others the largest is taken.
    """
    columns = [scores[:, list(labels)] for labels in rows.values()]
    return np.stack([c.sum(axis=1) if exclusive else c.max(axis=1) for c in columns], axis=1)
