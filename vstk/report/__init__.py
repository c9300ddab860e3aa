"""Writes a release as files that people read: an HTML page, a JSON document and CSV tables.

This package receives only a `Release`, which has no exact count, so it cannot print one.
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

    The same release gives the same bytes. `out` must not exist, be empty, or
    contain this same release.

    Args:
        release: what to show.
        out: the folder; missing parent folders are created.
        words: titles, sections and sentences of the question sheet's tables.
        taxonomy_titles: titles of keys that are not rows of the release, such as the domains
            if only categories are published.
        document: the text that `release` was read from. It is written as `release.json` without
            change, because a newer version of vstk could write other bytes, which the ledger and
            signatures would not match.

    Returns:
        The files, the page first.

    Raises:
        OutputUnwritable: nothing was written, or `out` contains something else.
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
        before, after: the two releases, each with a name to show.
        both: rho, epsilon and delta of both releases together, for somebody who is in both;
            `None` if they are one release.
        words: sections of the question sheet's tables, for their colours.
    """
    from vstk.report import comparison

    sides = [
        comparison.ComparedSide(name=name, release=release) for name, release in (before, after)
    ]
    return comparison.files(found, *sides, both=both, words=words)
