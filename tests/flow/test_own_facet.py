"""A facet that only a sheet knows goes the whole way: no line of Python names it."""

import csv
import json
import re
import subprocess

import pytest
from click.testing import CliRunner

from tests.report.test_page import Page
from tests.support.logs import conversation
from tests.support.quick_model import ROOT, TINY
from vstk import paths
from vstk.cli import main

SHEET = ROOT / "tests" / "documents" / "own-facet.yaml"
TAXONOMY = (
    "level\tkey\ttitle\tdefinition\n"
    "domain\tsea\tSea\tAll that is wet.\n"
    "category\tsea/deep\tDeep things\tFar down.\n"
)
TEXTS = [f"Please help me to plan garden number {n}." for n in range(12)]


def run(*arguments):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output + str(done.exception)
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny_weights):
    """A log, and a policy with the sheet and a taxonomy of its own, in a home of its own."""
    place = tmp_path_factory.mktemp("own-facet")
    for name in ("home", "taxonomy"):
        (place / name).mkdir()
    (place / "home" / "weights").symlink_to(paths.weights())
    (place / "taxonomy" / "labels.tsv").write_text(TAXONOMY)
    (place / "taxonomy" / "SOURCE.md").write_text("Made up for a test. Licence: none needed.")
    text = TINY.read_text()
    text = text[: text.index("  tables:")] + (
        "  tables:\n    - {name: polite, budget_share: 4}\n    - {name: topics, budget_share: 1}\n"
    )
    text = text.replace("sheet: sheet-2", f"sheet: {SHEET}")
    text = text.replace("taxonomy: vstk-core", f"taxonomy: {place / 'taxonomy'}")
    (place / "own.yaml").write_text(text)
    (place / "log.jsonl").write_text(
        "".join(conversation(n, f"u{n}", text) + "\n" for n, text in enumerate(TEXTS))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSTK_HOME", str(place / "home"))
        yield place


@pytest.fixture(scope="module")
def audited(place):
    """The same after an audit."""
    options = ["--dataset", "x", "--work", place / "work", "--out", place / "out", "--workers", 1]
    run("audit", place / "log.jsonl", "--policy", place / "own.yaml", *options, "-q")
    return place


def test_the_report_has_its_section_its_table_and_its_row(audited):
    release = json.loads((audited / "out" / "release.json").read_text())
    found = Page((audited / "out" / "report.html").read_text())

    tables = {table["name"]: table for table in release["tables"]}
    assert [row["key"] for row in tables["polite"]["rows"]] == ["yes"]
    assert set(tables) == {"polite", "topics"}
    for words in (
        "Manners of an assistant",
        "How polite the assistant is",
        "Does the assistant use polite words?",
        "Replies by politeness",
        "Polite reply",
    ):
        assert words in found.text
    assert ("a", {"href": "#results-manners"}) in found.elements
    assert "Values in the Wild" not in found.text
    # The table without a section is among the further ones.
    assert ("a", {"href": "#results-further"}) in found.elements
    assert (audited / "out" / "tables" / "polite.csv").is_file()

    run("report", audited / "out" / "release.json", "--out", audited / "again")
    again, first = (audited / name / "report.html" for name in ("again", "out"))
    assert again.read_bytes() == first.read_bytes()


def test_a_watched_facet_is_investigated(audited):
    policy = ["--policy", audited / "own.yaml", "--work", audited / "work"]

    done = run("investigate", audited / "log.jsonl", *policy, "--reason", "a test")

    lines = [line for line in done.stdout.splitlines() if "log.jsonl" in line]
    assert all(line.endswith(": politeness") for line in lines)
    assert re.match(rf"{len(lines)} conversations? found\.", done.stderr.strip().splitlines()[-1])


def test_vstk_evaluate_compares_it_with_annotators(place):
    gold = place / "gold.jsonl"
    with gold.open("w") as file:
        for n, text in enumerate(TEXTS[:4]):
            messages = json.loads(conversation(n, "u", text))["messages"]
            labels = [{"politeness": n % 2 == 0}, {"politeness": n < 3}]
            line = {"id": f"g{n}", "messages": messages, "annotations": labels}
            file.write(json.dumps(line) + "\n")

    done = run("evaluate", gold, "--policy", place / "own.yaml", "--json", place / "e.json", "-q")

    assert "Politeness of replies" in done.stdout
    result = json.loads((place / "e.json").read_text())
    assert "polite_replies" in result["features"]
    confusion = result["confusions"]["politeness"]["yes"]
    kinds = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    assert sum(confusion[kind] for kind in kinds) == 4


def test_vstk_validate_has_people_check_it(audited):
    policy = ["--policy", audited / "own.yaml", "--work", audited / "work"]
    sheet = audited / "review.csv"

    run("validate", "sample", audited / "log.jsonl", *policy, "--out", sheet, "--count", 5)
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["politeness"] = "yes"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = run("validate", "score", sheet, *policy)

    assert set(rows[0]) == {"conversation", "text", "topic", "politeness"}
    assert re.search(r"^politeness +\d+ +5\b", done.stdout, re.M)


def test_no_module_names_it():
    found = subprocess.run(
        ["grep", "-rlw", "politeness", ROOT / "vstk", "--include=*.py"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout == ""
