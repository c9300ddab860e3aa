"""What several commands share: options, bars, small tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

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
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
work_option = click.option(
    "--work",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("audit-work"),
    show_default=True,
    help="Folder of the labels: sensitive, stays on this machine.",
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


def columns(rows: Iterable[Sequence[object]], *, indent: str = "  ") -> str:
    """Rows as text columns, numbers to the right."""
    lines = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    kept = list(rows) if isinstance(rows, list) else []
    widths = (
        [max(len(line[place]) for line in lines) for place in range(len(lines[0]))] if lines else []
    )
    shown = []
    for number, line in enumerate(lines):
        cells = [
            cell.rjust(width)
            if kept and isinstance(kept[number][place], (int, float))
            else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(shown)
