"""The reference page of the command line, from the commands themselves.

python -m vstk.cli.reference > docs/reference/cli.md
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from vstk.cli import main


def page() -> str:
    """The page as Markdown: every command with the help that it prints."""
    parts = [
        "# The command line\n",
        "Written by `python -m vstk.cli.reference`; a test holds it against the program.\n",
        "Results go to standard output, everything else to standard error. Exit codes: "
        "[errors](errors.md).\n",
    ]
    for name, command in _commands(main, "vstk"):
        with click.Context(command, info_name=name, terminal_width=78) as context:
            parts.append(f"## `{name}`\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix} {name}")


if __name__ == "__main__":
    click.echo(page(), nl=False)
