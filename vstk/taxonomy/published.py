"""Import the published taxonomy: the 3,307 values of "Values in the Wild".

vstk does not distribute the data set. The user downloads `values_tree.csv`, and this makes
a taxonomy folder of it, with the attribution that its licence requires.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import SHARED, write_atomic
from vstk.taxonomy.tree import MAX_TITLE, WATCH, canonical, load

COLUMNS = (
    "cluster_id",
    "description",
    "name",
    "level",
    "parent_cluster_id",
    "pct_total_occurrences",
)
_LEVELS = {"3": "domain", "2": "category", "1": "cluster", "0": "leaf"}

_SOURCE = """\
# {name}

Made by `vstk taxonomy import` from `values_tree.csv` of the data set `Anthropic/values-in-the-wild`
(https://huggingface.co/datasets/Anthropic/values-in-the-wild).

- **Attribution.** Anthropic; Huang et al. (2025), "Values in the Wild: Discovering and Analyzing
  Values in Real-World Language Model Interactions", arXiv:2504.15236.
- **Licence.** CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). The watch list is vstk's
  own, Apache-2.0.
- **File.** SHA-256 {sha256}.
- **Changed.** Ids became readable keys; the word "values" at the end of a domain's name was
  dropped; {merged} of the {leaves:,} values, which differ from another in hyphens, spaces or the
  order of words only, became synonyms of the one that occurs more often (`synonyms.tsv`);
  percentages were left out; a watch list was added.
"""


@dataclass(slots=True, kw_only=True)
class _Node:
    id: str
    level: str
    title: str
    definition: str
    above: str
    share: Decimal
    key: str = ""


def import_published(tree_csv: Path, out: Path) -> Path:
    """Make a taxonomy folder of `values_tree.csv`, and check it.

    Rows are linked by their ids, because some clusters share a name. Domains and categories
    get the same keys as in `vstk-core`, so that audits with either taxonomy can be compared
    at these levels.

    Args:
        tree_csv: the file of the data set.
        out: the folder to write, which must be empty or absent.

    Returns:
        `out`.

    Raises:
        InputUnreadable: the file is absent or has another format; names the row.
        OutputUnwritable: `out` is not empty, or cannot be written.
    """
    data, nodes = _read(tree_csv)
    merged = _assign_keys(nodes)
    lines = ["level\tkey\ttitle\tdefinition"]
    order = sorted((node for node in nodes.values() if node.key), key=lambda node: node.key)
    lines += [f"{node.level}\t{node.key}\t{node.title}\t{node.definition}" for node in order]
    for watched in load("vstk-core").labels.values():
        if watched.level == WATCH:
            lines.append(f"{WATCH}\t{watched.key}\t{watched.title}\t{watched.definition}")
    synonyms = [f"{title}\t{node.key}" for title, node in sorted(merged.items())]
    leaves = sum(node.level == "leaf" for node in nodes.values())
    source = _SOURCE.format(
        name=out.name,
        sha256=hashlib.sha256(data).hexdigest(),
        merged=len(merged),
        leaves=leaves,
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise OutputUnwritable(
                f"The folder '{out}' is not empty.", remedy="give an empty or a new folder."
            )
        write_atomic(out / "SOURCE.md", source, mode=SHARED)
        write_atomic(out / "synonyms.tsv", "\n".join(["title\tkey", *synonyms]) + "\n", mode=SHARED)
        write_atomic(out / "labels.tsv", "\n".join(lines) + "\n", mode=SHARED)
    except OSError as error:
        raise OutputUnwritable(
            f"'{out}' cannot be written ({error.strerror}).",
            remedy="give a folder that can be written.",
        ) from None
    load(out)
    return out


def _read(tree_csv: Path) -> tuple[bytes, dict[str, _Node]]:
    """The file's bytes, and its rows by id; every row has a parent one level above."""
    try:
        data = tree_csv.read_bytes()
        rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True)))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputUnreadable(
            f"'{tree_csv}' cannot be read as a table.",
            remedy="give values_tree.csv of the data set Anthropic/values-in-the-wild.",
        ) from None
    if not rows or tuple(rows[0]) != COLUMNS:
        raise _invalid_row(tree_csv, 1, f"the columns are not {', '.join(COLUMNS)}")
    nodes: dict[str, _Node] = {}
    for number, row in enumerate(rows, 2):
        if None in row.values() or None in row or row["level"] not in _LEVELS:
            raise _invalid_row(
                tree_csv, number, "it does not have six fields with a level of 0 to 3"
            )
        try:
            share = Decimal(row["pct_total_occurrences"] or "0")
        except InvalidOperation:
            raise _invalid_row(tree_csv, number, "pct_total_occurrences is not a number") from None
        node = _Node(
            id=row["cluster_id"],
            level=_LEVELS[row["level"]],
            title=_one_line(row["name"]),
            definition=_one_line(row["description"]),
            above=row["parent_cluster_id"],
            share=share,
        )
        if node.id in nodes or not node.title or len(node.title) > MAX_TITLE:
            raise _invalid_row(tree_csv, number, "duplicate id, or empty or overlong name")
        if node.level == "domain":
            node.title = re.sub(r" values$", "", node.title, flags=re.IGNORECASE)
        nodes[node.id] = node
    levels = list(_LEVELS.values())
    for number, node in enumerate(nodes.values(), 2):
        expected = levels[levels.index(node.level) - 1] if node.level != "domain" else None
        above = nodes.get(node.above)
        if (above.level if above else None) != expected or (node.above and not above):
            raise _invalid_row(tree_csv, number, "its parent is missing or not one level above")
        if node.level in ("domain", "category") and not node.definition:
            node.definition = node.title + "."
    return data, nodes


def _assign_keys(nodes: dict[str, _Node]) -> dict[str, _Node]:
    """Set the key of every node, from the top down.

    Leaves that share a canonical form are merged: the most frequent one gets a key, and the
    titles of the others become its synonyms.

    Returns:
        Title of each merged leaf -> the leaf that it became a synonym of.
    """
    merged: dict[str, _Node] = {}
    used: set[str] = set()
    known: dict[str, _Node] = {}
    depth = {level: number for number, level in enumerate(_LEVELS.values())}
    order = sorted(nodes.values(), key=lambda node: (depth[node.level], -node.share, node.title))
    for node in order:
        if node.level == "leaf":
            forms = canonical(node.title)
            twin = next((known[form] for form in forms if form in known), None)
            if twin is not None:
                merged[node.title] = twin
                for form in forms:
                    known.setdefault(form, twin)
                continue
            known |= dict.fromkeys(forms, node)
        above = nodes[node.above].key + "/" if node.above else ""
        slug = _slug(node.title)
        key, count = above + slug, 1
        while key in used:
            count += 1
            key = f"{above}{slug}-{count}"
        used.add(key)
        node.key = key
    return merged


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "label"


def _one_line(text: str) -> str:
    """The text with every run of white space replaced by one blank."""
    return " ".join(text.split())


def _invalid_row(path: Path, number: int, problem: str) -> InputUnreadable:
    return InputUnreadable(
        f"'{path}', row {number}: {problem}.",
        remedy="give the unchanged values_tree.csv of the data set Anthropic/values-in-the-wild.",
    )
