"""`vstk formats`: the log formats that can be read."""

from __future__ import annotations

import click

from vstk.cli import output


@click.command()
def formats() -> None:
    """List the log formats that vstk can read."""
    from vstk.readers import FORMATS

    output.echo_table([(one.name, one.title) for one in FORMATS.values()])
