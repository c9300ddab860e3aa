"""`vstk purge`: delete stored labels."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import work_option


@click.command()
@work_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def purge(work: Path, yes: bool) -> None:
    """Delete all labels in --work.

    The privacy ledger is kept: spent budget cannot be recovered.
    """
    from vstk.pipeline.workdir import purge as purge_labels

    if not yes:
        click.confirm(f"Delete all labels in '{work}'?", abort=True)
    number = output.number_of(purge_labels(work), "conversation")
    click.echo(f"Deleted the labels of {number}. The privacy ledger was kept.")
