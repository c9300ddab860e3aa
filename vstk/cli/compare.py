"""`vstk compare`: which rows changed between two releases, or differ between two tables."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path), required=False)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("comparison"),
    show_default=True,
    help="Folder for comparison.html, comparison.json and comparison.csv.",
)
@click.option(
    "--across-instruments",
    is_flag=True,
    help="Compare even if the model, question sheet or taxonomy differs. The differences may "
    "then be caused by the instrument.",
)
@click.option(
    "--between",
    nargs=2,
    metavar="TABLE TABLE",
    help="Compare two tables of BEFORE with each other, for example those of two teams.",
)
def compare(
    before: Path,
    after: Path | None,
    out: Path,
    across_instruments: bool,
    between: tuple[str, str] | None,
) -> None:
    """Compare two releases. BEFORE and AFTER are release.json files. Spends no budget.

    A row is reported as changed if the difference is significant at 5 % after
    Holm's correction for multiple comparisons. Writes the comparison as HTML,
    JSON and CSV.

    \b
        vstk compare q2/release.json q3/release.json --out q2-q3
        vstk compare q3/release.json --between tasks__team-1-law tasks__team-2-sales
    """
    from vstk import api
    from vstk.pipeline.compare import between as compare_tables

    if (after is None) == (between is None):
        raise click.UsageError(
            "Give either AFTER, or --between with the names of two tables of BEFORE."
        )
    if after is None:
        assert between is not None
        found = compare_tables(before, *between, out)
    else:
        found = api.compare(before, after, out=out, across_instruments=across_instruments)
    for name in found.instruments:
        click.echo(f"The instruments differ: {name}")
    changed = [one for one in found.differences if one.changed]
    click.echo(f"{len(changed)} of {len(found.differences)} rows changed. {found.rule}")
    if changed:
        output.echo_table(
            [
                ("table", "row", "change (points)", "from", "to"),
                *(
                    (
                        one.table,
                        one.title,
                        f"{100 * one.change:+.1f}",
                        f"{100 * one.low:+.1f}",
                        f"{100 * one.high:+.1f}",
                    )
                    for one in changed
                ),
            ]
        )
    click.echo(f"Written: {out / 'comparison.html'}")
