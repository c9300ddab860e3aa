from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.evaluate import validate
from vstk.facets import Facets
from vstk.types import Facet, Turn

from .records import FACETS, KEYS, POLITENESS

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
    validate.write([("k1", TALK), ("k2", TALK)], path, FACETS)
    return path


def test_a_sheet_shows_the_talk_and_no_labels_to_its_owner_only(sheet: Path) -> None:
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows[0]["text"] == "USER: =made up\n\nASSISTANT: Quite so."
    assert all(not row[column] for row in rows for column in validate.columns(FACETS))
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600


def test_a_sheet_that_is_there_is_never_overwritten(sheet: Path) -> None:
    before = sheet.read_bytes()

    with pytest.raises(OutputUnwritable):
        validate.write([("k1", TALK)], sheet, FACETS)

    assert sheet.read_bytes() == before


def test_agreement_counts_what_was_filled(sheet: Path) -> None:
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

    result = validate.score(sheet, FOUND, FACETS)

    assert (result["response_type"].agreed, result["response_type"].of) == (1, 2)
    assert (result["harmful_values"].agreed, result["harmful_values"].of) == (2, 2)
    assert result["harmful_values"].kappa == 1.0
    assert (result["ai_categories found"].agreed, result["ai_categories found"].of) == (1, 2)
    assert "task" not in result


def test_a_facet_of_the_sheet_has_a_column_of_its_own(tmp_path: Path) -> None:
    path, facets = tmp_path / "own.csv", Facets((*FACETS.values(), POLITENESS))
    validate.write([("k1", TALK), ("k2", TALK)], path, facets)
    fill(path, {"k1": {"is_polite": "yes"}, "k2": {"is_polite": "no"}})

    result = validate.score(path, {"k1": {"politeness": ("polite",)}, "k2": {}}, facets)

    assert (result["is_polite"].agreed, result["is_polite"].of) == (2, 2)


def test_an_ordinal_answer_is_a_number_or_a_word(sheet: Path) -> None:
    fill(sheet, {"k1": {"subjectivity": "3"}, "k2": {"subjectivity": "Moderate"}})
    found = {key: {"subjectivity": ("moderate",)} for key in ("k1", "k2")}

    assert validate.score(sheet, found, FACETS)["subjectivity"].agreed == 2


@pytest.mark.parametrize(
    ("column", "cell"),
    [("task", "SECRET-WORD"), ("subjectivity", "5"), ("harmful_values", "SECRET-WORD")],
)
def test_a_wrong_cell_is_named_and_never_quoted(sheet: Path, column: str, cell: str) -> None:
    fill(sheet, {"k2": {column: cell}})

    with pytest.raises(InputUnreadable) as caught:
        validate.score(sheet, FOUND, FACETS)

    assert f"Row 2 of '{sheet}', column {column}" in caught.value.problem
    assert "SECRET-WORD" not in str(caught.value)


def test_a_sheet_of_another_audit_is_refused(sheet: Path) -> None:
    with pytest.raises(InputUnreadable, match="conversation"):
        validate.score(sheet, {}, FACETS)


def test_a_sample_does_not_depend_on_the_order_and_grows_by_adding() -> None:
    keys = [f"{i:032x}" for i in range(50)]

    few, more = validate.sample(reversed(keys), 5), validate.sample(keys, 8)

    assert more[:5] == few
    assert few != keys[:5]
