"""Labelled conversations in, figures out, by the command."""

import json

from click.testing import CliRunner

from tests.support.quick_model import quick_policy
from vstk import cli
from vstk.evaluate import EvaluationResult


def gold(path):
    """Four made-up conversations by two annotators, who label some facets only."""
    lines = [
        {
            "id": f"own:{number}",
            "messages": [
                {"role": "user", "content": f"A made-up question, number {number}."},
                {"role": "assistant", "content": "A made-up answer."},
            ],
            "annotations": [
                {"task": "finance", "harmful_values": number > 1},
                {"task": ("finance", "chit-chat")[number % 2], "harmful_values": number > 2},
            ],
        }
        for number in range(4)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_what_annotators_labelled_is_measured_and_written(tiny_weights, home, tmp_path):
    file = tmp_path / "result.json"

    done = CliRunner().invoke(
        cli.main,
        [
            "evaluate", str(gold(tmp_path / "gold.jsonl")), "--json", str(file), "-q",
            "--policy", str(quick_policy(home, tmp_path)), "--workers", "1",
        ],
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    result = EvaluationResult.from_json(file.read_text())
    assert (result.conversations, result.gold, result.text) == (4, "gold.jsonl", "raw")
    assert set(result.features) == {"task", "harmful_values"}
    assert result.annotators["harmful_values"].kappa == 0.5
    assert set(result.instrument) == {"model", "heads", "sheet", "taxonomy"}
    assert result.seconds_per_conversation > 0
    assert "Unwanted values" in done.output
    assert "4 conversations" in done.output


def test_a_gold_file_with_nothing_of_the_sheet_is_refused_before_the_model_runs(
    tiny_weights, home, tmp_path
):
    line = {"id": "a", "messages": [], "annotations": [{"mood": "good"}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(line) + "\n")

    done = CliRunner().invoke(
        cli.main,
        ["evaluate", str(tmp_path / "gold.jsonl"), "--policy", str(quick_policy(home, tmp_path))],
    )

    assert done.exit_code == 3
    assert "field of the question sheet" in done.output
