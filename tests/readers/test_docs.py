"""The page about formats says what the code does."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

from vstk import readers
from vstk.readers.describing import table_rows

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "log-formats.md"


def rows_after(heading: str) -> list[str]:
    section = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_page_lists_every_format_in_the_order_of_the_table() -> None:
    assert rows_after("The formats") == table_rows()


def test_the_page_lists_every_reason() -> None:
    assert rows_after("Reasons for a reject") == [
        f"| `{code}` | {meaning} |" for code, meaning in readers.REASONS.items()
    ]


def test_the_format_that_the_how_to_adds_works_as_written() -> None:
    page = (DOCS / "how-to" / "read-another-log-format.md").read_text("utf-8")
    block = re.search(r"^    ```python\n(.*?)^    ```", page, flags=re.M | re.S)
    assert block is not None
    names: dict[str, Any] = {}
    exec(textwrap.dedent(block[1]), names)
    record = {"kind": "exchange", "who": "u-1", "said": "q", "answered": "a"}

    draft = names["EXCHANGE"].convert(record)

    assert names["EXCHANGE"].matches(record)
    assert (draft.user, draft.unit_kind) == ("u-1", "account")
    assert draft.turns == [("user", "q"), ("assistant", "a")]
