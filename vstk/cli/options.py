"""What several commands share: options, bars, small tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vstk import readers
    from vstk.readers.draft import Format

logs_argument = click.argument(
    "logs",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
policy_option = click.option(
    "--policy",
    metavar="NAME|FILE",
    default="default",
    show_default=True,
    help="What may be done: scrub, model, tables, privacy budget.",
)
format_option = click.option(
    "--format",
    "log_format",
    metavar="NAME",
    help="Format of the logs, when it should not be found out (`vstk formats`).",
)
map_option = click.option(
    "--map",
    "field_map",
    metavar="NAME=PATH",
    multiple=True,
    help="Where a log of your own keeps text, role, person, time, ...: `--map person=user.id`.",
)
reader_option = click.option(
    "--reader",
    metavar="MODULE:FUNCTION",
    help="A function of your own that turns a record into chat.",
)
query_option = click.option(
    "--query", metavar="SQL", help="What to select from a SQLite database."
)
model_option = click.option("--model", metavar="ID|FILE", help="Weights in place of the policy's.")
workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 256),
    help="Processes that label; default: as many as there are processors and memory for.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
work_option = click.option(
    "--work",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("audit-work"),
    show_default=True,
    help="Folder of the labels: sensitive, stays on this machine.",
)

dataset_option = click.option(
    "--dataset",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The body of people whose budget is spent. The same people, the same name: "
    "two names are two budgets, and their losses add up.",
)
sample_option = click.option(
    "--sample",
    "one_in",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    default=1,
    help="Read one person in N, chosen by keyed hash; the intervals say so.",
)
period_option = click.option(
    "--period",
    metavar="PERIOD",
    help="Keep conversations that began in it, in the policy's length: 2026-07, 2026-Q3, 2026.",
)


def out_option(default: str) -> Callable[[Any], Any]:
    """`--out DIR`: absent or empty, or this very report."""
    return click.option(
        "--out",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default=Path(default),
        show_default=True,
        help="Folder of the report. Must be absent or empty.",
    )


@contextmanager
def bar(what: str, *, quiet: bool, unit: str = "conv") -> Iterator[Callable[[int, int], None]]:
    """A progress bar with rate and time left, on a terminal; a line a minute elsewhere."""
    if quiet:
        yield lambda done, total: None
        return
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    with tqdm(
        desc=what, unit=unit, mininterval=0.2 if terminal else 30, unit_scale=unit == "B"
    ) as shown:

        def step(done: int, total: int) -> None:
            if shown.total != total:
                # What an earlier run did must not count into the rate.
                shown.reset(total)
                shown.initial = shown.n = done
                shown.last_print_n = done
            shown.update(done - shown.n)

        yield step


def say(text: str) -> None:
    """Print on standard error above a bar that may be there."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def columns(rows: Iterable[Sequence[object]], *, indent: str = "  ") -> str:
    """Rows as text columns, numbers to the right."""
    kept = [tuple(row) for row in rows]
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in kept]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    shown = []
    for row, line in zip(kept, texts, strict=True):
        cells = [
            text.rjust(width) if isinstance(cell, (int, float)) else text.ljust(width)
            for cell, text, width in zip(row, line, widths, strict=True)
        ]
        shown.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(shown)


def reading_options(
    field_map: Sequence[str], reader: str | None, query: str | None
) -> readers.Options:
    """What the options about reading say."""
    from vstk import readers

    own: list[Format] = []
    if field_map:
        own.append(readers.mapped(readers.read_map(field_map)))
    if reader:
        own.append(readers.by_function(reader))
    return readers.Options(
        forced=own[0] if len(own) == 1 else None,
        more=(*own, *readers.plugged_in()),
        query=query,
    )
