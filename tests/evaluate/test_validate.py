from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.evaluate import Vocabulary, validate
from vstk.types import Facet, Turn

from .records import KEYS

TALK = (Turn(role="user", text="=made up"), Turn(role="assistant", text="Quite so."))
FOUND: dict[str, dict[Facet, tuple[str, ...]]] = {
    "k1": {"ai_value": KEYS[:2], "response_type": ("mild-support",), "harmful_values": ("yes",)},
    "k2": {"ai_value": (), "response_type": ("no-values",), "task": ("finance",)},
}


def fill(path: Path, cells: dict[str, dict[str, str]]) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(cells.get(row["conversation"], {}))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "review.csv"
    validate.write([("k1", TALK), ("k2", TALK)], path)
    return path


def test_a_sheet_shows_the_talk_and_no_labels_to_its_owner_only(sheet: Path) -> None:
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows[0]["text"] == "USER: =made up\n\nASSISTANT: Quite so."
    assert all(not row[column] for row in rows for column in validate.COLUMNS)
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600


def test_a_sheet_that_is_there_is_never_overwritten(sheet: Path) -> None:
    before = sheet.read_bytes()

    with pytest.raises(OutputUnwritable):
        validate.write([("k1", TALK)], sheet)

    assert sheet.read_bytes() == before


def test_agreement_counts_what_was_filled(sheet: Path, vocabulary: Vocabulary) -> None:
    fill(
        sheet,
        {
            "k1": {
                "ai_categories": "clarity and precision | Pleasure and enjoyment",
                "response_type": "Mild support",
                "harmful_values": "yes",
            },
            "k2": {"ai_categories": "none", "response_type": "reframing", "harmful_values": "No"},
        },
    )

    result = validate.score(sheet, FOUND, vocabulary)

    assert (result["response_type"].agreed, result["response_type"].of) == (1, 2)
    assert (result["harmful_values"].agreed, result["harmful_values"].of) == (2, 2)
    assert result["harmful_values"].kappa == 1.0
    assert (result["ai_categories found"].agreed, result["ai_categories found"].of) == (1, 2)
    assert "task" not in result


@pytest.mark.parametrize(
    ("column", "cell"),
    [("task", "SECRET-WORD"), ("subjectivity", "5"), ("harmful_values", "SECRET-WORD")],
)
def test_a_wrong_cell_is_named_and_never_quoted(
    sheet: Path, vocabulary: Vocabulary, column: str, cell: str
) -> None:
    fill(sheet, {"k2": {column: cell}})

    with pytest.raises(InputUnreadable) as caught:
        validate.score(sheet, FOUND, vocabulary)

    assert f"Row 2 of '{sheet}', column {column}" in caught.value.problem
    assert "SECRET-WORD" not in str(caught.value)


def test_a_sheet_of_another_audit_is_refused(sheet: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(InputUnreadable, match="conversation"):
        validate.score(sheet, {}, vocabulary)


def test_a_sample_does_not_depend_on_the_order_and_grows_by_adding() -> None:
    keys = [f"{i:032x}" for i in range(50)]

    few, more = validate.sample(reversed(keys), 5), validate.sample(keys, 8)

    assert more[:5] == few
    assert few != keys[:5]
