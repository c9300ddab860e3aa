"""How well the labeller agrees with people's labels, and learning from them.

Gold files come in, figures go out. Predictions are carried in by the pipeline:
this room never reads a model.
"""

from vstk.evaluate.agreement import GROUPS, SUBJECTIVE, evaluate
from vstk.evaluate.gold import (
    RESPONSES,
    SUBJECTIVITY,
    TASKS,
    AnnotatorLabels,
    GoldConversation,
    Vocabulary,
    read,
)
from vstk.evaluate.result_table import render

__all__ = [
    "GROUPS",
    "RESPONSES",
    "SUBJECTIVE",
    "SUBJECTIVITY",
    "TASKS",
    "AnnotatorLabels",
    "GoldConversation",
    "Vocabulary",
    "evaluate",
    "read",
    "render",
]
