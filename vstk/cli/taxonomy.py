"""`vstk taxonomy`: the labels for values, ordered in a tree."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("taxonomy")
def taxonomy_group() -> None:
    """List, show or import label taxonomies."""


@taxonomy_group.command("list")
def taxonomy_list() -> None:
    """List the taxonomies that are included with vstk."""
    from vstk import taxonomy

    for name in taxonomy.names():
        loaded = taxonomy.load(name)
        levels = ", ".join(f"{level}: {len(loaded.keys(level)):,}" for level in loaded.levels)
        click.echo(f"{name} ({levels})")


@taxonomy_group.command("show")
@click.argument("name", default="vstk-core")
def taxonomy_show(name: str) -> None:
    """Print the domains and categories of a taxonomy with their definitions."""
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
    """Convert a values_tree.csv to a taxonomy in the folder OUT.

    TREE_CSV is a file in the format of the values-in-the-wild data set.
    """
    from vstk import taxonomy

    taxonomy.import_published(tree_csv, out)
    click.echo(f"Wrote the taxonomy to {out}. To use it, set `taxonomy: {out}` in a policy.")
