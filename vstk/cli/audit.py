"""`vstk audit`, and its first look alone: `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vstk.cli import output
from vstk.cli.options import (
    bar,
    columns,
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
    reader_option,
    reading_options,
    sample_option,
    say,
    work_option,
    workers_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from vstk.cli.inspection import Seen
    from vstk.readers import Survey
    from vstk.release import Plan
    from vstk.types import Conversation


@click.command()
@logs_argument
@policy_option
@out_option("report")
@work_option
@dataset_option
@model_option
@sample_option
@period_option
@format_option
@workers_option
@click.option(
    "--relabel",
    is_flag=True,
    help="Drop labels in --work of other settings or of other logs, and label what is missing.",
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

    Shows first what could be published and how exactly, and stops where that
    is less exact than the policy allows. Then labels, spends the policy's
    privacy budget once, and says what it spent. Stopped anywhere, it goes on
    when the same command is started again; the same question a second time
    shows the first answer and spends nothing. What cannot be read is counted
    on this screen, which is exact and therefore not part of the report.

    \b
        vstk audit exports/ --policy strict --out q3 --dataset helpdesk
        vstk audit exports/2026-*.jsonl.gz --sample 10
    """
    from vstk import policy as policies
    from vstk.pipeline import (
        audit as audit_,
    )
    from vstk.pipeline import (
        instrument as instrument_,
    )
    from vstk.pipeline import (
        label_logs as label_logs_,
    )
    from vstk.pipeline import (
        request as request_,
    )

    rules = policies.load(policy)
    request = request_.Request(
        logs=logs,
        dataset=dataset,
        format=log_format,
        period=period,
        one_in=one_in,
        workers=workers,
        relabel=relabel,
    )
    if dry_run:
        seen, planned = audit_.dry_run(request, rules)
        click.echo(output.screen(seen))
        click.echo(output.plan(planned))
        click.echo(output.verdict(planned, rules))
        click.echo("Dry run: nothing was written, nothing was spent.")
        return

    def announce(seen: label_logs_.RunSummary, planned: Plan) -> None:
        if not quiet:
            say(output.plan(planned))

    for warning in instrument_.warnings(rules, model=model):
        say(f"Warning: {warning}")
    with bar("Reading values", quiet=quiet) as progress:
        done = audit_.audit(
            request,
            rules,
            request_.Places(work=work),
            out,
            model=model,
            progress=progress,
            announce=announce,
        )
    if not quiet and done.screen is not None:
        click.echo(output.screen(done.screen), err=True)
    click.echo(output.outcome(done))


@click.command()
@logs_argument
@format_option
@map_option
@reader_option
@query_option
@click.option(
    "--conversations",
    "written",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was read as JSON Lines: personal data, which only you may read.",
)
@click.option("--show", metavar="N", type=click.IntRange(0), default=0, help="Print N of them.")
@click.option("--rejects", is_flag=True, help="Print file and line of all that was passed over.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def inspect(
    logs: tuple[Path, ...],
    log_format: str | None,
    field_map: tuple[str, ...],
    reader: str | None,
    query: str | None,
    written: Path | None,
    show: int,
    rejects: bool,
    as_json: bool,
) -> None:
    """Show what LOGS hold: formats, counts, and the unit of privacy they support.

    For the operator's eyes: the counts are exact and must not be published.
    """
    import json

    from vstk import readers
    from vstk.cli import inspection
    from vstk.files import stream_atomic

    options = reading_options(field_map, reader, query)
    index = readers.index(logs, format=log_format, options=options)
    seen = inspection.Seen(show)

    def counted(see: Callable[[Conversation], object]) -> None:
        nonlocal found

        def both(conversation: Conversation) -> None:
            see(conversation)
            seen(conversation)

        found = readers.survey_of(index, both)

    found: readers.Survey | None = None
    if written is None:
        counted(lambda conversation: None)
    else:
        stream_atomic(written, lambda put: counted(inspection.Written(put)))
    assert found is not None
    if as_json:
        click.echo(json.dumps(inspection.summary(found, seen), indent=1))
    else:
        _summary(found, seen)
    for text in inspection.shown(seen.first):
        click.echo(text)
    if rejects:
        click.echo(columns([("file", "line", "reason"), *inspection.rejects(index.rejects())]))


def _summary(found: Survey, seen: Seen) -> None:
    from vstk.cli import inspection

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
    click.echo(
        f"Unit of privacy that this log supports: {inspection.PROMISES[found.unit_kind]}."
    )
    if seen.languages:
        languages = ", ".join(f"{code} {n:,}" for code, n in seen.languages.most_common(5))
        click.echo(f"Languages of the first conversations: {languages}.")
    if found.first and found.last:
        click.echo(f"From {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}.")
    click.echo("Exact figures, for your eyes only.")
