"""`vstk ledger`: the privacy budget that was spent."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import policy_option, read_policy


@click.group("ledger")
def ledger_group() -> None:
    """Show, verify or approve the privacy budget of datasets."""


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


@ledger_group.command("approve", short_help="Approve a policy's limits for a dataset.")
@click.argument("dataset")
@policy_option
@click.option("--reason", metavar="TEXT", required=True, help="Why; recorded with the approval.")
@click.option(
    "--key",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that contains the approver's private key (Ed25519).",
)
def ledger_approve(dataset: str, policy: str, reason: str, key: Path) -> None:
    """Approve the caps and the unit of a policy for DATASET, as a second person.

    A dataset's first release fixes its unit of privacy and its caps. A later
    policy can lower the caps. To raise one, to change the unit, or to open a
    second dataset for the same people, the person named under
    `privacy.approvers` of the first policy signs an approval. Where the first
    policy names nobody, the key of the first approval is the only one that
    counts. Releases state how often limits were approved, and by which keys.

    The key should be held by somebody who does not run the audits.
    `vstk release new-key` creates one.

    \b
        vstk ledger approve helpdesk --policy p.yaml --reason "second year" --key b.pem
    """
    from vstk.pipeline.approve import approve

    entry = approve(dataset, read_policy(policy), reason=reason, key=key)
    click.echo(
        f"Entry {entry.number}: dataset '{dataset}' may lose rho = {entry.cap.normalize():f} in "
        f"all, and delta = {entry.delta_cap}, for the unit '{entry.unit}'."
    )
