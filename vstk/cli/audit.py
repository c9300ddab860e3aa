"""`vstk audit` and the parts of its way that can be gone alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vstk.cli.shared import (
    bar,
    columns,
    format_option,
    logs_argument,
    model_option,
    out_option,
    policy_option,
    quiet_option,
    work_option,
    workers_option,
)

if TYPE_CHECKING:
    from vstk.pipeline import Audit, Screen
    from vstk.release import Plan

_dataset_option = click.option(
    "--dataset",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The body of people whose budget is spent. The same people, the same name: "
    "two names are two budgets, and their losses add up.",
)
_sample_option = click.option(
    "--sample",
    "one_in",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    default=1,
    help="Read one person in N, chosen by keyed hash; the intervals say so.",
)
_period_option = click.option(
    "--period",
    metavar="PERIOD",
    help="Keep conversations that began in it, in the policy's length: 2026-07, 2026-Q3, 2026.",
)


@click.command()
@logs_argument
@policy_option
@out_option("report")
@work_option
@_dataset_option
@model_option
@_sample_option
@_period_option
@format_option
@workers_option
@click.option(
    "--relabel",
    is_flag=True,
    help="Drop labels in --work that other settings made, and label again.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be read and spent. Writes nothing, spends nothing.",
)
@quiet_option
def audit(
    logs: tuple[Path, ...],
    policy: str,
    out: Path,
    work: Path,
    dataset: str,
    model: str | None,
    one_in: int,
    period: str | None,
    log_format: str | None,
    workers: int | None,
    relabel: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Read LOGS (files or folders) and write a report that can be published.

    Spends the policy's privacy budget once, and says what it spent. Stopped
    anywhere, it goes on when the same command is started again; the same
    question a second time shows the first answer and spends nothing. What
    cannot be read is counted on this screen, which is exact and therefore not
    part of the report.

    \b
        vstk audit exports/ --policy strict --out q3 --dataset helpdesk
        vstk audit exports/2026-*.jsonl.gz --sample 10
    """
    from vstk import pipeline
    from vstk import policy as policies

    rules = policies.load(policy)
    request = pipeline.Request(
        logs=logs,
        dataset=dataset,
        format=log_format,
        period=period,
        one_in=one_in,
        workers=workers,
        relabel=relabel,
    )
    if dry_run:
        seen, planned = pipeline.rehearse(request, rules)
        click.echo(_screen(seen))
        click.echo(_plan(planned))
        click.echo("Dry run: nothing was written, nothing was spent.")
        return
    with bar("Reading values", quiet=quiet) as progress:
        done = pipeline.audit(
            request, rules, pipeline.Places(work=work), out, model=model, progress=progress
        )
    if not quiet and done.screen is not None:
        click.echo(_screen(done.screen), err=True)
    click.echo(_outcome(done))


@click.command()
@logs_argument
@format_option
def inspect(logs: tuple[Path, ...], log_format: str | None) -> None:
    """Show what LOGS hold: formats, counts, and the unit of privacy they support.

    For the operator's eyes: the counts are exact and must not be published.
    """
    from vstk import readers

    found = readers.survey(logs, format=log_format)
    click.echo(
        columns(
            [
                ("file", "format", "conversations", "turns", "passed over"),
                *(
                    (
                        file.path.name,
                        file.format or "not a log",
                        file.conversations,
                        file.turns,
                        sum(file.rejects.values()),
                    )
                    for file in found.files
                ),
            ],
            indent="",
        )
    )
    for reason, number in sorted(found.rejects.items()):
        click.echo(f"  passed over, {reason}: {number:,}")
    for kind, number in found.conversations_by_kind.items():
        ids = found.ids_by_kind.get(kind, 0)
        click.echo(f"Ids: {kind} on {number:,} conversations, {ids:,} different.")
    supported = (
        "a person"
        if found.unit_kind not in ("none", "file")
        else "one conversation (no id says who is who)"
    )
    click.echo(f"Unit of privacy that this log supports: {supported}.")
    if found.first and found.last:
        click.echo(f"From {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}.")
    click.echo("Exact figures, for your eyes only.")


@click.command()
@logs_argument
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSONL file to write; must not exist.",
)
@policy_option
@format_option
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the scrub report as JSON, too.",
)
@quiet_option
def scrub(
    logs: tuple[Path, ...],
    out: Path,
    policy: str,
    log_format: str | None,
    report_file: Path | None,
    quiet: bool,
) -> None:
    """Only remove personal data: LOGS in, scrubbed conversations out as JSONL.

    Writes text: what it writes is pseudonymised, not anonymous, and still
    personal data. Conversations that cannot be scrubbed are left out, counted.

    \b
        vstk scrub exports/ --out scrubbed.jsonl
    """
    from vstk import pipeline
    from vstk import policy as policies

    with bar("Scrubbing", quiet=quiet) as progress:
        seen = pipeline.scrub_to_file(
            logs, policies.load(policy), out, format=log_format, progress=progress
        )
    if report_file is not None:
        pipeline.write_whole(report_file, json.dumps(seen, indent=2, sort_keys=True) + "\n")
    click.echo(json.dumps(seen, indent=2, sort_keys=True))


@click.command()
@click.option(
    "--units",
    metavar="N",
    required=True,
    type=click.IntRange(1),
    help="About how many people there are.",
)
@click.option(
    "--conversations",
    metavar="N",
    type=click.IntRange(1),
    help="About how many conversations; default: as many as are counted at most.",
)
@policy_option
def plan(units: int, conversations: int | None, policy: str) -> None:
    """Say what a policy could publish about so many people. Spends nothing.

    \b
        vstk plan --units 5000 --policy strict
    """
    from vstk import pipeline
    from vstk import policy as policies

    click.echo(_plan(pipeline.planned(policies.load(policy), units, conversations)))


@click.command("release")
@work_option
@out_option("report")
@policy_option
@_dataset_option
@model_option
@_sample_option
@_period_option
def publish(
    work: Path,
    out: Path,
    policy: str,
    dataset: str,
    model: str | None,
    one_in: int,
    period: str | None,
) -> None:
    """Release from the labels of a finished audit. Spends budget.

    The same question as before shows the stored answer and spends nothing.
    """
    from vstk import pipeline
    from vstk import policy as policies

    request = pipeline.Request(logs=(), dataset=dataset, period=period, one_in=one_in)
    done = pipeline.release_again(
        request, policies.load(policy), pipeline.Places(work=work), out, model=model
    )
    click.echo(_outcome(done))


@click.command("report")
@click.argument("release_json", type=click.Path(path_type=Path))
@out_option("report")
def render(release_json: Path, out: Path) -> None:
    """Render a stored release again. Spends nothing."""
    from vstk import pipeline

    for file in pipeline.render(release_json, out):
        click.echo(file)


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("comparison"),
    show_default=True,
    help="Folder for comparison.json and comparison.csv.",
)
@click.option(
    "--across-instruments",
    is_flag=True,
    help="Compare although model, sheet or taxonomy differ; changes may then be theirs.",
)
def compare(before: Path, after: Path, out: Path, across_instruments: bool) -> None:
    """Compare two releases: BEFORE and AFTER are their release.json. Spends nothing.

    A row counts as changed if its difference stands out of the noise of both,
    with all rows compared taken together (Holm's rule, 5 %).

    \b
        vstk compare q2/release.json q3/release.json --out q2-q3
    """
    from vstk import pipeline

    found = pipeline.compare(before, after, out, across_instruments=across_instruments)
    for name in found.instruments:
        click.echo(f"Different instrument: {name}")
    changed = [one for one in found.differences if one.changed]
    click.echo(f"{len(changed)} of {len(found.differences)} rows changed. {found.rule}")
    if changed:
        click.echo(
            columns(
                [
                    ("table", "row", "points", "from", "to"),
                    *(
                        (
                            one.table,
                            one.title,
                            f"{100 * one.change:+.1f}",
                            f"{100 * one.low:+.1f}",
                            f"{100 * one.high:+.1f}",
                        )
                        for one in changed
                    ),
                ]
            )
        )
    click.echo(f"Written: {out / 'comparison.json'}")


def _screen(seen: Screen) -> str:
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


def _plan(planned: Plan) -> str:
    rows: list[Sequence[object]] = [("table", "rows", "rho", "half interval", "")]
    rows += [
        (
            table.title,
            str(table.keys),
            f"{table.rho.normalize():f}",
            f"{table.points:.1f} points",
            "published" if table.published else "left out: too wide",
        )
        for table in planned.tables
    ]
    return (
        f"Plan for about {planned.conversations:,.0f} conversations "
        "(noise only, for a share of one half):\n" + columns(rows)
    )


def _outcome(done: Audit) -> str:
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
