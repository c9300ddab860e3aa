"""`vstk doctor` and `vstk evaluate`: is it healthy, and how good is it?"""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli.options import bar, model_option, policy_option, quiet_option, say, workers_option


@click.command()
@click.option(
    "--prove-offline",
    is_flag=True,
    help="Try to open sockets in this process, in C and in a worker: all must fail.",
)
@policy_option
def doctor(prove_offline: bool, policy: str) -> None:
    """Check that an audit could run: weights, policy, ledger, offline."""
    from vstk.pipeline import doctor as doctor_

    sound = True
    for line, well in doctor_.doctor(policy, prove_offline=prove_offline):
        click.echo(f"{'ok  ' if well else 'BAD '} {line}")
        sound = sound and well
    if not sound:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("gold", type=click.Path(path_type=Path))
@policy_option
@model_option
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures here, too.",
)
@workers_option
@click.option(
    "--scrubbed",
    is_flag=True,
    help="Label what the scrub leaves, as an audit does, not the text as it is.",
)
@quiet_option
def evaluate(
    gold: Path,
    policy: str,
    model: str | None,
    json_file: Path | None,
    workers: int | None,
    scrubbed: bool,
    quiet: bool,
) -> None:
    """Measure the labeller against labelled conversations (GOLD: JSONL).

    Each figure stands beside what two annotators reach with each other, where
    the file has two.

    \b
        vstk evaluate gold/dev.jsonl --json quality.json
    """
    from vstk import policy as policies
    from vstk.pipeline import evaluate as evaluate_
    from vstk.pipeline import instrument as instrument_

    rules = policies.load(policy)
    for warning in instrument_.warnings(rules, model=model):
        say(f"Warning: {warning}")
    with bar("Reading values", quiet=quiet) as progress:
        result, text = evaluate_.evaluate(
            gold,
            rules,
            model=model,
            workers=workers,
            scrubbed=scrubbed,
            progress=progress,
        )
    if json_file is not None:
        from vstk.files import write_atomic

        write_atomic(json_file, result.to_json())
    click.echo(text)
