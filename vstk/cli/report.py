"""`vstk report`: the report of a stored release."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli.options import out_option


@click.command()
@click.argument("release_json", metavar="FILE", type=click.Path(path_type=Path))
@out_option("report")
def report(release_json: Path, out: Path) -> None:
    """Write the report of a stored release again. Spends no budget.

    FILE is a release.json.

    \b
        vstk report q3/release.json --out q3-again
    """
    from vstk.pipeline.release import render

    for file in render(release_json, out):
        click.echo(file)
