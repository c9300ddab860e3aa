"""`vstk validate` and `vstk investigate`: back to the log, for people who may see it."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli.options import columns, logs_argument, policy_option, work_option


@click.group("validate")
def validate_group() -> None:
    """Have people check the labels on your own logs, blind."""


@validate_group.command("sample")
@logs_argument
@work_option
@policy_option
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV sheet to write; must not exist.",
)
@click.option("--count", default=100, show_default=True, type=click.IntRange(1, 10_000))
def validate_sample(logs: tuple[Path, ...], work: Path, policy: str, out: Path, count: int) -> None:
    """Write a sheet of labelled conversations from LOGS, without their labels.

    Writes text: scrubbed, and still personal data. For the reviewer's eyes only.

    \b
        vstk validate sample exports/ --out review.csv --count 200
    """
    from vstk import policy as policies
    from vstk.pipeline import validation as validation_

    number = validation_.sample(logs, policies.load(policy), work, out, count)
    click.echo(f"{number:,} conversations in {out}. Fill the columns, then `vstk validate score`.")


@validate_group.command("score")
@click.argument("sheet", type=click.Path(path_type=Path))
@work_option
@policy_option
def validate_score(sheet: Path, work: Path, policy: str) -> None:
    """Compare a filled SHEET with the labels, with 95 % intervals.

    \b
        vstk validate score review.csv
    """
    from vstk import policy as policies
    from vstk.pipeline import validation as validation_

    found = validation_.score(sheet, policies.load(policy), work)
    click.echo(
        columns(
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
            ],
            indent="",
        )
    )


@click.command()
@logs_argument
@policy_option
@work_option
@click.option("--reason", required=True, help="Why; kept with your name in $VSTK_HOME.")
def investigate(logs: tuple[Path, ...], policy: str, work: Path, reason: str) -> None:
    """List where LOGS meet the watch list: file and line, no text.

    For an authorised person. It points at single people's conversations, so it is
    never part of a release; who asked, when and why is written down. A label is a
    model's opinion and is often wrong.

    \b
        vstk investigate exports/ --reason "ticket SEC-118"
    """
    from vstk import policy as policies
    from vstk.pipeline import investigate as investigate_

    number, rules = 0, policies.load(policy)
    for source, facets in investigate_.investigate(logs, rules, work, reason=reason):
        click.echo(f"{source.file}:{source.line}: {', '.join(facets)}")
        number += 1
    click.echo(f"{number:,} conversations.", err=True)
