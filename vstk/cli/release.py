"""`vstk release`: release from stored labels; verify and sign releases."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import (
    anew_option,
    dataset_option,
    model_option,
    out_option,
    period_option,
    policy_option,
    read_policy,
    sample_option,
    work_option,
)


@click.group("release", invoke_without_command=True)
@work_option
@out_option("report")
@policy_option
@dataset_option
@model_option
@sample_option
@period_option
@anew_option
@click.option(
    "--sign",
    "key",
    metavar="KEY",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Sign release.json with the private key in this file.",
)
@click.pass_context
def release_group(
    context: click.Context,
    work: Path,
    out: Path,
    policy: str,
    dataset: str,
    model: str | None,
    one_in: int,
    period: str | None,
    anew: bool,
    key: Path | None,
) -> None:
    """Release again from the labels of a finished audit. Spends budget.

    Use this to publish the same labels under another policy. Give --model,
    --sample-rate and --period as in the audit. Repeating a release that was
    made before returns the stored one and spends no budget, unless --anew is
    given. The subcommands verify or sign a release and spend nothing.

    \b
        vstk release --work audit-work --policy strict --out q3
        vstk release verify q3/release.json --key PUBLIC
    """
    if context.invoked_subcommand is not None:
        return
    from vstk.pipeline.release import release_again
    from vstk.pipeline.request import Places, Request
    from vstk.pipeline.verify import check_key
    from vstk.pipeline.verify import sign as sign_release

    if key is not None:
        check_key(key)
    request = Request(logs=(), dataset=dataset, period=period, one_in=one_in, anew=anew)
    done = release_again(request, read_policy(policy), Places(work=work), out, model=model)
    click.echo(output.outcome(done))
    if key is not None:
        click.echo(f"Signature: {sign_release(out / 'release.json', key)}")


@release_group.command("verify", short_help="Verify a release.")
@click.argument("release_json", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="PUBLIC",
    help="Public key of the expected signer, or a file that contains it. Obtain it from the "
    "signer through another channel than the release.",
)
def verify(release_json: Path, key: str | None) -> None:
    """Verify a release: its format, its totals, its ledger entry and its signature.

    FILE is a release.json. Each line of the output is one check: `ok`, or
    `unknown` if this machine lacks what the check needs. A failed check is an
    error.

    If the ledger of this machine contains the dataset, it must also contain
    this release, unchanged. A ledger that was restored from an older copy lacks
    the entry, and the check fails.

    \b
        vstk release verify q3/release.json --key signer.pub
    """
    from vstk import api

    for check in api.verify(release_json, public_key=key):
        click.echo(f"{'ok' if check.holds else 'unknown':8} {check.text}")


@release_group.command("sign")
@click.argument("release_json", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="KEY",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that contains the private key.",
)
def sign(release_json: Path, key: Path) -> None:
    """Sign a release. FILE is a release.json. Spends no budget.

    The signature is written to a separate file in the same folder.
    """
    from vstk.pipeline.verify import sign as sign_release

    click.echo(f"Signature: {sign_release(release_json, key)}")


@release_group.command("new-key")
@click.argument("key", metavar="KEY", type=click.Path(dir_okay=False, path_type=Path))
def new_key(key: Path) -> None:
    """Create a key pair for signing releases (Ed25519).

    Writes the private key to the new file KEY and prints the public key. Keep
    KEY secret. Publish the public key where readers of your releases can find
    it without asking you.
    """
    from vstk.pipeline.verify import new_key as create_key

    click.echo(create_key(key))
