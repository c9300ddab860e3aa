"""`vstk forget`: delete the stored labels of one person."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import work_option


@click.command(short_help="Delete the labels of one person.")
@click.argument("person")
@work_option
@click.option(
    "--conversation",
    metavar="ID",
    help="Delete only this conversation of the person. Needed where the policy's unit is "
    "`conversation`, because those labels do not carry a person's hash.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def forget(person: str, work: Path, conversation: str | None, yes: bool) -> None:
    """Delete the labels of one person in --work.

    PERSON is the person's id as it is in the log, or `-` to type it, so that
    it does not stay in the history of the shell. Only its keyed hash is looked
    up, and nothing records the id. For records without a person's id, give the
    conversation's id.

    Reports that were published and the privacy ledger stay as they are. Delete
    the person from the logs, too: an audit of logs that still hold the person
    labels the person's conversations again.
    """
    from vstk.pipeline.workdir import forget as forget_person

    if person == "-":
        person = click.prompt("Person", err=True)
    if not yes:
        which = "all labels of this person" if conversation is None else "this conversation"
        click.confirm(f"Delete {which} in '{work}'?", abort=True)
    done = forget_person(work, person, conversation=conversation)
    click.echo(f"Deleted the labels of {output.number_of(done.conversations, 'conversation')}.")
    if conversation is None and not done.conversations and not done.has_people:
        click.echo(
            "These labels do not carry people's hashes: give each conversation's id with "
            "--conversation, or delete all labels with `vstk purge`.",
            err=True,
        )
