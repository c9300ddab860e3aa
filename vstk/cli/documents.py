"""`vstk models`, `vstk policy`, `vstk taxonomy`, `vstk formats`: the registries."""

from __future__ import annotations

from pathlib import Path

import click

from vstk.cli.options import bar, columns, quiet_option, workers_option


@click.group("models")
def models_group() -> None:
    """Weights: what is known of them, and whether they are the right ones."""


@models_group.command("list")
def models_list() -> None:
    """List every known model, and whether it is on this machine."""
    from vstk import registry

    click.echo(
        columns(
            [
                ("id", "kind", "MiB", "licence", "here"),
                *(
                    (
                        one.id,
                        one.kind,
                        round(one.bytes / 2**20),
                        one.licence,
                        "yes" if registry.weights_path(one).exists() else "no",
                    )
                    for one in registry.manifests().values()
                ),
            ],
            indent="",
        )
    )


@models_group.command("pull")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@quiet_option
def models_pull(ids: tuple[str, ...], quiet: bool) -> None:
    """Fetch models and keep them only if size and SHA-256 are the manifest's.

    The one command that uses the network. ID is a model's id, or the name of a
    policy for all that it needs. Interrupted, it goes on where it was.

    \b
        vstk models pull default
        vstk models pull qwen2.5-coder-0.5b-instruct-q4_k_m
    """
    from vstk import policy, registry

    for name in ids:
        wanted = [name]
        if name in policy.names():
            rules = policy.load(name)
            wanted = [*rules.scrub.ner_models.values(), rules.extract.model]
        for id in wanted:
            with bar(id, quiet=quiet, unit="B") as progress:
                path = registry.pull(id, progress=progress)
            click.echo(f"{id}: verified, {path}")


@models_group.command("verify")
@click.argument("ids", nargs=-1, metavar="[ID...]")
def models_verify(ids: tuple[str, ...]) -> None:
    """Hash weights anew: are they the ones of the manifest? Default: all that are here."""
    from vstk import registry

    here = [one.id for one in registry.manifests().values() if registry.weights_path(one).exists()]
    for id in ids or here:
        registry.verify(id)
        click.echo(f"{id}: verified")


@models_group.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "model_id", metavar="ID", help="Its name in a policy.")
@click.option("--licence", help="SPDX id, where the file does not say.")
def models_add(file: Path, model_id: str | None, licence: str | None) -> None:
    """Write a manifest for weights of your own (any GGUF file)."""
    from vstk import registry

    made = registry.add(file, id=model_id, licence=licence)
    click.echo(f"{made.id}: {made.bytes:,} bytes, sha256 {made.sha256}")


@models_group.command("train")
@click.argument("gold", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Heads file to write (.npz).",
)
@click.option(
    "--policy",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="Names model, sheet and taxonomy.",
)
@click.option(
    "--features",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the hidden states here, and go on from them.",
)
@click.option("--source", default="", help="Who labelled, in words; kept in the heads file.")
@quiet_option
def models_train(
    gold: Path, out: Path, policy: str, features: Path | None, source: str, quiet: bool
) -> None:
    """Train heads on labelled conversations.

    \b
        vstk models train gold/train.jsonl --out heads.npz
    """
    from vstk import policy as policies
    from vstk.pipeline import train as train_

    with bar("Reading", quiet=quiet) as progress:
        text = train_.train(
            gold, policies.load(policy), out, features, source=source, progress=progress
        )
    click.echo(text)


@models_group.command("calibrate")
@click.argument("gold", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="ID", required=True, help="Id of the calibrated model.")
@click.option(
    "--policy",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="Names model, sheet and taxonomy.",
)
@click.option("--model", metavar="ID", help="Calibrate this one in place of the policy's.")
@click.option("--source", default="", help="Who labelled, in words; kept in the manifest.")
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
    """Fit a model's answers to labelled conversations of your own.

    For weights that have no heads, and for logs of another kind than the heads
    were trained on. A few dozen conversations are enough; the result is a model
    of your own over the same weights, and its manifest holds what it reached.

    \b
        vstk models calibrate labelled.jsonl --as helpdesk-2026
    """
    from vstk import policy as policies
    from vstk.pipeline import calibrate as calibrate_

    with bar("Reading", quiet=quiet) as progress:
        text = calibrate_.calibrate(
            gold,
            policies.load(policy),
            name,
            model=model,
            source=source,
            workers=workers,
            progress=progress,
        )
    click.echo(text)


@click.group("policy")
def policy_group() -> None:
    """What may be done, as documents that people sign."""


@policy_group.command("list")
def policy_list() -> None:
    """List the policies that come with vstk."""
    from vstk import policy

    for name in policy.names():
        click.echo(f"{name:10} {' '.join(policy.load(name).purpose.split())}")


@policy_group.command("show")
@click.argument("name")
def policy_show(name: str) -> None:
    """Print a policy, to start one of your own from."""
    from vstk import policy

    click.echo(policy.find(name).read_text(encoding="utf-8"), nl=False)


@policy_group.command("check")
@click.argument("name")
def policy_check(name: str) -> None:
    """Check a policy, and say what it promises."""
    from vstk import policy
    from vstk.pipeline import plan as plan_

    rules = policy.load(name)
    click.echo(plan_.promise(rules))
    click.echo(f"Valid. sha256 {rules.hash}")


@click.group("taxonomy")
def taxonomy_group() -> None:
    """The labels that there can be."""


@taxonomy_group.command("list")
def taxonomy_list() -> None:
    """List the taxonomies that come with vstk."""
    from vstk import taxonomy

    for name in taxonomy.names():
        loaded = taxonomy.load(name)
        levels = ", ".join(f"{len(loaded.keys(level)):,} {level}" for level in loaded.levels)
        click.echo(f"{name}: {levels}")


@taxonomy_group.command("show")
@click.argument("name", default="vstk-core")
def taxonomy_show(name: str) -> None:
    """Print domains and categories with their definitions."""
    from vstk import taxonomy

    loaded = taxonomy.load(name)
    for domain in loaded.keys("domain"):
        click.echo(f"{domain.title}: {loaded.definition(domain.key)}")
        for category in loaded.keys("category"):
            if loaded.parent(category.key) == domain.key:
                click.echo(f"  {category.title}: {loaded.definition(category.key)}")


@taxonomy_group.command("import")
@click.argument("tree_csv", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def taxonomy_import(tree_csv: Path, out: Path) -> None:
    """Make a taxonomy from a published values_tree.csv."""
    from vstk import taxonomy

    taxonomy.import_published(tree_csv, out)
    click.echo(f"Written: {out}. Name this folder as `taxonomy` in a policy.")


@click.command()
def formats() -> None:
    """List the log formats that can be read."""
    from vstk import readers

    click.echo(columns([(one.name, one.title) for one in readers.FORMATS.values()], indent=""))
