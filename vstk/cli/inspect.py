"""`vstk inspect`: what logs contain, in exact counts."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import format_option, logs_argument


@click.command(short_help="Show what logs contain.")
@logs_argument
@format_option
def inspect(logs: tuple[Path, ...], log_format: str | None) -> None:
    """Show what LOGS contain: formats, counts, and the unit of privacy they support.

    For the operator only: the counts are exact and must not be published.
    """
    from vstk.readers import survey

    found = survey(logs, format=log_format)
    output.echo_table(
        [
            ("file", "format", "conversations", "turns", "skipped"),
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
        ]
    )
    for reason, number in sorted(found.rejects.items()):
        click.echo(f"  skipped ({reason}): {number:,}")
    for kind, number in found.conversations_by_kind.items():
        ids = found.ids_by_kind.get(kind, 0)
        click.echo(
            f"Ids of kind '{kind}': {output.number_of(ids, 'distinct id')} "
            f"on {output.number_of(number, 'conversation')}."
        )
    unit = (
        "person"
        if found.unit_kind not in ("none", "file")
        else "conversation (some conversations have no id of a person)"
    )
    click.echo(f"Strongest unit of privacy that these logs support: {unit}.")
    if found.first and found.last:
        click.echo(f"Period: {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}.")
    click.echo(output.EXACT)
