"""Release -> files that people read: a page, a document, tables.

The room is given a Release and nothing else, so it has no true count to print.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vstk.facets import ReportWords
from vstk.report.document import SCHEMA, from_json, to_json
from vstk.report.output_folder import check, publish
from vstk.types import Comparison, Release

__all__ = ["SCHEMA", "check", "compared", "from_json", "to_json", "write"]


def write(
    release: Release,
    out: Path,
    *,
    words: ReportWords,
    taxonomy_titles: Mapping[str, str] | None = None,
    document: str | None = None,
) -> list[Path]:
    """Write `report.html`, `release.json` and the CSV tables into `out`, all or nothing.

    The same release gives the same bytes. `out` must be absent or empty, or
    hold this very release as written before.

    Args:
        release: what to show.
        out: the folder; its parents are made if they are missing.
        words: what the question sheet says of its tables.
        taxonomy_titles: names of keys that are no row of the release, such as
            the domains of categories where only the categories are published.
        document: the text that `release` was read from. It becomes `release.json` as it
            stands: a version of vstk with more fields would write another, and no ledger
            or signature would know it.

    Returns:
        The files, the page first.

    Raises:
        OutputUnwritable: nothing was written, or `out` holds something else.
    """
    # jinja2 is only needed here: reading a release back should not cost its import.
    from vstk.report import page, tables

    titles = taxonomy_titles or {}
    text = to_json(release) if document is None else document
    files = {"report.html": page.render(release, titles, words), "release.json": text}
    files |= tables.files(release, titles, words)
    return publish(files, out)


def compared(
    found: Comparison,
    before: tuple[str, Release],
    after: tuple[str, Release],
    *,
    both: tuple[str, float, str] | None,
    words: ReportWords,
) -> dict[str, str]:
    """A comparison as `comparison.html`, `.json` and `.csv`: name -> content.

    Args:
        before, after: what was compared, with a name for people.
        both: rho, epsilon and delta of the two together, for somebody who is in
            both; `None` where they are one release.
        words: what the question sheet says of the tables, for their colours.
    """
    from vstk.report import comparison

    sides = [
        comparison.ComparedSide(name=name, release=release) for name, release in (before, after)
    ]
    return comparison.files(found, *sides, both=both, words=words)
