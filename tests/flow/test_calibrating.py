"""Labels of one's own make a model of one's own, over the same weights."""

import json

import pytest
from click.testing import CliRunner

from tests.support.quick_model import quick_policy
from vstk import cli, policy, registry
from vstk import heads as heads_file
from vstk.pipeline import instrument as instrument_

pytestmark = pytest.mark.slow


def gold(path):
    annotation = {
        "task": "chit-chat",
        "ai_categories": [],
        "human_categories": [],
        "jailbreak_attempt": False,
        "harmful_values": False,
    }
    lines = [
        {
            "id": f"own:{number}",
            "messages": [
                {"role": "user", "content": f"A made-up question, number {number}."},
                {"role": "assistant", "content": "A made-up answer."},
            ],
            "annotations": [
                annotation
                | {
                    "subjectivity": 1 + number % 4,
                    "response_type": ("no values", "mild support")[number % 2],
                }
            ],
        }
        for number in range(20)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def calibrate(*arguments):
    result = CliRunner().invoke(cli.main, ["models", "calibrate", *map(str, arguments), "-q"])
    return result.exit_code, result.output


def test_a_model_is_calibrated_kept_and_loads(tiny_weights, home, tmp_path):
    rules = quick_policy(home, tmp_path)
    labelled = gold(tmp_path / "gold.jsonl")

    code, said = calibrate(labelled, "--as", "mine", "--policy", rules, "--workers", "1")

    assert code == 0, said
    made, base = registry.get("mine"), registry.get("quick")
    assert made.sha256 == base.sha256
    assert made.heads is not None
    assert made.heads.metrics["subjective.kappa"] <= 1
    assert "20 conversations" in made.heads.trained_on
    before, after = (heads_file.load(registry.heads_path(name)) for name in ("quick", "mine"))
    assert set(after.facets) == set(before.facets)
    assert calibrate(labelled, "--as", "mine", "--policy", rules, "--model", "mine")[0] == 0


def test_weights_without_heads_get_lines_for_their_questions(
    tiny_weights, home, tmp_path, monkeypatch
):
    rules = quick_policy(home, tmp_path)
    base = "smollm2-135m-instruct-q4_1"
    few = tmp_path / "few.jsonl"
    lines = gold(tmp_path / "gold.jsonl").read_text().splitlines(keepends=True)[:3]
    few.write_text("".join(lines))

    refused, why = calibrate(few, "--as", "plain", "--policy", rules, "--model", base)
    # Questions of their own take seconds a conversation.
    monkeypatch.setattr("vstk.evaluate.recalibrate.FEWEST", 3)
    code, said = calibrate(few, "--as", "plain", "--policy", rules, "--model", base)

    assert (refused, "3 labelled conversations are too few" in why) == (3, True), why

    assert code == 0, said
    made = heads_file.load(registry.heads_path("plain"))
    assert not made.facets
    assert set(made.calibration) >= {"ai_value", "task", "jailbreak_attempt"}
    rules_file, rules = rules, policy.load(str(rules))
    uncalibrated = "No head and no calibration for"
    assert any(one.startswith(uncalibrated) for one in instrument_.warnings(rules, model=base))
    assert not any(uncalibrated in one for one in instrument_.warnings(rules, model="plain"))
    again = calibrate(few, "--as", "again", "--policy", rules_file, "--model", "plain")
    assert again[0] == 0, again[1]


def test_prompts_without_a_reply_do_not_count(tiny_weights, home, tmp_path):
    rows = [json.loads(line) for line in gold(tmp_path / "gold.jsonl").read_text().splitlines()]
    for row in rows[:4]:
        del row["messages"][1]
    asked = tmp_path / "asked.jsonl"
    asked.write_text("".join(json.dumps(row) + "\n" for row in rows))

    code, said = calibrate(asked, "--as", "own", "--policy", quick_policy(home, tmp_path))

    assert code == 3
    assert "16 labelled conversations are too few" in said


def test_an_id_of_another_model_is_refused(tiny_weights, home, tmp_path):
    rules = quick_policy(home, tmp_path)

    code, said = calibrate(
        gold(tmp_path / "gold.jsonl"), "--as", "en_core_web_sm-3.8.0", "--policy", rules
    )

    assert code == 5
    assert "belongs to another" in said


def test_a_name_that_cannot_be_kept_is_refused_before_anything_is_read_or_replaced(
    tiny_weights, home, tmp_path
):
    rules = quick_policy(home, tmp_path)
    other = (home / "models" / "quick.yaml").read_text().replace("id: quick", "id: theirs")
    other = other.replace(registry.get("quick").sha256, "a" * 64)
    (home / "models" / "theirs.yaml").write_text(other)
    held = home / "models" / "heads" / "theirs.npz"
    held.parent.mkdir()
    held.write_bytes(b"the heads of theirs")

    for name, why in (
        ("Help Desk", "valid model id"),
        ("../a", "valid model id"),
        ("theirs", "theirs"),
    ):
        code, said = calibrate(tmp_path / "no-gold.jsonl", "--as", name, "--policy", rules)
        assert (code, why in said) == (5, True), said

    assert held.read_bytes() == b"the heads of theirs"
    assert list(held.parent.iterdir()) == [held]
