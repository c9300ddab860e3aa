"""`vstk ledger` and `vstk purge`: what was spent, and what is kept."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli.options import columns, work_option


@click.group("ledger")
def ledger_group() -> None:
    """What has been spent on each dataset, and can never be unspent."""


@ledger_group.command("show")
@click.argument("dataset", required=False)
def ledger_show(dataset: str | None) -> None:
    """List what was spent, for all datasets or one."""
    from vstk.pipeline import workdir as workdir_

    entries = workdir_.open_ledger().entries(dataset)
    if not entries:
        click.echo("Nothing has been spent" + (f" on '{dataset}'." if dataset else "."))
        return
    click.echo(
        columns(
            [
                ("entry", "at", "dataset", "kind", "rho", "hash"),
                *(
                    (
                        entry.number,
                        entry.at,
                        entry.dataset,
                        entry.kind,
                        f"{entry.rho.normalize():f}",
                        entry.hash[:16],
                    )
                    for entry in entries
                ),
            ],
            indent="",
        )
    )


@ledger_group.command("verify")
def ledger_verify() -> None:
    """Walk the chain of hashes: has anything been changed or cut out?"""
    from vstk.pipeline import workdir as workdir_

    number = workdir_.open_ledger().verify()
    click.echo(f"The chain of {number:,} entries is whole.")


@click.command()
@work_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(work: Path, yes: bool) -> None:
    """Delete every label in --work. The ledger stays: what was spent stays spent."""
    from vstk.pipeline import workdir as workdir_

    if not yes:
        click.confirm(f"Delete every label in '{work}'?", abort=True)
    click.echo(f"{workdir_.purge(work):,} conversations' labels deleted; the ledger is untouched.")
