"""What an audit, a plan and a release say on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vstk.cli.options import columns
from vstk.errors import VstkError

if TYPE_CHECKING:
    from vstk.pipeline.label_logs import RunSummary
    from vstk.pipeline.publish import Audit
    from vstk.release import Plan


def screen(seen: RunSummary) -> str:
    """What was met in the log: exact, for the operator."""
    rows: list[Sequence[object]] = [
        ("conversations in the log", seen.read),
        ("people (or conversations without an id)", seen.units),
        ("chosen to be read", seen.chosen),
        ("  of them labelled before", seen.kept),
    ]
    if seen.outside_period:
        rows.append(("outside the period", seen.outside_period))
    rows += [(f"passed over, {reason}", number) for reason, number in seen.rejects.items()]
    return "Exact figures, for your eyes only:\n" + columns(rows)


def plan(planned: Plan) -> str:
    """Each table with its interval and price, before anything is spent."""
    rows: list[Sequence[object]] = [("table", "rows", "rho", "half interval", "")]
    rows += [
        (
            table.title,
            str(table.keys),
            f"{table.rho.normalize():f}",
            f"{table.points:.1f} points",
            "published" if table.published else "too wide",
        )
        for table in planned.tables
    ]
    return (
        f"Plan for about {planned.rounded_conversations} conversations "
        "(noise only, for a share of one half):\n" + columns(rows)
    )


def verdict(planned: Plan) -> str:
    """Whether an audit would go on with this plan."""
    try:
        planned.check()
    except VstkError as error:
        return f"An audit would stop here. {error}"
    return "An audit would go on with this plan."


def outcome(done: Audit) -> str:
    """What was spent, what is left, and where the report is."""
    promise = done.release.guarantee
    spent = (
        "Answered from the ledger: nothing was spent."
        if done.again
        else f"Spent rho = {promise.rho} (epsilon {promise.epsilon:g} at delta {promise.delta}, "
        f"per {promise.unit})."
    )
    lines = [spent, f"Dataset '{done.release.dataset}' has rho = {done.left} left."]
    lines += [f"Not published: {text}" for text in done.release.not_published if "Table" in text]
    return "\n".join([*lines, f"Report: {done.files[0]}"])
