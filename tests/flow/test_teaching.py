"""Labelled conversations become heads, by the command."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from tests.support.quick_model import quick_policy
from vstk import cli
from vstk import heads as heads_file

pytestmark = pytest.mark.slow

TOPICS = (
    ("Is seven times eight fifty-six?", "Yes, it is.", 1, "no values", []),
    (
        "Should I tell my sister the truth?",
        "Honesty helps.",
        4,
        "mild support",
        ["Ethical interaction"],
    ),
)


@pytest.fixture
def gold(tmp_path):
    """Two kinds of made-up conversations, ten of each."""
    lines = []
    for number in range(20):
        asked, said, room, response, categories = TOPICS[number % 2]
        annotation = {
            "subjectivity": room,
            "task": ("data and maths", "personal advice")[number % 2],
            "ai_values": ["honesty"] if categories else [],
            "ai_categories": categories,
            "human_categories": [],
            "response_type": response,
            "jailbreak_attempt": False,
            "harmful_values": False,
        }
        messages = [
            {"role": "user", "content": f"{asked} Question {number}."},
            {"role": "assistant", "content": said},
        ]
        lines.append({"id": f"own:{number}", "messages": messages, "annotations": [annotation]})
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def train(*arguments):
    result = CliRunner().invoke(cli.main, ["models", "train", *map(str, arguments), "-q"])
    return result.exit_code, result.output


def test_training_learns_what_the_labels_say_and_goes_on_from_kept_states(
    tiny_weights, home, tmp_path, gold
):
    rules = quick_policy(home, tmp_path)
    out, states = tmp_path / "made" / "heads.npz", tmp_path / "kept" / "states.npz"

    code, said = train(gold, "--policy", rules, "--out", out, "--features", states)

    assert code == 0, said
    learned = heads_file.load(out)
    assert learned.meta["conversations"] == 20
    assert learned.meta["copies"] == 2
    with np.load(states) as kept:
        assert len(kept["ids"]) == 22
    first = out.read_bytes()
    out.unlink()
    assert train(gold, "--policy", rules, "--out", out, "--features", states)[0] == 0
    assert out.read_bytes() == first

    wider = tmp_path / "wider.yaml"
    wider.write_text(re.sub(r"window: \d+", "window: 200", rules.read_text()))
    code, said = train(gold, "--policy", wider, "--out", out, "--features", states)
    assert code == 3
    assert "another sheet, another window" in said
    assert out.read_bytes() == first


@pytest.mark.parametrize("kept", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_a_file_that_holds_no_states_is_refused(tiny_weights, home, tmp_path, gold, kept):
    states = tmp_path / "states.npz"
    states.write_bytes(kept)

    code, said = train(
        gold, "--policy", quick_policy(home, tmp_path), "--out", tmp_path / "h.npz",
        "--features", states,
    )  # fmt: skip

    assert code == 3
    assert "does not hold hidden states" in said


def test_too_few_conversations_or_silent_ones_are_refused_before_anything_is_read(
    tiny_weights, home, tmp_path, gold
):
    rules, lines = quick_policy(home, tmp_path), gold.read_text().splitlines(keepends=True)
    (tmp_path / "few.jsonl").write_text("".join(lines[:3]))
    silent = json.loads(lines[0]) | {"id": "own:silent", "messages": []}
    (tmp_path / "silent.jsonl").write_text("".join([*lines, json.dumps(silent)]))

    few, silence = (
        train(tmp_path / f"{name}.jsonl", "--policy", rules, "--out", tmp_path / "h.npz")
        for name in ("few", "silent")
    )

    assert few[0] == silence[0] == 3
    assert "too few" in few[1]
    assert "own:silent" in silence[1]


def test_prompts_without_a_reply_are_learned_from_and_name_no_values(
    tiny_weights, home, tmp_path, gold
):
    rows = [json.loads(line) for line in gold.read_text().splitlines()]
    asked = rows[0] | {"id": "own:asked", "messages": rows[0]["messages"][:1]}
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps(row) + "\n" for row in [*rows, asked]))
    files = {}
    for name, file in {"all": more, "answered": gold}.items():
        out = tmp_path / name / "heads.npz"
        code, said = train(
            file, "--policy", quick_policy(home, tmp_path), "--out", out,
            "--features", tmp_path / "states.npz", "--source", "us",
        )  # fmt: skip
        assert code == 0, said
        files[name] = out

    assert heads_file.load(files["all"]).meta["conversations"] == 21
    assert (
        files["all"].with_suffix(".words.npz").read_bytes()
        == files["answered"].with_suffix(".words.npz").read_bytes()
    )


def test_a_place_that_cannot_be_made_is_refused_before_anything_is_read(
    tiny_weights, home, tmp_path, gold
):
    rules = quick_policy(home, tmp_path)
    (tmp_path / "file").write_text("")
    states = tmp_path / "states.npz"

    code, said = train(
        gold, "--policy", rules, "--out", tmp_path / "file" / "heads.npz", "--features", states
    )

    assert code == 3
    assert "Fix:" in said
    assert not states.exists()
