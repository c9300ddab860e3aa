"""`vstk models`: download, verify, add, train and calibrate models."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli import output
from vstk.cli.options import quiet_option, read_policy, workers_option

_gold_argument = click.argument("gold", type=click.Path(path_type=Path))
_policy_option = click.option(
    "--policy",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="Policy that names the model, the question sheet and the taxonomy.",
)


@click.group("models")
def models_group() -> None:
    """Download, verify, add, train and calibrate models."""


@models_group.command("list")
def models_list() -> None:
    """List the known models, and whether each is on this machine."""
    from vstk.registry import manifests, weights_path

    output.echo_table(
        [
            ("id", "kind", "MiB", "licence", "downloaded"),
            *(
                (
                    one.id,
                    one.kind,
                    round(one.bytes / 2**20),
                    one.licence,
                    "yes" if weights_path(one).exists() else "no",
                )
                for one in manifests().values()
            ),
        ]
    )


@models_group.command("pull")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@quiet_option
def models_pull(ids: tuple[str, ...], quiet: bool) -> None:
    """Download models and verify their size and SHA-256 against their manifests.

    This is the only command that uses the network. ID is the id of a model, or
    the name of a policy to download all models that it needs. An interrupted
    download resumes when you run the command again.

    \b
        vstk models pull default
        vstk models pull qwen2.5-coder-0.5b-instruct-q4_k_m
    """
    from vstk.policy import names
    from vstk.registry import pull

    for name in ids:
        wanted = [name]
        if name in names():
            wanted = list(read_policy(name).model_ids)
        for id in wanted:
            with output.bar(id, quiet=quiet, unit="B") as progress:
                path = pull(id, progress=progress)
            click.echo(f"{id}: verified, {path}")


@models_group.command("verify")
@click.argument("ids", nargs=-1, metavar="[ID...]")
def models_verify(ids: tuple[str, ...]) -> None:
    """Verify the SHA-256 of downloaded models against their manifests.

    Without ID, all downloaded models are verified.
    """
    from vstk.registry import manifests, verify, weights_path

    downloaded = [one.id for one in manifests().values() if weights_path(one).exists()]
    for id in ids or downloaded:
        verify(id)
        click.echo(f"{id}: verified")


@models_group.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "model_id", metavar="ID", help="The id that policies will use.")
@click.option(
    "--licence", metavar="ID", help="SPDX id of the licence, if the file does not state it."
)
def models_add(file: Path, model_id: str | None, licence: str | None) -> None:
    """Add a model of your own (a GGUF file) by writing a manifest for it."""
    from vstk.registry import add

    made = add(file, id=model_id, licence=licence)
    click.echo(f"{made.id}: {made.bytes:,} bytes, SHA-256 {made.sha256}")


@models_group.command("train")
@_gold_argument
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the heads to (.npz).",
)
@_policy_option
@click.option(
    "--features",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to store hidden states in. If it exists, the stored states are used again.",
)
@click.option(
    "--source",
    default="",
    help="Description of who labelled the conversations. It is stored with the heads.",
)
@quiet_option
def models_train(
    gold: Path, out: Path, policy: str, features: Path | None, source: str, quiet: bool
) -> None:
    """Train heads (linear probes on hidden states) on labelled conversations.

    GOLD is a JSONL file of conversations with their labels.

    \b
        vstk models train gold/train.jsonl --out heads.npz
    """
    from vstk.pipeline.train import train

    with output.bar("Reading", quiet=quiet) as progress:
        text = train(gold, read_policy(policy), out, features, source=source, progress=progress)
    click.echo(text)


@models_group.command("calibrate")
@_gold_argument
@click.option("--as", "name", metavar="ID", required=True, help="Id of the calibrated model.")
@_policy_option
@click.option("--model", metavar="ID", help="Model to calibrate instead of the policy's.")
@click.option(
    "--source",
    default="",
    help="Description of who labelled the conversations. It is stored in the manifest.",
)
@workers_option
@quiet_option
def models_calibrate(
    gold: Path,
    name: str,
    policy: str,
    model: str | None,
    source: str,
    workers: int | None,
    quiet: bool,
) -> None:
    """Calibrate a model's labels on labelled conversations of your own.

    GOLD is a JSONL file of conversations with their labels; a few dozen are
    enough. Use this for a model that has no heads, or for logs that differ from
    those that the heads were trained on. The result is a new model with the
    same weights. Its manifest contains its measured accuracy.

    \b
        vstk models calibrate labelled.jsonl --as helpdesk-2026
    """
    from vstk.pipeline.calibrate import calibrate

    with output.bar("Reading", quiet=quiet) as progress:
        text = calibrate(
            gold,
            read_policy(policy),
            name,
            model=model,
            source=source,
            workers=workers,
            progress=progress,
        )
    click.echo(text)
