"""`vstk evaluate`: how well the labeller agrees with human labels."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import (
    model_option,
    policy_option,
    quiet_option,
    read_policy,
    workers_option,
)


@click.command()
@click.argument("gold", type=click.Path(path_type=Path))
@policy_option
@model_option
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the results to this file, as JSON.",
)
@workers_option
@click.option(
    "--scrubbed",
    is_flag=True,
    help="Remove personal data before labelling, as an audit does. By default the original "
    "text is labelled.",
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
    """Measure the labeller against labelled conversations.

    GOLD is a JSONL file of conversations with the labels of one or two
    annotators. With two annotators, the results also show how well they agree
    with each other.

    \b
        vstk evaluate gold/dev.jsonl --json quality.json
    """
    from vstk.files import write_atomic
    from vstk.pipeline.evaluate import evaluate as run_evaluation

    rules = read_policy(policy)
    output.warn(rules, model)
    with output.bar("Labelling", quiet=quiet) as progress:
        result, text = run_evaluation(
            gold,
            rules,
            model=model,
            workers=workers,
            scrubbed=scrubbed,
            progress=progress,
        )
    if json_file is not None:
        write_atomic(json_file, result.to_json())
    click.echo(text)
