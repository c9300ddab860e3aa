"""The page about formats says what the code does."""

from __future__ import annotations

from pathlib import Path

from vstk import readers

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "log-formats.md"


def rows_after(heading: str) -> list[str]:
    section = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_page_lists_every_format_in_the_order_of_the_table() -> None:
    assert rows_after("The formats") == [
        f"| `{row.name}` | {row.title} | {row.identifies} |" for row in readers.FORMATS.values()
    ]


def test_the_page_lists_every_reason() -> None:
    assert rows_after("Reasons for a reject") == [
        f"| `{code}` | {meaning} |" for code, meaning in readers.REASONS.items()
    ]
