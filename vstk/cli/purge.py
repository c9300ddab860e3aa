"""`vstk purge`: delete stored labels."""

from __future__ import annotations

import re
from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import work_option

_DAYS = {"d": 1, "w": 7, "y": 365}


def _parse_duration(
    context: click.Context, option: click.Parameter, value: str | None
) -> int | None:
    """The days of a duration, up to about a hundred years."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,5})([dwy])", value)
    days = int(found[1]) * _DAYS[found[2]] if found else 0
    if found is None or days > 36_500:
        raise click.BadParameter("must be a number of days, weeks or years: 90d, 12w or 1y.")
    return days


@click.command()
@work_option
@click.option(
    "--older-than",
    "days",
    metavar="DURATION",
    callback=_parse_duration,
    help="Delete only what was stored longer ago than this: 90d, 12w or 1y.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def purge(work: Path, days: int | None, yes: bool) -> None:
    """Delete all labels in --work, or only old ones.

    The privacy ledger is kept: spent budget cannot be recovered. Reports that
    were published stay as they are.
    """
    from vstk.pipeline.workdir import purge as purge_labels
    from vstk.pipeline.workdir import purge_older

    which = "all labels" if days is None else f"labels that are older than {days} days"
    if not yes:
        click.confirm(f"Delete {which} in '{work}'?", abort=True)
    deleted = purge_labels(work) if days is None else purge_older(work, days=days)
    number = output.number_of(deleted, "conversation")
    click.echo(f"Deleted the labels of {number}. The privacy ledger was kept.")
