"""Rebuild the word lists in `vstk/anonymiser/gazetteers/` from their sources.

    pip install faker mimesis
    python tools/build_gazetteers.py SMALL... LARGE

`SMALL` and `LARGE` are SCOWL word lists with one word per line: `american-english-small`
and `british-english-small` from the Debian packages `wamerican-small` and
`wbritish-small`, and `american-english` from `wamerican`. A word of `LARGE` that is also a
name is left out, because it is rare as a word and more likely to be a name. vstk itself
needs neither this program nor its dependencies.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vstk.anonymiser import gazetteers
from vstk.anonymiser.gazetteers import fold

FOLDER = Path(gazetteers.__file__).resolve().parent
_LATIN = re.compile(r"[a-z]{3,20}")
_PARTICLES = {"van", "von", "der", "den", "del", "los", "las", "bin", "ibn", "abu", "the", "san"}

ALMOST_ALWAYS_NAMES = {
    *("maria", "jack", "bob", "mike", "ken", "nick", "matt", "matts", "harry", "jay", "carol"),
    *("patty", "heather", "lee", "eddy", "martin", "hazel", "holly", "ivy", "glen", "garret"),
    *("wright", "amir", "jarred", "rosemary", "smith", "sally"),
}
"""Words of the small lists that are almost always a name in a chat."""

# mimesis locale -> origin as the canary report names it. Latin scripts only.
ORIGINS = {
    "en": "american",
    "en-gb": "british",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "pl": "polish",
    "cs": "czech",
    "sv": "swedish",
    "fi": "finnish",
    "hu": "hungarian",
    "tr": "turkish",
    "hr": "croatian",
    "is": "icelandic",
}


def _entries(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple, set)):
        for item in value:
            yield from _entries(item)


def faker_names() -> tuple[set[str], set[str]]:
    """First and last names of every locale of Faker's person providers, folded."""
    from faker.providers import person  # type: ignore[import-not-found]

    first: set[str] = set()
    last: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            names = (
                first if "first_name" in attribute else last if "last_name" in attribute else None
            )
            value = getattr(provider, attribute)
            if names is None or attribute.endswith("_formats") or callable(value):
                continue
            for entry in _entries(value):
                for part in re.split(r"[\s'’-]+", fold(entry)):
                    if _LATIN.fullmatch(part) and part not in _PARTICLES:
                        names.add(part)
    return first, last


def origin_names() -> Iterator[tuple[str, str, str]]:
    """Yield (origin, `first` or `last`, name) from mimesis, at most 150 names of each."""
    import mimesis  # type: ignore[import-not-found]

    data = Path(str(mimesis.__file__)).parent / "datasets"
    for locale, origin in ORIGINS.items():
        person = json.loads((data / locale / "person.json").read_text("utf-8"))
        kinds = {"first": person["names"], "last": person["surnames"]}
        for kind, value in kinds.items():
            groups = list(value.values()) if isinstance(value, dict) else [value]
            names = sorted(
                {name for group in groups for name in group if re.fullmatch(r"[^\W\d_]{3,}", name)}
            )
            for name in names[:: max(1, len(names) // 150)][:150]:
                yield origin, kind, name


def _words(path: Path) -> set[str]:
    lines = map(str.strip, path.read_text("utf-8").splitlines())
    return {line for line in lines if re.fullmatch(r"[a-z]{2,24}", line)}


def main(word_files: list[str]) -> None:
    """Write the lists to the folder of the package."""
    first_names, last_names = faker_names()
    *small, large = (_words(Path(file)) for file in word_files)
    words = set().union(*small, large - first_names - last_names) - ALMOST_ALWAYS_NAMES
    for name, entries in {"words": words, "first": first_names, "last": last_names}.items():
        (FOLDER / f"{name}.txt").write_text("\n".join(sorted(entries)) + "\n", "utf-8")
    rows = sorted(set(origin_names()))
    (FOLDER / "origins.tsv").write_text(
        "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8"
    )
    print(
        f"{len(words)} words, {len(first_names)} first names, {len(last_names)} last names, "
        f"{len(rows)} names by origin"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
