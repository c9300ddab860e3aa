"""What several commands print: tables, progress bars, plans and results of an audit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vstk.errors import VstkError

if TYPE_CHECKING:
    from vstk.pipeline.label_logs import RunSummary
    from vstk.pipeline.publish import AuditResult
    from vstk.policy import Policy
    from vstk.release import Plan

EXACT = "Exact counts: do not publish."


@contextmanager
def bar(what: str, *, quiet: bool, unit: str = "conv") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error; yields what takes (done, total).

    On a terminal it shows the rate and the time left; elsewhere it prints a line
    every 30 seconds. `unit` is what is counted; "B" is shown as KB, MB and so on.
    """
    if quiet:
        yield lambda done, total: None
        return
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    with tqdm(
        desc=what, unit=unit, mininterval=0.2 if terminal else 30, unit_scale=unit == "B"
    ) as shown:

        def step(done: int, total: int) -> None:
            if shown.total != total:
                # The work of an earlier run must not count towards the rate.
                shown.reset(total)
                shown.initial = shown.n = done
                shown.last_print_n = done
            shown.update(done - shown.n)

        yield step


def say(text: str) -> None:
    """Print on standard error, above a progress bar if there is one."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def warn(policy: Policy, model: str | None) -> None:
    """Print what the user must know about the labels before waiting for them."""
    from vstk.pipeline.instrument import warnings

    for warning in warnings(policy, model=model):
        say(f"Warning: {warning}")


def table(rows: Iterable[Sequence[object]], *, indent: str = "") -> str:
    """Rows as aligned text columns; numbers are aligned to the right."""
    kept = [tuple(row) for row in rows]
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in kept]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    shown = []
    for row, line in zip(kept, texts, strict=True):
        cells = [
            text.rjust(width) if isinstance(cell, (int, float)) else text.ljust(width)
            for cell, text, width in zip(row, line, widths, strict=True)
        ]
        shown.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(shown)


def number_of(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: `1 conversation`, `2,400 conversations`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def screen(seen: RunSummary) -> str:
    """What was found in the log, in exact counts, for the operator only."""
    rows: list[Sequence[object]] = [
        ("conversations in the log", seen.read),
        ("people (or conversations, if they are the policy's unit)", seen.units),
        ("conversations selected for labelling", seen.chosen),
        ("  of these, already labelled", seen.kept),
    ]
    if seen.outside_period:
        rows.append(("outside the period", seen.outside_period))
    rows += [
        (f"set aside (id weaker than the policy's weakest_id: {kind})", number)
        for kind, number in seen.weaker_ids.items()
    ]
    rows += [(f"skipped ({reason})", number) for reason, number in seen.rejects.items()]
    return f"{EXACT}\n" + table(rows, indent="  ")


def plan(planned: Plan) -> str:
    """Each table with its margin and its share of the privacy budget."""
    rows: list[Sequence[object]] = [("table", "rows", "rho", "margin (±)", "")]
    rows += [
        (
            one.title,
            str(one.keys),
            f"{one.rho.normalize():f}",
            f"{one.points:.1f} points",
            "published" if one.published else "margin exceeds policy limit",
        )
        for one in planned.tables
    ]
    return (
        f"Plan for about {planned.rounded_conversations} conversations. Margins are 95 % margins "
        "of error of a share of 50 %;\nthey include the privacy noise only:\n"
        + table(rows, indent="  ")
    )


def verdict(planned: Plan) -> str:
    """Whether an audit with this plan would probably lead to a release."""
    try:
        planned.check()
    except VstkError as error:
        return f"An audit with this plan would probably end without a release. {error}"
    return "An audit with this plan would probably lead to a release."


def outcome(done: AuditResult) -> str:
    """How much budget was spent, how much is left, and where the report is."""
    promise = done.release.guarantee
    spent = (
        "This question was answered before: its stored release was written again, and no budget "
        "was spent."
        if done.already_released
        else f"Spent rho = {promise.rho} (epsilon {promise.epsilon:g} at delta {promise.delta}, "
        f"per {promise.unit})."
    )
    lines = [spent]
    if done.changed:
        lines.append(
            "Warning: the log has changed since that release was made, and the report does not "
            "show the change. Use --anew to release again, which spends the policy's whole rho."
        )
    lines.append(f"Remaining budget of dataset '{done.release.dataset}': rho = {done.budget_left}.")
    lines += [f"Not published: {text}" for text in done.release.not_published if "Table" in text]
    return "\n".join([*lines, f"Report: {done.files[0]}"])


def echo_table(rows: Iterable[Sequence[object]]) -> None:
    """Print rows as aligned columns on standard output."""
    click.echo(table(rows))
