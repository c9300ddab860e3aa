"""CSV: numbers as drawn, the published data set's columns, and no formulas."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.words import write_report
from vstk.types import Release


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_table_has_its_file_with_every_row_in_its_order(
    release: Release, tmp_path: Path
) -> None:
    write_report(release, tmp_path / "out")

    for table in release.tables:
        found = read(tmp_path / "out" / "tables" / f"{table.name}.csv")
        assert [row["key"] for row in found] == [row.key for row in table.rows]
        assert [float(row["share"]) for row in found] == pytest.approx(
            [row.share for row in table.rows], abs=1e-6
        )


def test_a_number_that_noise_pushed_below_zero_stays_below_zero(
    release: Release, tmp_path: Path
) -> None:
    write_report(release, tmp_path / "out")

    tasks = read(tmp_path / "out" / "tables" / "tasks.csv")
    assert [row["share"] for row in tasks if row["title"] == "Harmful or illicit request"] == [
        "-0.003"
    ]
    frequencies = read(tmp_path / "out" / "values_frequencies.csv")
    assert float(frequencies[-1]["pct_convos"]) < 0


def test_the_frequencies_have_the_published_columns_in_percent_of_conversations(
    release: Release, tmp_path: Path
) -> None:
    write_report(release, tmp_path / "out")

    rows = read(tmp_path / "out" / "values_frequencies.csv")
    assert list(rows[0]) == ["value", "pct_convos", "low", "high"]
    assert len(rows) == 26
    assert rows[0]["value"] == "Professional and technical excellence"
    assert float(rows[0]["pct_convos"]) == pytest.approx(39.2 * 0.9)
    assert float(rows[0]["low"]) < float(rows[0]["pct_convos"]) < float(rows[0]["high"])


def test_the_tree_has_the_published_columns_and_every_parent_is_in_it(
    release: Release, tmp_path: Path
) -> None:
    write_report(release, tmp_path / "out")

    rows = read(tmp_path / "out" / "values_tree.csv")
    assert list(rows[0]) == [
        "cluster_id",
        "description",
        "name",
        "level",
        "parent_cluster_id",
        "pct_total_occurrences",
        "low",
        "high",
    ]
    ids = {row["cluster_id"] for row in rows}
    assert len(ids) == len(rows) == 31
    assert {row["parent_cluster_id"] for row in rows if row["level"] == "2"} <= ids
    assert {row["parent_cluster_id"] for row in rows if row["level"] == "3"} == {""}
    for level in ("2", "3"):
        parts = [float(r["pct_total_occurrences"]) for r in rows if r["level"] == level]
        assert sum(parts) == pytest.approx(100, abs=1e-3)


def test_without_domains_a_category_has_no_parent_rather_than_one_that_is_not_there(
    release: Release, tmp_path: Path
) -> None:
    some = tuple(table for table in release.tables if table.name != "ai_domains")

    write_report(replace(release, tables=some), tmp_path / "out")

    rows = read(tmp_path / "out" / "values_tree.csv")
    assert {row["parent_cluster_id"] for row in rows} == {""}


def test_leaves_are_the_values_and_a_tree_that_adds_up_is_the_tree(
    release: Release, tmp_path: Path
) -> None:
    category = next(table for table in release.tables if table.name == "ai_categories")
    row = replace(category.rows[0], key=f"{category.rows[0].key}/group/accuracy", title="accuracy")
    leaves = replace(category, name="ai_leaves", level="leaf", rows=(row,))
    tree = replace(category, name="ai_tree-category", rows=category.rows[:2])
    apart = replace(category, name="ai_categories__team-1-sales", rows=category.rows[:1])

    write_report(replace(release, tables=(category, leaves, apart)), tmp_path / "leaves")
    write_report(replace(release, tables=(category, leaves, tree)), tmp_path / "tree")

    def read(name: str) -> list[dict[str, str]]:
        with (tmp_path / name).open() as file:
            return list(csv.DictReader(file))

    assert [line["value"] for line in read("leaves/values_frequencies.csv")] == ["accuracy"]
    levels = [line["level"] for line in read("leaves/values_tree.csv")]
    assert levels == ["0"] + ["2"] * len(category.rows)
    # Its group is not in the file, so the leaf hangs on the category.
    assert read("leaves/values_tree.csv")[0]["parent_cluster_id"].endswith(category.rows[0].key)
    assert [line["level"] for line in read("tree/values_tree.csv")] == ["2", "2"]
    assert [line["value"] for line in read("tree/values_frequencies.csv")] == ["accuracy"]


def test_without_the_assistants_values_the_published_form_is_not_written(
    release: Release, tmp_path: Path
) -> None:
    some = tuple(table for table in release.tables if not table.name.startswith("ai_"))

    files = write_report(replace(release, tables=some), tmp_path / "out")

    assert not [path for path in files if path.name.startswith("values_")]


def test_parts_of_a_total_that_may_be_nothing_are_left_empty(
    release: Release, tmp_path: Path
) -> None:
    def silent(row_share: float) -> dict[str, float]:
        return {"share": row_share, "low": 0.0, "high": 0.4}

    tables = tuple(
        replace(
            table,
            rows=tuple(replace(r, **silent(0.01), corrected=None) for r in table.rows),
        )
        if table.name.startswith("ai_")
        else table
        for table in release.tables
    )

    write_report(replace(release, tables=tables), tmp_path / "out")

    rows = read(tmp_path / "out" / "values_tree.csv")
    assert {row["pct_total_occurrences"] for row in rows} == {""}


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0", "a\r=1"],
)
def test_no_text_is_a_formula_to_a_spreadsheet(
    release: Release, tmp_path: Path, title: str
) -> None:
    tables = tuple(
        replace(table, rows=(replace(table.rows[0], title=title), *table.rows[1:]))
        for table in release.tables
    )

    files = write_report(replace(release, tables=tables), tmp_path / "out")

    for path in files:
        if path.suffix == ".csv":
            for row in read(path):
                for cell in row.values():
                    number = cell.removeprefix("-").replace(".", "", 1).isdigit()
                    assert number or cell.lstrip()[:1] not in set("=+-@"), path.name
                    assert len(cell.splitlines()) <= 1, path.name
