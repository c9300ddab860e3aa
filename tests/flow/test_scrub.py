"""`vstk scrub` from the front door: what is planted is nowhere, what is written is for one's eyes."""

import csv
import json

import pytest
from click.testing import CliRunner

from tests.support.logs import conversation
from tests.support.quick_model import TINY
from vstk import cli
from vstk.anonymiser.synthetic_pii import make_canary

TEXTS = (
    "What should I cook for the party on the weekend? It has to be cheap.",
    "Could you tell me how long a large salad keeps in the fridge, please?",
    "My e-mail is ada.byron@example.com, please write. I like long answers.",
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(conversation(n, f"u{n}", t) + "\n" for n, t in enumerate(TEXTS)))
    return path


def scrub(*arguments):
    return CliRunner().invoke(cli.main, ["scrub", *map(str, arguments), "-q"])


def test_what_is_planted_is_in_no_output(tmp_path, log, home, tiny_weights):
    out, report, sheet = (tmp_path / name for name in ("clean.jsonl", "report.json", "sheet.csv"))

    alone = scrub(log, "--policy", TINY, "--canaries", 60, "--report", report)
    both = scrub(
        *(log, "--policy", TINY, "--canaries", 60, "--out", out, "--review", 4, "--sheet", sheet)
    )

    assert alone.exit_code == both.exit_code == 0, alone.output + both.output
    written = "".join(
        path.read_text(errors="replace")
        for path in tmp_path.rglob("*")
        if path.is_file() and "weights" not in path.parts and path != log
    )
    planted = [make_canary(number) for number in range(60)]
    for seen in (written, alone.output, both.output):
        assert not [one.kind for one in planted if len(one.value) > 3 and one.value in seen]


def test_canaries_are_reported_by_kind_case_and_origin(tmp_path, log, home, tiny_weights):
    report = tmp_path / "report.json"

    done = scrub(log, "--policy", TINY, "--canaries", 80, "--report", report)

    found = json.loads(report.read_text())["canaries"]
    assert found["all"]["planted"] == 80
    assert found["kinds"]["name"]["planted"] == 40
    assert found["kinds"]["email"]["low"] <= found["kinds"]["email"]["share"]
    assert set(found["name_cases"]) == {"title", "lower", "upper"}
    assert "95 % interval" in done.output
    assert "names by origin" in done.output


def test_a_review_goes_from_sheet_to_score(tmp_path, log, home, tiny_weights):
    sheet = tmp_path / "sheet.csv"

    done = scrub(log, "--policy", TINY, "--review", 4, "--sheet", sheet)
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(sheet.open()))
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"leaks": 0, "destroyed": 1} for row in rows)
    scored = scrub("--score", sheet)

    assert len(rows) == 4
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert "ada.byron" not in sheet.read_text()
    assert "Turns reviewed: 4 of 4. Leaks: 0." in scored.output


def test_an_id_made_of_the_content_is_not_written_but_the_logs_own_is(
    tmp_path, log, home, tiny_weights
):
    unnamed = json.loads(conversation(9, "u9", TEXTS[0]))
    del unnamed["id"]
    with log.open("a") as file:
        file.write(json.dumps(unnamed) + "\n")
    out = tmp_path / "clean.jsonl"

    done = scrub(log, "--policy", TINY, "--out", out)

    assert done.exit_code == 0, done.output
    ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert ids == ["c-0", "c-1", "c-2", "line-4"]


def test_a_sheet_that_is_there_is_kept(tmp_path, log, home, tiny_weights):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("hours of work")

    done = scrub(log, "--policy", TINY, "--review", 4, "--sheet", sheet)

    assert done.exit_code == 3
    assert sheet.read_text() == "hours of work"


@pytest.mark.parametrize("arguments", [(), ("log",), ("log", "--score", "x.csv"), ("--out", "x")])
def test_scrub_without_something_to_do_is_a_usage_error(arguments):
    assert scrub(*arguments).exit_code == 2
