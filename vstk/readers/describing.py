"""The table of formats for the documentation, from the formats themselves."""

from __future__ import annotations

from vstk.readers.draft import Format
from vstk.readers.formats import FORMATS

HEADING = (
    "| name | what | a record is | id of the person | time | model | team | not read |",
    "|---|---|---|---|---|---|---|---|",
)


def table_rows() -> list[str]:
    """One row of Markdown for each format, in the order of the table."""
    return [_row(one) for one in FORMATS.values()]


def _row(one: Format) -> str:
    def known(value: bool) -> str:
        return "yes" if value else "no"

    cells = (
        f"`{one.name}`",
        one.title,
        one.form,
        one.identifies,
        known(one.time),
        known(one.model),
        known(one.team),
        one.lost,
    )
    return "| " + " | ".join(cells) + " |"
