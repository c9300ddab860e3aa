"""From labels to numbers that may leave: `plan`, `release`, `report`, `compare`."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import (
    columns,
    dataset_option,
    model_option,
    out_option,
    period_option,
    policy_option,
    sample_option,
    work_option,
)


@click.command()
@click.option(
    "--units",
    metavar="N",
    required=True,
    type=click.IntRange(1),
    help="About how many people there are.",
)
@click.option(
    "--conversations",
    metavar="N",
    type=click.IntRange(1),
    help="About how many conversations; default: as many as are counted at most.",
)
@policy_option
def plan(units: int, conversations: int | None, policy: str) -> None:
    """Say what a policy could publish about so many people. Spends nothing.

    \b
        vstk plan --units 5000 --policy strict
    """
    from vstk import policy as policies
    from vstk.pipeline import (
        plan as plan_,
    )

    rules = policies.load(policy)
    planned = plan_.plan_policy(rules, units, conversations)
    click.echo(output.plan(planned))
    click.echo(output.verdict(planned))


@click.group("release", invoke_without_command=True)
@work_option
@out_option("report")
@policy_option
@dataset_option
@model_option
@sample_option
@period_option
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
    key: Path | None,
) -> None:
    """Release from the labels of a finished audit. Spends budget.

    The same question as before shows the stored answer and spends nothing.
    With a subcommand nothing is released: a release is checked or signed.

    \b
        vstk release --work audit-work --policy strict --out q3
        vstk release verify q3/release.json --key PUBLIC
    """
    if context.invoked_subcommand is not None:
        return
    from vstk import policy as policies
    from vstk.pipeline import (
        release as release_,
    )
    from vstk.pipeline import (
        request as request_,
    )
    from vstk.pipeline import (
        verify as verify_,
    )

    if key is not None:
        verify_.check_key(key)
    request = request_.Request(logs=(), dataset=dataset, period=period, one_in=one_in)
    done = release_.release_again(
        request, policies.load(policy), request_.Places(work=work), out, model=model
    )
    click.echo(output.outcome(done))
    if key is not None:
        click.echo(f"Signed: {verify_.sign(out / 'release.json', key)}")


@release_group.command("verify")
@click.argument("release_json", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="PUBLIC",
    help="Public key of who must have signed it (or a file that holds it), got from the signer "
    "by another way than with the release.",
)
def verify(release_json: Path, key: str | None) -> None:
    """Check a release: its form, its sums, its ledger entry, its signature.

    FILE is a release.json. Each line says what was checked: `holds`, or
    `unknown` where this machine cannot tell. What is wrong ends with an error.
    Where this machine's ledger knows the dataset, the release must be in it as
    it was written: a ledger restored from an older copy lacks the entry.

    \b
        vstk release verify q3/release.json --key signer.pub
    """
    from vstk.pipeline import (
        verify as verify_,
    )

    for check in verify_.verify(release_json, public_key=key):
        click.echo(f"{'holds' if check.holds else 'unknown':8} {check.text}")


@release_group.command("sign")
@click.argument("release_json", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="KEY",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the private key.",
)
def sign(release_json: Path, key: Path) -> None:
    """Sign a release.json; the signature is a file beside it. Spends nothing."""
    from vstk.pipeline import (
        verify as verify_,
    )

    click.echo(f"Signed: {verify_.sign(release_json, key)}")


@release_group.command("new-key")
@click.argument("key", metavar="KEY", type=click.Path(dir_okay=False, path_type=Path))
def new_key(key: Path) -> None:
    """Make a key to sign releases with: the private one in the new file KEY.

    Prints the public key (Ed25519). Publish it where readers of releases find
    it without asking you, and keep KEY from everybody else.
    """
    from vstk.pipeline import (
        verify as verify_,
    )

    click.echo(verify_.new_key(key))


@click.command("report")
@click.argument("release_json", type=click.Path(path_type=Path))
@out_option("report")
def render(release_json: Path, out: Path) -> None:
    """Render a stored release again. Spends nothing."""
    from vstk.pipeline import (
        release as release_,
    )

    for file in release_.render(release_json, out):
        click.echo(file)


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
    help="Compare although model, sheet or taxonomy differ; changes may then be theirs.",
)
@click.option(
    "--between",
    nargs=2,
    metavar="TABLE TABLE",
    help="Compare two tables of BEFORE with each other, such as those of two teams.",
)
def compare(
    before: Path,
    after: Path | None,
    out: Path,
    across_instruments: bool,
    between: tuple[str, str] | None,
) -> None:
    """Compare two releases: BEFORE and AFTER are their release.json. Spends nothing.

    A row counts as changed if its difference stands out of the noise of both,
    with all rows compared taken together (Holm's rule, 5 %). Writes a page to
    look at, and the same figures as JSON and CSV.

    \b
        vstk compare q2/release.json q3/release.json --out q2-q3
        vstk compare q3/release.json --between tasks__team-1-law tasks__team-2-sales
    """
    from vstk.pipeline import (
        compare as compare_,
    )

    if (after is None) == (between is None):
        raise click.UsageError("Give either AFTER, or --between with two tables of BEFORE.")
    if after is None:
        assert between is not None
        found = compare_.between(before, *between, out)
    else:
        found = compare_.compare(before, after, out, across_instruments=across_instruments)
    for name in found.instruments:
        click.echo(f"Different instrument: {name}")
    changed = [one for one in found.differences if one.changed]
    click.echo(f"{len(changed)} of {len(found.differences)} rows changed. {found.rule}")
    if changed:
        click.echo(
            columns(
                [
                    ("table", "row", "points", "from", "to"),
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
        )
    click.echo(f"Written: {out / 'comparison.html'}")
