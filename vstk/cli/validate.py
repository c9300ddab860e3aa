"""`vstk validate`: people check labels on their own logs, without seeing the labels."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import logs_argument, policy_option, read_policy, work_option


@click.group("validate", short_help="Have people check a sample of the labels.")
def validate_group() -> None:
    """Have people check a sample of the labels, without seeing them first."""


@validate_group.command("sample", short_help="Write a sample without labels.")
@logs_argument
@work_option
@policy_option
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file to write. It must not exist.",
)
@click.option(
    "--count",
    metavar="N",
    default=100,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Number of conversations to draw at random.",
)
def validate_sample(logs: tuple[Path, ...], work: Path, policy: str, out: Path, count: int) -> None:
    """Write a random sample of labelled conversations from LOGS, without their labels.

    The file contains conversation text. The text is scrubbed, but it is still
    personal data: give it only to the reviewers.

    \b
        vstk validate sample exports/ --out review.csv --count 200
    """
    from vstk.pipeline.validation import sample

    number = sample(logs, read_policy(policy), work, out, count)
    click.echo(
        f"Wrote {output.number_of(number, 'conversation')} to {out}. Fill in the columns, then "
        f"run `vstk validate score {out}`."
    )


@validate_group.command("score")
@click.argument("sheet", type=click.Path(path_type=Path))
@work_option
@policy_option
def validate_score(sheet: Path, work: Path, policy: str) -> None:
    """Compare the answers in a completed SHEET with the labels.

    Shares have 95 % confidence intervals.

    \b
        vstk validate score review.csv
    """
    from vstk.pipeline.validation import score

    found = score(sheet, read_policy(policy), work)
    output.echo_table(
        [
            ("question", "agreed", "of", "share", "95 % interval", "kappa"),
            *(
                (
                    name,
                    one.agreed,
                    one.of,
                    f"{one.agreed / one.of:.2f}" if one.of else "",
                    f"{one.low:.2f} to {one.high:.2f}",
                    "" if one.kappa is None else f"{one.kappa:.2f}",
                )
                for name, one in found.items()
            ),
        ]
    )
