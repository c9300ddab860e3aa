"""How well the labeller agrees with people's labels, and learning from them.

Gold files come in, figures go out. Predictions are carried in by the pipeline:
this room never reads a model.
"""

from vstk.evaluate.agreement import GROUPS, SUBJECTIVE, evaluate
from vstk.evaluate.gold import RESPONSES, SUBJECTIVITY, TASKS, Labelled, Labels, Vocabulary, read
from vstk.evaluate.table import render

__all__ = [
    "GROUPS",
    "RESPONSES",
    "SUBJECTIVE",
    "SUBJECTIVITY",
    "TASKS",
    "Labelled",
    "Labels",
    "Vocabulary",
    "evaluate",
    "read",
    "render",
]
