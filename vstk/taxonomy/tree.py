"""A taxonomy as a document: read strictly, kept frozen, asked by key.

Three levels and sometimes a fourth: domains hold categories, categories hold
clusters or leaves. Beside the tree stands the watch list, flat, of values that
nobody wants to find; it is never rolled up into a category.
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
"""From the top down. A taxonomy may have no clusters."""

WATCH = "watch"
"""The level of the watch list."""

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
    """One word of the vocabulary."""

    level: str
    key: str
    """Slugs from the top down, e.g. `epistemic/clarity-and-precision/accuracy`."""

    title: str
    definition: str
    """One sentence; leaves may speak for themselves."""

    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """A vocabulary with its levels. Asking for a key that it lacks is a KeyError."""

    name: str
    hash: str
    """SHA-256 of the documents that decide labels: 64 hex digits."""

    labels: Mapping[str, Label]
    """By key, in the order of the document."""

    _found: Mapping[tuple[str, str], str] = field(repr=False)

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Key -> other ways to say it."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the tree that have labels, from the top down."""
        used = {label.level for label in self.labels.values()}
        return tuple(level for level in LEVELS if level in used)

    @property
    def watch_list(self) -> tuple[RowKey, ...]:
        """Values that a well-behaved assistant does not show."""
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

    def ways(self, key: str) -> tuple[str, ...]:
        """The label's title and its synonyms."""
        return (self.labels[key].title, *self.synonyms.get(key, ()))

    def title(self, key: str) -> str:
        """The label's name for people."""
        return self.labels[key].title

    def definition(self, key: str) -> str:
        """One sentence; empty where the title is enough."""
        return self.labels[key].definition

    def parent(self, key: str) -> str | None:
        """The label directly above; `None` above a domain and on the watch list."""
        return self.labels[key].parent

    def ancestor(self, key: str, level: str) -> str | None:
        """The label itself or the one above it that is of a level; `None` if there is none."""
        here: str | None = key
        while here is not None and self.labels[here].level != level:
            here = self.labels[here].parent
        return here

    def find(self, title: str, level: str | None = None) -> str | None:
        """The key of a title, however it is hyphenated or ordered; `None` if it is unknown.

        Without a level the most specific one counts: leaves, then the watch
        list, then upwards.
        """
        levels = ("leaf", WATCH, "cluster", "category", "domain") if level is None else (level,)
        forms = canonical(title)
        for one in levels:
            for form in forms:
                if (one, form) in self._found:
                    return self._found[one, form]
        return None


def canonical(title: str) -> tuple[str, str]:
    """Two forms by which twins are known: letters in a row, and words in order.

    `well-being` and `wellbeing` share the first, `service quality` and
    `quality service` the second. They never meet: the second has a mark before it.
    """
    words = re.findall(r"\w+", title.casefold().replace("_", " "))
    return "".join(words), "=" + " ".join(sorted(words))


def names() -> list[str]:
    """The taxonomies that come with vstk."""
    return sorted(
        path.parent.name for path in documents("policies").glob("taxonomies/*/labels.tsv")
    )


def load(name_or_path: str | Path) -> Taxonomy:
    """Read and check a taxonomy, given by name or as a folder.

    Raises:
        PolicyInvalid: it is absent, or a line of it is not right; names the line.
    """
    folder = Path(name_or_path)
    if str(name_or_path) in names():
        folder = documents("policies") / "taxonomies" / str(name_or_path)
    if not (folder / "labels.tsv").is_file():
        raise PolicyInvalid(
            f"There is no taxonomy '{name_or_path}'.",
            remedy=f"give one of {', '.join(names())}, or a folder with a labels.tsv in it.",
        )
    source = folder / "SOURCE.md"
    if not source.is_file() or "licence" not in source.read_text(errors="replace").lower():
        raise PolicyInvalid(
            f"The taxonomy '{folder.name}' does not say where it is from.",
            remedy="write its origin and its licence into a SOURCE.md beside labels.tsv.",
        )
    labels: dict[str, Label] = {}
    found: dict[tuple[str, str], str] = {}
    for where, fields in _rows(folder / "labels.tsv", ("level", "key", "title", "definition")):
        label = _label(where, *fields, labels=labels)
        labels[label.key] = label
        # Titles may be shared by clusters of different categories (the published
        # tree has such twins), not by leaves: a leaf is what a word becomes.
        for form in canonical(label.title):
            if found.setdefault((label.level, form), label.key) != label.key and (
                label.level != "cluster"
            ):
                raise _wrong(where, f"the title is that of {found[label.level, form]} as well")
    synonyms: dict[str, tuple[str, ...]] = {}
    if (folder / "synonyms.tsv").is_file():
        for where, (title, key) in _rows(folder / "synonyms.tsv", ("title", "key")):
            if key not in labels:
                raise _wrong(where, "the key is not in labels.tsv")
            synonyms[key] = (*synonyms.get(key, ()), title)
            for form in canonical(title):
                if found.setdefault((labels[key].level, form), key) != key:
                    raise _wrong(where, "the title already stands for another key")
    for level in ("domain", "category"):
        if not any(label.level == level for label in labels.values()):
            raise PolicyInvalid(
                f"The taxonomy '{folder.name}' has no {level}.",
                remedy="give it domains and categories; leaves and clusters are optional.",
            )
    return Taxonomy(
        name=folder.name, hash=_hash(folder), labels=labels, _found=found, synonyms=synonyms
    )


def _label(
    where: str, level: str, key: str, title: str, definition: str, *, labels: Mapping[str, Label]
) -> Label:
    """One line of labels.tsv, checked against the lines above it."""
    if level not in _ABOVE:
        raise _wrong(where, f"the level is not one of {', '.join(_ABOVE)}")
    above, _, slug = key.rpartition("/")
    if not _SLUG.fullmatch(slug) or len(key) > MAX_KEY:
        raise _wrong(where, f"the key does not end in a slug, or has over {MAX_KEY} characters")
    if key in labels:
        raise _wrong(where, "the key stands twice")
    if not _TITLE.fullmatch(title) or len(title) > MAX_TITLE:
        raise _wrong(where, f"the title is not words of together at most {MAX_TITLE} characters")
    if not definition and level not in ("leaf", "cluster"):
        raise _wrong(where, f"a {level} needs a definition")
    if level == WATCH and above != WATCH:
        raise _wrong(where, f"a key of the watch list begins with {WATCH}/")
    parent = above if _ABOVE[level] else None
    if level == "domain" and (above or slug == WATCH):
        raise _wrong(where, f"a domain's key is one slug, and not '{WATCH}'")
    if parent is not None and (parent not in labels or labels[parent].level not in _ABOVE[level]):
        raise _wrong(where, f"a {level} comes after its {' or '.join(_ABOVE[level])}")
    return Label(level=level, key=key, title=title, definition=definition, parent=parent)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """The lines of a table, each with its place for a message."""
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise PolicyInvalid(f"'{path}' is not UTF-8 text.", remedy="save it as UTF-8.") from None
    if lines[0].split("\t") != list(columns):
        raise PolicyInvalid(
            f"'{path}' does not begin with the columns {', '.join(columns)}.",
            remedy="write them as its first line, with tabs between them.",
        )
    if lines[-1] == "":
        lines.pop()
    rows = []
    for number, line in enumerate(lines[1:], 2):
        fields, where = line.split("\t"), f"'{path}', line {number}"
        if len(fields) != len(columns) or any(one != one.strip() for one in fields):
            raise _wrong(where, f"it is not {len(columns)} fields with single tabs between them")
        if not line.isprintable() and not line.replace("\t", "").isprintable():
            raise _wrong(where, "it has control characters")
        rows.append((where, fields))
    return rows


def _wrong(where: str, problem: str) -> PolicyInvalid:
    return PolicyInvalid(f"{where}: {problem}.", remedy="correct this line.")


def _hash(folder: Path) -> str:
    """Of each document's name, length and bytes, so that nothing can move between them."""
    digest = hashlib.sha256()
    for name in ("labels.tsv", "synonyms.tsv"):
        path = folder / name
        data = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()
