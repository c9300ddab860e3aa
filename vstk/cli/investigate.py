"""`vstk investigate`: where in the logs the watch list was met."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import logs_argument, policy_option, read_policy, work_option


@click.command(short_help="List conversations on the watch list.")
@logs_argument
@policy_option
@work_option
@click.option(
    "--reason",
    required=True,
    help="Reason for the investigation. It is recorded in $VSTK_HOME with your user name.",
)
def investigate(logs: tuple[Path, ...], policy: str, work: Path, reason: str) -> None:
    """List the conversations in LOGS that have a label on the watch list.

    Prints file and line, but no text. For authorised people only: the output
    identifies individual conversations and is never part of a release. Every
    use is recorded with the user, the time and the reason. Labels are the
    output of a model and are often wrong.

    \b
        vstk investigate exports/ --reason "ticket SEC-118"
    """
    from vstk.pipeline.investigate import investigate as find_watched

    number = 0
    for source, facets in find_watched(logs, read_policy(policy), work, reason=reason):
        click.echo(f"{source.file}:{source.line}: {', '.join(facets)}")
        number += 1
    click.echo(f"{output.number_of(number, 'conversation')} found.", err=True)
