"""`vstk ledger`: the privacy budget that was spent."""

from __future__ import annotations

import click

from vstk.cli import output


@click.group("ledger")
def ledger_group() -> None:
    """Show or verify the privacy budget spent per dataset."""


@ledger_group.command("show")
@click.argument("dataset", required=False)
def ledger_show(dataset: str | None) -> None:
    """List the entries of the ledger, for all datasets or for one DATASET."""
    from vstk.pipeline.workdir import open_ledger

    entries = open_ledger().entries(dataset)
    if not entries:
        on_dataset = f" on dataset '{dataset}'" if dataset else ""
        click.echo(f"No budget has been spent{on_dataset}.")
        return
    output.echo_table(
        [
            ("entry", "time", "dataset", "kind", "rho", "hash"),
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
        ]
    )


@ledger_group.command("verify")
def ledger_verify() -> None:
    """Verify the ledger's hash chain: no entry was changed or removed."""
    from vstk.pipeline.workdir import open_ledger

    number = open_ledger().verify()
    click.echo(f"The ledger is intact: {output.number_of(number, 'entry', 'entries')} verified.")
