"""`vstk inspect`: what logs contain, in exact counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vstk.cli import inspection, output
from vstk.cli.options import (
    format_option,
    logs_argument,
    map_option,
    query_option,
    reader_option,
    reading_options,
)

if TYPE_CHECKING:
    from vstk.readers import LogIndex, Survey
    from vstk.types import Conversation


@click.command(short_help="Show what logs contain.")
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
    help="Write the conversations as they were read, as JSON Lines. The file holds personal "
    "data; only you can read it.",
)
@click.option(
    "--show",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    help="Print the first N conversations.",
)
@click.option(
    "--rejects", is_flag=True, help="Print file, line and reason of every skipped record."
)
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
    """Show what LOGS contain: formats, counts, and the unit of privacy they support.

    For the operator only: the counts are exact and must not be published.
    """
    from vstk import readers

    options = reading_options(field_map, reader, query)
    index = readers.index(logs, format=log_format, options=options)
    seen = inspection.Seen(show)
    found = _read(index, seen, written)
    if as_json:
        click.echo(json.dumps(inspection.summary(found, seen), indent=1))
    else:
        _echo(found, seen)
    for text in inspection.shown(seen.first):
        click.echo(text)
    if rejects:
        output.echo_table([("file", "line", "reason"), *inspection.rejects(index.rejects())])


def _read(index: LogIndex, seen: inspection.Seen, written: Path | None) -> Survey:
    """Read every conversation once, and write it where that is asked for."""
    from vstk.files import stream_atomic
    from vstk.readers import survey_of

    if written is None:
        return survey_of(index, seen)
    found: list[Survey] = []

    def fill(put: Callable[[str], object]) -> None:
        write = inspection.Written(put)

        def see(conversation: Conversation) -> None:
            write(conversation)
            seen(conversation)

        found.append(survey_of(index, see))

    stream_atomic(written, fill)
    return found[0]


def _echo(found: Survey, seen: inspection.Seen) -> None:
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
    unit = inspection.PROMISES[found.unit_kind]
    click.echo(f"Strongest unit of privacy that these logs support: {unit}.")
    if seen.languages:
        languages = ", ".join(f"{code} {n:,}" for code, n in seen.languages.most_common(5))
        click.echo(f"Languages (first {inspection.LANGUAGES_OF:,} conversations): {languages}.")
    if found.first and found.last:
        click.echo(f"Period: {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}.")
    click.echo(output.EXACT)
