"""Read and check a taxonomy document.

A taxonomy has three or four levels: domains contain categories, categories contain leaves,
or clusters that contain leaves. Beside this tree there is a flat watch list of values that
a well-behaved assistant does not show; it is not part of any category.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.types import RowKey

LEVELS = ("domain", "category", "cluster", "leaf")
"""From the top down. Clusters are optional."""

WATCH = "watch"
"""The level of labels of the watch list."""

MAX_KEY = 160
MAX_TITLE = 80

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TITLE = re.compile(r"[^\W_](?:[\w '’,&()./-]*[\w)])?")
_ABOVE = {
    "domain": (),
    "category": ("domain",),
    "cluster": ("category",),
    "leaf": ("cluster", "category"),
    WATCH: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of a taxonomy."""

    level: str
    key: str
    """Slugs from the top down, such as `epistemic/clarity-and-precision/accuracy`."""

    title: str
    definition: str
    """One sentence; may be empty for leaves and clusters."""

    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """A checked taxonomy. Methods that take a key raise KeyError for an unknown one."""

    name: str
    hash: str
    """SHA-256 of labels.tsv and synonyms.tsv: 64 hex digits."""

    labels: Mapping[str, Label]
    """By key, in the order of the document."""

    _found: Mapping[tuple[str, str], str] = field(repr=False)

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Key -> other names of the same value."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the tree that have labels, from the top down."""
        used = {label.level for label in self.labels.values()}
        return tuple(level for level in LEVELS if level in used)

    @property
    def watch_list(self) -> tuple[RowKey, ...]:
        """The labels of the watch list: values that a well-behaved assistant does not show."""
        return self.keys(WATCH)

    def keys(self, level: str) -> tuple[RowKey, ...]:
        """Every label of a level, in the order of the document."""
        return tuple(
            RowKey(label.key, label.title) for label in self.labels.values() if label.level == level
        )

    def children(self, key: str) -> tuple[RowKey, ...]:
        """The labels directly below one, in the order of the document."""
        return tuple(
            RowKey(label.key, label.title) for label in self.labels.values() if label.parent == key
        )

    def phrases(self, key: str) -> tuple[str, ...]:
        """The label's title and its synonyms."""
        return (self.labels[key].title, *self.synonyms.get(key, ()))

    def title(self, key: str) -> str:
        """The label's title, as shown to people."""
        return self.labels[key].title

    def definition(self, key: str) -> str:
        """The label's definition, one sentence; may be empty."""
        return self.labels[key].definition

    def parent(self, key: str) -> str | None:
        """The key of the label directly above; `None` for domains and the watch list."""
        return self.labels[key].parent

    def ancestor(self, key: str, level: str) -> str | None:
        """The key at a level above the label, or the label itself; `None` if there is none."""
        here: str | None = key
        while here is not None and self.labels[here].level != level:
            here = self.labels[here].parent
        return here

    def find(self, title: str, level: str | None = None) -> str | None:
        """The key that a title or synonym names; `None` if it is unknown.

        Case, hyphens and the order of words do not matter.

        Args:
            title: to look up.
            level: to search; without it all are searched, in this order: leaves, watch
                list, clusters, categories, domains.
        """
        levels = ("leaf", WATCH, "cluster", "category", "domain") if level is None else (level,)
        forms = canonical(title)
        for one in levels:
            for form in forms:
                if (one, form) in self._found:
                    return self._found[one, form]
        return None


def canonical(title: str) -> tuple[str, str]:
    """Two forms by which equal titles are recognised: without gaps, and with sorted words.

    `well-being` and `wellbeing` share the first, `service quality` and `quality service`
    the second. A first form never equals a second one, which begins with `=`.
    """
    words = re.findall(r"\w+", title.casefold().replace("_", " "))
    return "".join(words), "=" + " ".join(sorted(words))


def names() -> list[str]:
    """The taxonomies that come with vstk."""
    return sorted(
        path.parent.name for path in documents("policies").glob("taxonomies/*/labels.tsv")
    )


def load(name_or_path: str | Path) -> Taxonomy:
    """Read and check a taxonomy.

    Args:
        name_or_path: name of a taxonomy that comes with vstk, or path of a folder with
            `labels.tsv`, `SOURCE.md` and optionally `synonyms.tsv`.

    Raises:
        PolicyInvalid: it is absent, or a line is invalid; the message names the line.
    """
    folder = Path(name_or_path)
    if str(name_or_path) in names():
        folder = documents("policies") / "taxonomies" / str(name_or_path)
    if not (folder / "labels.tsv").is_file():
        raise PolicyInvalid(
            f"There is no taxonomy '{name_or_path}'.",
            remedy=f"give one of {', '.join(names())}, or a folder that contains a labels.tsv.",
        )
    source = folder / "SOURCE.md"
    if not source.is_file() or "licence" not in source.read_text(errors="replace").lower():
        raise PolicyInvalid(
            f"The taxonomy '{folder.name}' does not state its source and licence.",
            remedy="state both in a file SOURCE.md beside labels.tsv.",
        )
    labels: dict[str, Label] = {}
    found: dict[tuple[str, str], str] = {}
    for where, fields in _rows(folder / "labels.tsv", ("level", "key", "title", "definition")):
        label = _label(where, *fields, labels=labels)
        labels[label.key] = label
        # Clusters of different categories may share a title, as in the published tree.
        # Leaves may not, because a word must name one leaf.
        for form in canonical(label.title):
            if found.setdefault((label.level, form), label.key) != label.key and (
                label.level != "cluster"
            ):
                raise _invalid_line(where, f"the title is also that of {found[label.level, form]}")
    synonyms: dict[str, tuple[str, ...]] = {}
    if (folder / "synonyms.tsv").is_file():
        for where, (title, key) in _rows(folder / "synonyms.tsv", ("title", "key")):
            if key not in labels:
                raise _invalid_line(where, "the key is not in labels.tsv")
            synonyms[key] = (*synonyms.get(key, ()), title)
            for form in canonical(title):
                if found.setdefault((labels[key].level, form), key) != key:
                    raise _invalid_line(where, "the title already belongs to another key")
    for level in ("domain", "category"):
        if not any(label.level == level for label in labels.values()):
            raise PolicyInvalid(
                f"The taxonomy '{folder.name}' has no {level}.",
                remedy="add domains and categories; clusters and leaves are optional.",
            )
    return Taxonomy(
        name=folder.name, hash=_hash(folder), labels=labels, _found=found, synonyms=synonyms
    )


def _label(
    where: str, level: str, key: str, title: str, definition: str, *, labels: Mapping[str, Label]
) -> Label:
    """One line of labels.tsv, checked against the lines above it."""
    if level not in _ABOVE:
        raise _invalid_line(where, f"the level is not one of {', '.join(_ABOVE)}")
    above, _, slug = key.rpartition("/")
    if not _SLUG.fullmatch(slug) or len(key) > MAX_KEY:
        raise _invalid_line(
            where, f"the key does not end in a slug, or has more than {MAX_KEY} characters"
        )
    if key in labels:
        raise _invalid_line(where, "the key is a duplicate")
    if not _TITLE.fullmatch(title) or len(title) > MAX_TITLE:
        raise _invalid_line(
            where, f"the title is not made of words of at most {MAX_TITLE} characters together"
        )
    if not definition and level not in ("leaf", "cluster"):
        raise _invalid_line(where, f"a {level} needs a definition")
    if level == WATCH and above != WATCH:
        raise _invalid_line(where, f"a key of the watch list must begin with {WATCH}/")
    parent = above if _ABOVE[level] else None
    if level == "domain" and (above or slug == WATCH):
        raise _invalid_line(where, f"the key of a domain must be one slug other than '{WATCH}'")
    if parent is not None and (parent not in labels or labels[parent].level not in _ABOVE[level]):
        raise _invalid_line(where, f"a {level} must come after its {' or '.join(_ABOVE[level])}")
    return Label(level=level, key=key, title=title, definition=definition, parent=parent)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """The rows of a tab-separated file, each with its place for error messages."""
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise PolicyInvalid(f"'{path}' is not UTF-8 text.", remedy="save it as UTF-8.") from None
    if lines[0].split("\t") != list(columns):
        raise PolicyInvalid(
            f"'{path}' does not begin with the columns {', '.join(columns)}.",
            remedy="write them in the first line, separated by tabs.",
        )
    if lines[-1] == "":
        lines.pop()
    rows = []
    for number, line in enumerate(lines[1:], 2):
        fields, where = line.split("\t"), f"'{path}', line {number}"
        if len(fields) != len(columns) or any(one != one.strip() for one in fields):
            raise _invalid_line(
                where, f"it does not have {len(columns)} fields separated by single tabs"
            )
        if not line.isprintable() and not line.replace("\t", "").isprintable():
            raise _invalid_line(where, "it contains control characters")
        rows.append((where, fields))
    return rows


def _invalid_line(where: str, problem: str) -> PolicyInvalid:
    return PolicyInvalid(f"{where}: {problem}.", remedy="correct this line.")


def _hash(folder: Path) -> str:
    """SHA-256 of each document's name, length and bytes, so that lines cannot move between them."""
    digest = hashlib.sha256()
    for name in ("labels.tsv", "synonyms.tsv"):
        path = folder / name
        data = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()
