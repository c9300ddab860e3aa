"""Two releases side by side: what the page says, what it draws, and that it runs nothing."""

import base64
import csv
import hashlib
import io
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.report.test_browser import BROWSER, browse
from tests.report.test_page import HOSTILE, Page
from tests.report.words import WORDS
from vstk import report
from vstk.cli import main
from vstk.release import compare
from vstk.types import Comparison, Release


@pytest.fixture
def later(release: Release) -> Release:
    """The same, but for creative writing, which grew by 10 points."""
    tasks = next(table for table in release.tables if table.name == "tasks")
    grown = replace(
        tasks,
        rows=tuple(
            replace(row, share=row.share + 0.1, low=row.low + 0.1, high=row.high + 0.1)
            if row.title == "Creative writing"
            else row
            for row in tasks.rows
        ),
    )
    return replace(
        release,
        period="2026-Q4",
        manifest={**release.manifest, "ledger_entry": "f" * 64},
        tables=tuple(grown if table is tasks else table for table in release.tables),
    )


def compared(one: Release, other: Release) -> tuple[Comparison, dict[str, str]]:
    found = compare(one, other)
    return found, report.compared(
        found, ("Summer", one), ("Autumn", other), both=("0.2", 3.1, "0.000002"), words=WORDS
    )


def test_the_page_names_what_changed_and_says_the_rule_in_words(
    release: Release, later: Release
) -> None:
    page = Page(compared(release, later)[1]["comparison.html"])

    assert "1 of 92 rows changed" in page.text
    assert "+10.0 points" in page.text
    assert "Creative writing rose from" in page.text
    assert "one in twenty" in page.text
    assert "at most 0.054 % of cases" in page.text
    assert "rho = 0.2" in page.text
    assert page.open == []


def test_where_nothing_stands_out_the_page_does_not_say_that_nothing_changed(
    release: Release,
) -> None:
    text = Page(compared(release, release)[1]["comparison.html"]).text

    assert "No row changed by more than chance explains" in text
    assert "leave room for a change of up to" in text


def test_it_is_one_file_whose_policy_lets_nothing_in_but_its_style(
    release: Release, later: Release
) -> None:
    page = Page(compared(release, later)[1]["comparison.html"])

    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy
    used = {tag for tag, _ in page.elements}
    assert not used & {"script", "img", "link", "iframe", "object"}
    assert all(
        not (attributes.get("href") or "#").startswith("http") for _, attributes in page.elements
    )


def test_a_title_can_neither_run_nor_be_taken_for_a_formula(release: Release) -> None:
    tables = tuple(
        replace(table, title=HOSTILE, rows=tuple(replace(r, title="=1+1") for r in table.rows))
        for table in release.tables
    )
    files = compared(*(replace(release, tables=tables, dataset=HOSTILE) for _ in range(2)))[1]

    assert not {"script", "img"} & {tag for tag, _ in Page(files["comparison.html"]).elements}
    rows = list(csv.DictReader(io.StringIO(files["comparison.csv"])))
    assert {row["title"] for row in rows} == {"'=1+1"}


def test_a_scale_has_zero_in_its_middle_and_every_mark_on_it(
    release: Release, later: Release
) -> None:
    page = Page(compared(release, later)[1]["comparison.html"])

    for tag, attributes in page.elements:
        if tag == "rect":
            start, length = (float((attributes[name] or "").rstrip("%")) for name in ("x", "width"))
            assert 0 <= start <= 50 <= start + length <= 100


def test_the_document_and_the_table_have_the_same_rows(release: Release, later: Release) -> None:
    found, files = compared(release, later)
    document = json.loads(files["comparison.json"])
    rows = list(csv.DictReader(io.StringIO(files["comparison.csv"])))

    assert document["schema"] == "vstk-comparison-1"
    assert document["after"]["period"] == "2026-Q4"
    assert len(document["differences"]) == len(rows) == len(found.differences)
    assert [row["changed"] for row in rows].count("True") == 1


def test_the_command_writes_all_three_and_compares_two_tables_of_one(
    release: Release, later: Release, tmp_path
) -> None:
    for name, one in (("a", release), ("b", later)):
        (tmp_path / f"{name}.json").write_text(report.to_json(one))
    run = CliRunner().invoke

    done = run(
        main, ["compare", f"{tmp_path}/a.json", f"{tmp_path}/b.json", "--out", f"{tmp_path}/c"]
    )
    assert done.exit_code == 0, done.stderr
    assert "1 of 92 rows changed" in done.stdout
    assert {path.name for path in (tmp_path / "c").iterdir()} == {
        "comparison.html",
        "comparison.json",
        "comparison.csv",
    }
    sides = ["--between", "ai_domains", "human_domains"]
    done = run(main, ["compare", f"{tmp_path}/a.json", *sides, "--out", f"{tmp_path}/d"])
    assert done.exit_code == 0, done.stderr
    assert "of 5 rows changed" in done.stdout
    assert run(main, ["compare", f"{tmp_path}/a.json"]).exit_code == 2


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium (apt-get install chromium)")
def test_a_browser_renders_it_without_a_complaint(
    release: Release, later: Release, tmp_path
) -> None:
    (tmp_path / "out").mkdir()
    page = tmp_path / "out" / "comparison.html"
    page.write_text(compared(release, later)[1]["comparison.html"])

    seen = browse(page, "--dump-dom")

    assert seen.stdout.rstrip().endswith("</html>")
    assert seen.stdout.count('<table class="chart') == len(release.tables)
    assert "CONSOLE" not in seen.stderr
