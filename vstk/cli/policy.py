"""`vstk policy`: list, show and check policies."""

from __future__ import annotations

import click

from vstk.cli.options import read_policy


@click.group("policy", short_help="List, show or check policies.")
def policy_group() -> None:
    """List, show or check policies, the documents that a privacy officer approves."""


@policy_group.command("list")
def policy_list() -> None:
    """List the policies that are included with vstk, with their purpose."""
    from vstk.policy import load, names

    for name in names():
        click.echo(f"{name:10} {' '.join(load(name).purpose.split())}")


@policy_group.command("show")
@click.argument("policy", metavar="NAME|FILE")
def policy_show(policy: str) -> None:
    """Print a policy, for example as a starting point for your own.

    \b
        vstk policy show default > ours.yaml
    """
    from vstk.policy import find

    click.echo(find(policy).read_text(encoding="utf-8"), nl=False)


@policy_group.command("check", short_help="Check a policy and print its guarantee.")
@click.argument("policy", metavar="NAME|FILE")
def policy_check(policy: str) -> None:
    """Check that a policy is valid, and print its privacy guarantee and its SHA-256."""
    from vstk.pipeline.plan import promise

    rules = read_policy(policy)
    click.echo(promise(rules))
    click.echo(f"Valid. SHA-256: {rules.hash}")
