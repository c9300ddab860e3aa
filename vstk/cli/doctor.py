"""`vstk doctor`: whether an audit could run on this machine."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from vstk.cli.options import policy_option, read_policy, work_option
from vstk.errors import VstkError

_WORDS = {True: "ok", False: "FAIL", None: "note"}


@click.command(short_help="Check that an audit could run.")
@click.option(
    "--prove-offline",
    is_flag=True,
    help="Also try every way to a network, to other processes and to other programs, in this "
    "process and in a worker; every attempt must fail.",
)
@policy_option
@work_option
def doctor(prove_offline: bool, policy: str, work: Path) -> None:
    """Check that an audit could run: policy, models, ledger, labels and network isolation.

    Each line of the output is one check, `ok` or `FAIL`, or a `note`. The exit
    code is 1 if a check fails.
    """
    from vstk.pipeline.doctor import doctor as run_checks

    with suppress(VstkError):  # an invalid policy is reported by the checks below
        read_policy(policy)
    passed = True
    for text, well in run_checks(policy, work=work, prove_offline=prove_offline):
        click.echo(f"{_WORDS[well]:4} {text}")
        passed = passed and well is not False
    if not passed:
        raise click.exceptions.Exit(1)
