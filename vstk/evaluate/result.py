"""The result of an evaluation: a typed document with a schema.

`vstk evaluate --json` writes it, and `models/heads/NAME.quality.json` is one. It is read strictly:
a key that is missing, unknown or of another type is an error that names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from vstk.errors import InputUnreadable
from vstk.types import Confusion, Facet, Quality

SCHEMA: Literal["vstk-evaluation-1"] = "vstk-evaluation-1"

_DERIVED = ("sensitivity", "specificity")
"""Rates of a confusion that are written for people; they follow from its counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFigures:
    """How well one feature's labels agree with an annotator's; a figure may be absent."""

    micro_f1: float | None = None
    """F1 of all labels pooled, 0..1."""

    macro_f1: float | None = None
    """Mean F1 over the labels that occur, 0..1."""

    prevalence_mae_points: float | None = None
    """Mean over labels of |found share - true share|, in percentage points, 0..100."""

    kappa: float | None = None
    """Cohen's kappa: agreement beyond chance, -1..1."""

    auc: float | None = None
    """Area under the ROC curve, 0..1; 0.5 is chance."""

    average_precision: float | None = None
    """Mean precision over the positives, 0..1."""

    @property
    def known(self) -> dict[str, float]:
        """The figures that there are, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of about the same probability, and how often annotators agreed."""

    probability: float
    """Mean probability, 0..1."""

    share: float
    """Share of these answers whose label an annotator gave, 0..1."""

    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whether a facet's probabilities mean what they say."""

    expected_calibration_error: float
    """Mean |probability - share| over the bins, weighted by answers, 0..1."""

    bins: tuple[Bin, ...]
    """The reliability diagram; bins without answers are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """How well the labeller agrees with annotators, and they with each other."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False
    )

    schema: Literal["vstk-evaluation-1"]
    conversations: int
    """Conversations that were scored."""

    not_labelled: int
    """Conversations that the labeller refused; they are not scored."""

    seconds_per_conversation: float | None
    """Wall time of labelling; `None` where it was not measured."""

    features: Mapping[str, FeatureFigures]
    """By measure of the question sheet; the mean over annotators."""

    annotators: Mapping[str, FeatureFigures]
    """Likewise for pairs of annotators; empty where there is only one."""

    calibration: Mapping[Facet, Calibration]
    confusions: Mapping[Facet, Mapping[str, Confusion]]
    """By facet, and by label, group or domain."""

    source: str = ""
    """Which labelled conversations, and who labelled them, in words."""

    gold: str = ""
    """Name of the gold file."""

    text: Literal["", "raw", "scrubbed"] = ""
    """Which text the labeller read."""

    instrument: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the parts that decide labels, by name."""

    @property
    def quality(self) -> Quality:
        """The figures as a release and its report hold them."""
        return Quality(
            source=self.source,
            conversations=self.conversations,
            features={name: figures.known for name, figures in self.features.items()},
            annotators={name: figures.known for name, figures in self.annotators.items()},
        )

    def to_json(self) -> str:
        """The document as indented JSON. Numbers that could not be computed are absent."""
        document: dict[str, Any] = {
            "schema": self.schema,
            "source": self.source,
            "conversations": self.conversations,
            "not_labelled": self.not_labelled,
            "seconds_per_conversation": self.seconds_per_conversation,
            "features": {name: figures.known for name, figures in self.features.items()},
            "annotators": {name: figures.known for name, figures in self.annotators.items()},
            "calibration": {facet: asdict(one) for facet, one in self.calibration.items()},
            "confusions": {
                facet: {
                    label: asdict(one) | {name: getattr(one, name) for name in _DERIVED}
                    for label, one in rows.items()
                }
                for facet, rows in self.confusions.items()
            },
            "gold": self.gold,
            "text": self.text,
            "instrument": dict(self.instrument),
        }
        return json.dumps(document, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, name: str = "the document") -> EvaluationResult:
        """Read a document strictly.

        Args:
            text: JSON as `to_json` writes it.
            name: of the file, for errors.

        Raises:
            InputUnreadable: it is not JSON, of another schema, or a key is missing, unknown or
                of the wrong type; names the keys and quotes no value.
        """
        try:
            document = json.loads(text)
            for rows in document["confusions"].values():
                for counts in rows.values():
                    for rate in _DERIVED:
                        counts.pop(rate, None)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unreadable(name, "it is not a JSON object with `confusions`") from None
        try:
            return _adapter().validate_json(json.dumps(document))
        except ValidationError as error:
            details = "; ".join(
                f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in error.errors(include_input=False, include_url=False)[:3]
            )
            raise _unreadable(name, details) from None


def _unreadable(name: str, why: str) -> InputUnreadable:
    return InputUnreadable(
        f"'{name}' is not the result of an evaluation ({why}).",
        remedy=f"write it anew with `vstk evaluate GOLD --json FILE`; its schema is '{SCHEMA}'.",
    )


@cache
def _adapter() -> TypeAdapter[EvaluationResult]:
    return TypeAdapter(EvaluationResult)
