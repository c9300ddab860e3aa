"""What is published does not tell whether one person was added or erased."""

import json

import pytest

from tests.flow.test_budget import log_of, run, with_rules
from vstk.errors import PolicyInvalid
from vstk.ledger import ApprovalRequired, Ledger


def published(tmp_path, name):
    return (tmp_path / name / "release.json").read_bytes()


def test_a_second_publication_is_the_same_whether_or_not_a_person_joined(
    tmp_path, home, tiny_weights
):
    run(tmp_path, log_of(tmp_path, 9), work="one", out="first")
    same = run(tmp_path, log_of(tmp_path, 9), work="two", out="same")
    joined = run(tmp_path, log_of(tmp_path, 10), work="three", out="joined")

    assert (same.already_released, same.changed) == (True, False)
    assert (joined.already_released, joined.changed) == (True, True)
    for name in ("same", "joined"):
        assert published(tmp_path, name) == published(tmp_path, "first")
    assert len(Ledger(home / "ledger.db").entries("people")) == 2


def test_asked_anew_it_is_drawn_anew_whether_or_not_a_person_joined(tmp_path, home, tiny_weights):
    rules = with_rules(tmp_path, ("rho_cap: 16", "rho_cap: 32"))
    run(tmp_path, log_of(tmp_path, 9), work="one", out="first", rules=rules)
    run(tmp_path, log_of(tmp_path, 9), work="two", out="same", anew=True, rules=rules)
    run(tmp_path, log_of(tmp_path, 10), work="three", out="joined", anew=True, rules=rules)

    cited = {
        json.loads(published(tmp_path, name))["manifest"]["ledger_entry"]
        for name in ("first", "same", "joined")
    }
    assert len(cited) == 3
    # Afterwards the newest release answers the question.
    run(tmp_path, log_of(tmp_path, 9), work="two", out="last", rules=rules)
    assert published(tmp_path, "last") == published(tmp_path, "joined")


def test_another_name_or_unit_for_the_same_people_spends_nothing(tmp_path, home, tiny_weights):
    log = log_of(tmp_path, 9)
    run(tmp_path, log, work="one", out="first")
    before = Ledger(home / "ledger.db").head()
    by_conversation = with_rules(tmp_path, ("unit: person", "unit: conversation"))

    with pytest.raises(ApprovalRequired, match="different units"):
        run(tmp_path, log, work="two", out="second", rules=by_conversation)

    assert Ledger(home / "ledger.db").head() == before
    assert not (tmp_path / "second").exists()


def test_a_log_that_is_much_too_small_has_no_release_and_says_what_it_cost(
    tmp_path, home, tiny_weights
):
    small = with_rules(
        tmp_path, ("max_margin_points: 100", "max_margin_points: 5"), ("omit", "stop")
    )

    with pytest.raises(PolicyInvalid, match="No release was made") as declined:
        run(tmp_path, log_of(tmp_path, 9), rules=small)

    assert "Only the loss of that noised number was spent" in declined.value.remedy
    reserved, returned = Ledger(home / "ledger.db").entries("people")
    assert 0 < returned.rho < reserved.rho
