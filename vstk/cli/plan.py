"""`vstk plan`: what a policy could publish, before any log is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vstk.cli import output
from vstk.cli.options import policy_option, read_policy

if TYPE_CHECKING:
    from vstk.policy import Privacy


@click.command(short_help="Estimate what a policy can publish.")
@click.option(
    "--units",
    metavar="N",
    required=True,
    type=click.IntRange(1),
    help="Expected number of people, or of conversations if that is the policy's unit.",
)
@click.option(
    "--conversations",
    metavar="N",
    type=click.IntRange(1),
    help="Expected number of conversations. Default: the best case, in which every person has "
    "as many conversations as the policy counts.",
)
@policy_option
def plan(units: int, conversations: int | None, policy: str) -> None:
    """Estimate which tables a policy can publish for a given number of people, and how precisely.

    Reads no log and spends no budget.

    \b
        vstk plan --units 5000 --policy strict
        vstk plan --units 5000 --conversations 9000
    """
    from vstk import api

    rules = read_policy(policy)
    expected = _expected(rules.privacy, units, conversations)
    planned = api.plan(rules, people=units, conversations=expected)
    click.echo(_assumption(rules.privacy, units, conversations, int(planned.conversations)))
    click.echo(output.plan(planned))
    click.echo(output.verdict(planned))


def _expected(privacy: Privacy, units: int, conversations: int | None) -> int | None:
    """The number of conversations to plan with; `None` for the best case."""
    return units if privacy.unit == "conversation" else conversations


def _assumption(privacy: Privacy, units: int, conversations: int | None, counted: int) -> str:
    """Which number of conversations the plan assumes, and why."""
    total = output.number_of(counted, "conversation")
    if privacy.unit == "conversation":
        return f"Assumes {total}, each protected on its own."
    most = privacy.max_conversations_counted
    people = output.number_of(units, "person", "people")
    if conversations is None:
        return (
            f"Assumes {total}: {people} with {most} each, the most that the policy counts.\n"
            "This is the best case. Use --conversations to plan with the number that you expect."
        )
    if counted < conversations:
        return (
            f"Assumes {total}: the policy counts at most {most} for each of {people}, although "
            f"{conversations:,} are expected."
        )
    return f"Assumes {total} of {people}. The policy counts at most {most} per person."
