"""How well the labeller agrees with people's labels, and learning from them.

Gold files come in; figures and heads go out. Predictions and hidden states are passed in by the
pipeline: this room never reads a language model. Which facets there are, and how each is measured,
it learns from the question sheet's `Facets`.
"""

from vstk.evaluate.agreement import evaluate
from vstk.evaluate.gold import AnnotatorLabels, GoldConversation, first_annotator, read
from vstk.evaluate.render import render
from vstk.evaluate.result import Calibration, EvaluationResult, FeatureFigures

__all__ = [
    "AnnotatorLabels",
    "Calibration",
    "EvaluationResult",
    "FeatureFigures",
    "GoldConversation",
    "evaluate",
    "first_annotator",
    "read",
    "render",
]
