"""Labelled conversations become the noised tables that may leave the machine.

    prepare  a plan: which tables a policy publishes, and the privacy loss of each
    draw     bound each unit's contribution, sum, add noise, estimate shares
    explain  the explain sheet: what a reader has to know about the numbers

The keys of tables come from documents, never from the data. Every vector is published
completely, zeros included. All noise is drawn by `mechanism`, and only against an open
reservation in a ledger.
"""

from __future__ import annotations

from vstk.release.bounds import ContributionBounds
from vstk.release.comparison import between, compare
from vstk.release.derived_specs import tree
from vstk.release.explanation import claims, explain, not_published
from vstk.release.guarantee import combined, guarantee, sentence, unit
from vstk.release.label_error import LabelErrors
from vstk.release.noisy_release import Declined, Drawn, Reservation, draw
from vstk.release.plan import Plan, PlannedTable, prepare
from vstk.release.table_specs import (
    CrossSpec,
    NewValuesSpec,
    Spec,
    TableSpec,
    TreeSpec,
    flags,
    mirroring,
)
from vstk.types import Confusion

__all__ = [
    "Confusion",
    "ContributionBounds",
    "CrossSpec",
    "Declined",
    "Drawn",
    "LabelErrors",
    "NewValuesSpec",
    "Plan",
    "PlannedTable",
    "Reservation",
    "Spec",
    "TableSpec",
    "TreeSpec",
    "between",
    "claims",
    "combined",
    "compare",
    "draw",
    "explain",
    "flags",
    "guarantee",
    "mirroring",
    "not_published",
    "prepare",
    "sentence",
    "tree",
    "unit",
]
