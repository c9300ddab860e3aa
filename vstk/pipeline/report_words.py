"""What the report says of a stored release's tables: the words of the sheet that made it."""

from __future__ import annotations

from vstk import sheet as sheets
from vstk.errors import PolicyInvalid
from vstk.facets import ReportWords
from vstk.types import Release

_SUCCESSORS = {"sheet-1": "sheet-2"}
"""Sheets that no longer come with vstk -> the one whose tables have the same names and meanings."""


def words_of(release: Release) -> ReportWords:
    """Words of the sheet that the release's manifest names.

    A sheet that comes with vstk is taken by its name, another only where its file is still
    the one that the release was made with. Where there is none, the report shows every table
    without a section of its own.
    """
    named = release.manifest.get("sheet", "")
    name = _SUCCESSORS.get(named, named)
    try:
        sheet = sheets.load(name)
    except PolicyInvalid:
        return ReportWords()
    if name in sheets.names() or sheet.hash == release.manifest.get("sheet_sha256"):
        return sheet.report_words
    return ReportWords()
