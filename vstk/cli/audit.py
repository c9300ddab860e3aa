"""`vstk audit`: from logs to a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vstk.cli import output
from vstk.cli.options import (
    anew_option,
    dataset_option,
    format_option,
    logs_argument,
    map_option,
    model_option,
    out_option,
    period_option,
    policy_option,
    query_option,
    quiet_option,
    read_policy,
    reader_option,
    reading_options,
    sample_option,
    work_option,
    workers_option,
)

if TYPE_CHECKING:
    from vstk.pipeline.label_logs import RunSummary
    from vstk.release import Plan


@click.command(short_help="Audit logs and write a report.")
@logs_argument
@policy_option
@out_option("report")
@work_option
@dataset_option
@model_option
@sample_option
@period_option
@format_option
@map_option
@reader_option
@query_option
@workers_option
@anew_option
@click.option(
    "--relabel",
    is_flag=True,
    help="Discard labels in --work that were made with other settings or from other logs, "
    "then label again.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would be labelled and published. Writes nothing and spends no budget.",
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
    field_map: tuple[str, ...],
    reader: str | None,
    query: str | None,
    workers: int | None,
    anew: bool,
    relabel: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Audit LOGS (files or folders) and write a report that can be published.

    The audit first shows which tables it could publish, and how precisely. It
    then labels the conversations, spends the policy's privacy budget once, and
    writes the report. If a noised number of conversations is too small for the
    policy, there is no report, and only the loss of that number is spent.

    If an audit is interrupted, run the same command again to resume it.
    Repeating a finished audit of the same dataset, period and policy returns
    the stored release and spends no further budget, even if the log has
    changed since; --anew releases again. Records that cannot be read are
    counted on the screen. These counts are exact, so they are not part of the
    report.

    \b
        vstk audit exports/ --policy strict --out q3 --dataset helpdesk
        vstk audit exports/2026-*.jsonl.gz --sample-rate 1/10
    """
    from vstk import api

    rules = read_policy(policy)
    reading = reading_options(field_map, reader, query)
    if dry_run:
        seen, planned = api.dry_run(
            logs,
            policy=rules,
            period=period,
            sample_rate=one_in,
            format=log_format,
            reading=reading,
        )
        click.echo(output.screen(seen))
        click.echo(output.plan(planned))
        click.echo(output.verdict(planned))
        click.echo("Dry run: nothing was written and no budget was spent.")
        return

    def announce(seen: RunSummary, planned: Plan) -> None:
        if not quiet:
            output.say(output.plan(planned))
            output.say(output.verdict(planned))

    output.warn(rules, model)
    with output.bar("Labelling", quiet=quiet) as progress:
        done = api.audit(
            logs,
            dataset=dataset,
            policy=rules,
            out=out,
            work=work,
            model=model,
            period=period,
            sample_rate=one_in,
            format=log_format,
            reading=reading,
            workers=workers,
            anew=anew,
            relabel=relabel,
            progress=progress,
            on_plan=announce,
        )
    if not quiet and done.summary is not None:
        click.echo(output.screen(done.summary), err=True)
    click.echo(output.outcome(done))
