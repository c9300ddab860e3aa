"""The front door: words only. No work is done here.

Heavy libraries are imported inside the commands, so that `vstk --help` is quick.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from vstk.cli.audit import audit, inspect
from vstk.cli.back import investigate, validate_group
from vstk.cli.books import ledger_group, purge
from vstk.cli.documents import formats, models_group, policy_group, taxonomy_group
from vstk.cli.health import doctor, evaluate
from vstk.cli.publish import compare, plan, release_group, render
from vstk.cli.scrub import scrub
from vstk.errors import VstkError


class _Shown(click.ClickException):
    """A `VstkError` as click shows it: what is wrong, then `Fix:`."""

    def __init__(self, error: VstkError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]


class Front(click.Group):
    """The one place where a `VstkError` becomes a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, showing what a person can put right."""
        try:
            return super().invoke(ctx)
        except VstkError as error:
            raise _Shown(error) from None
        except KeyboardInterrupt:
            click.echo("\nStopped. Start the same command again to go on from here.", err=True)
            ctx.exit(130)


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vstk", prog_name="vstk")
def main() -> None:
    """Find out which values an AI assistant expresses, on your own machine.

    Reads the assistant's logs, removes personal data, has a local model read
    which values assistant and people express, and writes a report under
    differential privacy that can be published. No log leaves the machine, and
    no command but `vstk models pull` uses the network.

    \b
        vstk models pull default           fetch the weights, once
        vstk inspect LOGS                  what is in these logs?
        vstk audit LOGS --policy default   from logs to report
    """


for command in (
    audit,
    inspect,
    scrub,
    plan,
    release_group,
    render,
    compare,
    evaluate,
    validate_group,
    investigate,
    models_group,
    policy_group,
    taxonomy_group,
    formats,
    ledger_group,
    doctor,
    purge,
):
    main.add_command(command)


def run() -> None:
    """The program `vstk`: closes the process off, unless weights are to be fetched."""
    if sys.argv[1:3] != ["models", "pull"]:
        from vstk import sandbox

        sandbox.seal()
    main()
