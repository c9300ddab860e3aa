"""Options and arguments that several commands accept."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vstk.policy import Policy
    from vstk.readers import Options
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
    help="Policy to apply: a name (`vstk policy list` shows them) or a file.",
)
format_option = click.option(
    "--format",
    "log_format",
    metavar="NAME",
    help="Log format. Detected automatically if omitted (`vstk formats` lists the formats).",
)
map_option = click.option(
    "--map",
    "field_map",
    metavar="NAME=PATH",
    multiple=True,
    help="Where logs in a format of your own hold text, role, person, time and so on, for "
    "example `--map person=user.id`. Repeatable.",
)
reader_option = click.option(
    "--reader",
    metavar="MODULE:FUNCTION",
    help="A Python function of your own that turns a record into a chat.",
)
query_option = click.option("--query", metavar="SQL", help="Query to run on a SQLite database.")
model_option = click.option(
    "--model", metavar="ID|FILE", help="Model to use instead of the policy's."
)
workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 256),
    help="Number of worker processes. Default: as many as the CPUs and memory allow.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Do not show progress.")
work_option = click.option(
    "--work",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("audit-work"),
    show_default=True,
    help="Folder for the labels. It is sensitive: keep it on this machine.",
)

dataset_option = click.option(
    "--dataset",
    metavar="NAME",
    default="default",
    show_default=True,
    help="Name of the population whose privacy budget is charged. Always use the same name "
    "for the same people; a second name opens a second budget that the ledger cannot connect.",
)
period_option = click.option(
    "--period",
    metavar="PERIOD",
    help="Only audit conversations that started in this period, e.g. 2026-07, 2026-Q3 or 2026 "
    "(must match the policy's `period`).",
)


def _parse_sample_rate(
    context: click.Context, option: click.Parameter, value: str | None
) -> int | None:
    """The N of a sampling rate 1/N, from 1 to 1,000,000."""
    if value is None:
        return None
    found = re.fullmatch(r"1/([1-9][0-9]{0,6})", value)
    if not found or int(found[1]) > 1_000_000:
        raise click.BadParameter("must have the form 1/N, with N from 1 to 1000000.")
    return int(found[1])


def sample_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--sample-rate 1/N`, which the command receives as `one_in`.

    The hidden `--sample N` is the earlier spelling of the same option.
    """

    @click.option(
        "--sample-rate",
        metavar="1/N",
        callback=_parse_sample_rate,
        help="Audit a random 1-in-N sample of people. Confidence intervals include the sampling "
        "error.",
    )
    @click.option("--sample", metavar="N", type=click.IntRange(1, 1_000_000), hidden=True)
    @functools.wraps(command)
    def with_sample_rate(
        *args: Any, sample_rate: int | None, sample: int | None, **options: Any
    ) -> Any:
        if sample_rate is not None and sample is not None:
            raise click.UsageError("Use either --sample-rate or --sample, not both.")
        return command(*args, one_in=sample_rate or sample or 1, **options)

    return with_sample_rate


anew_option = click.option(
    "--anew",
    is_flag=True,
    help="Release again although this dataset, period and policy have a release. Spends budget.",
)


def out_option(default: str) -> Callable[[Any], Any]:
    """`--out DIR`: a folder that is absent or empty, or holds the same report."""
    return click.option(
        "--out",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default=Path(default),
        show_default=True,
        help="Folder for the report. It must be empty or not exist yet.",
    )


def read_policy(name_or_file: str) -> Policy:
    """Load the policy that an option names, and print its notes on standard error."""
    from vstk.policy import load

    policy = load(name_or_file)
    for note in policy.notes:
        click.echo(f"Note: {note}", err=True)
    return policy


def reading_options(field_map: Sequence[str], reader: str | None, query: str | None) -> Options:
    """How to read logs, from the options `--map`, `--reader` and `--query`."""
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
