"""How often a log is parsed: once to index it, and once for what is labelled."""

import collections
from pathlib import Path

import pytest

from tests.flow.test_budget import log_of, run
from tests.support.logs import conversation
from tests.support.quick_model import TINY
from vstk import policy
from vstk.pipeline import audit as audit_
from vstk.pipeline import request as request_
from vstk.readers import raw


@pytest.fixture
def passes(monkeypatch):
    """File -> how often its records were gone through; and how many were parsed."""
    counted = collections.Counter()
    items, parse = raw.items, raw.parse

    def counting(path, *arguments):
        counted[Path(path.name).name] += 1
        return items(path, *arguments)

    def parsing(piece):
        counted["parsed"] += 1
        return parse(piece)

    monkeypatch.setattr(raw, "items", counting)
    monkeypatch.setattr(raw, "parse", parsing)
    return counted


def test_an_audit_goes_through_a_log_twice(tmp_path, home, tiny_weights, passes):
    run(tmp_path, log_of(tmp_path, 6))

    # One record is parsed once more, to find the layout of the file.
    assert passes == {"log-6.jsonl": 2, "parsed": 16 + 16 + 1}


def test_a_resumed_audit_parses_again_only_what_is_not_labelled(
    tmp_path, home, tiny_weights, passes
):
    run(tmp_path, log_of(tmp_path, 4))
    passes.clear()

    done = run(tmp_path, log_of(tmp_path, 6), out="out-2")

    assert (done.summary.kept, done.summary.chosen) == (14, 16)
    assert passes == {"log-6.jsonl": 2, "parsed": 16 + 2 + 1}


def test_an_audit_of_what_is_labelled_and_a_dry_run_go_through_it_once(
    tmp_path, home, tiny_weights, passes
):
    log = log_of(tmp_path, 4)
    run(tmp_path, log)
    passes.clear()

    assert run(tmp_path, log).already_released
    assert passes["log-4.jsonl"] == 1

    audit_.dry_run(request_.Request(logs=[log], dataset="people"), policy.load(str(TINY)))
    assert passes["log-4.jsonl"] == 2


def test_of_a_person_over_the_bound_only_the_chosen_conversations_are_converted(
    tmp_path, home, tiny_weights, passes
):
    log = tmp_path / "log.jsonl"
    lines = [conversation(n, "one person", f"Question {n}") + "\n" for n in range(9)]
    # So many others that there is a release in any case.
    lines += [conversation(100 + n, f"u{n}", f"Question {n}") + "\n" for n in range(12)]
    log.write_text("".join(lines))

    assert run(tmp_path, log).summary.chosen == 2 + 12
    assert passes == {"log.jsonl": 2, "parsed": 21 + 14 + 1}
