"""The command line: it parses arguments, calls the pipeline and prints the results.

One file holds one command or command group and has its name. `options` holds what
several commands accept, `output` what several commands print. Other rooms and heavy
libraries are imported inside the commands, so that `vstk --help` is quick.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from vstk.cli.audit import audit
from vstk.cli.compare import compare
from vstk.cli.doctor import doctor
from vstk.cli.evaluate import evaluate
from vstk.cli.forget import forget
from vstk.cli.formats import formats
from vstk.cli.inspect import inspect
from vstk.cli.investigate import investigate
from vstk.cli.ledger import ledger_group
from vstk.cli.models import models_group
from vstk.cli.plan import plan
from vstk.cli.policy import policy_group
from vstk.cli.purge import purge
from vstk.cli.release import release_group
from vstk.cli.report import report
from vstk.cli.scrub import scrub
from vstk.cli.taxonomy import taxonomy_group
from vstk.cli.validate import validate_group
from vstk.errors import VstkError


class _ShownError(click.ClickException):
    """A `VstkError` as click shows it: the problem, then `Fix:`."""

    def __init__(self, error: VstkError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]


class MainGroup(click.Group):
    """Turns a `VstkError` of any command into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and show errors that the user can correct."""
        try:
            return super().invoke(ctx)
        except VstkError as error:
            raise _ShownError(error) from None
        except KeyboardInterrupt:
            click.echo("\nInterrupted. Run the same command again to continue.", err=True)
            ctx.exit(130)


@click.group(cls=MainGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vstk", prog_name="vstk")
def main() -> None:
    """Measure which values an AI assistant expresses, on your own machine.

    vstk reads the assistant's logs, removes personal data, labels conversations
    with a local model, and writes a report that can be published because its
    numbers are protected by differential privacy. Log text never leaves the
    machine. `vstk models pull` is the only command that uses the network.

    \b
        vstk models pull default           download the models, once
        vstk inspect LOGS                  show what the logs contain
        vstk audit LOGS --policy default   write a report about the logs
    """


for command in (
    audit,
    inspect,
    scrub,
    plan,
    release_group,
    report,
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
    forget,
):
    main.add_command(command)


def run() -> None:
    """The program `vstk`: blocks network access, except for `vstk models pull`."""
    if sys.argv[1:3] != ["models", "pull"]:
        from vstk import sandbox

        sandbox.seal()
    main()
