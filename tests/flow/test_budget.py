"""Budget is money: each question costs once, and the cap holds."""

import shutil

import pytest

from tests.support.logs import conversation
from tests.support.quick_model import TINY
from vstk import ledger, policy
from vstk.cli import output
from vstk.errors import BudgetExhausted, InputUnreadable, OutputUnwritable, PolicyInvalid
from vstk.ledger import LedgerBroken
from vstk.pipeline import (
    audit as audit_,
)
from vstk.pipeline import (
    plan as plan_,
)
from vstk.pipeline import (
    request as request_,
)
from vstk.pipeline.labeller import ConversationLabeller
from vstk.types import Answer, Extraction


class Plain:
    """A scrubber and a model in one, for logs without anybody in them."""

    def scrub(self, conversation):
        return conversation.turns, "en"

    def ask(self, conversation):
        answer = Answer(facet="task", label="chit-chat", probability=1.0, chosen=True)
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=(answer,),
            seen_share=1.0,
            tokens=1,
        )


OTHERS = 10
"""People in every log, so that no noise decides whether there is a release."""


def log_of(tmp_path, people):
    path = tmp_path / f"log-{people}.jsonl"
    path.write_text(
        "".join(conversation(n, f"u{n}", f"A question {n}") + "\n" for n in range(people + OTHERS))
    )
    return path


def run(tmp_path, log, *, work="work", out="out", rules=None, announce=lambda *_: None, **more):
    return audit_.audit(
        request_.Request(logs=[log], dataset="people", **more),
        rules or policy.load(str(TINY)),
        request_.Places(work=tmp_path / work),
        tmp_path / out,
        labeller=lambda measured: ConversationLabeller(
            Plain(), Plain(), measured.key, measured.vocabulary
        ),
        announce=announce,
    )


def test_two_questions_spend_the_cap_and_a_third_is_refused(tmp_path, home, tiny_weights):
    run(tmp_path, log_of(tmp_path, 5), work="one", out="out-1")
    run(tmp_path, log_of(tmp_path, 6), work="two", out="out-2", anew=True)

    with pytest.raises(BudgetExhausted, match="has 0") as refused:
        run(tmp_path, log_of(tmp_path, 7), work="three", out="out-3", anew=True)

    assert refused.value.exit_code == 6
    assert not (tmp_path / "out-3").exists()
    book = ledger.Ledger(home / "ledger.db")
    assert [entry.kind for entry in book.entries("people")] == ["reserved", "released"] * 2
    # The labels are kept: with more budget, or another policy, they are not made again.
    assert (tmp_path / "three" / "audit.db").is_file()


def test_the_same_log_in_another_work_folder_is_the_same_question(tmp_path, home, tiny_weights):
    log = log_of(tmp_path, 5)
    first = run(tmp_path, log, work="one", out="out-1")
    second = run(tmp_path, log, work="two", out="out-2")

    assert second.already_released
    assert second.release == first.release


def test_a_work_folder_of_other_logs_is_refused_or_keeps_what_is_in_these(
    tmp_path, home, tiny_weights
):
    run(tmp_path, log_of(tmp_path, 6))

    with pytest.raises(InputUnreadable, match="not in these logs"):
        run(tmp_path, log_of(tmp_path, 3), out="out-2")
    done = run(tmp_path, log_of(tmp_path, 3), out="out-2", relabel=True)

    # The others are gone: what is left is the same question as these logs in a folder of their own.
    assert (done.summary.chosen, done.summary.kept) == (3 + OTHERS, 3 + OTHERS)
    assert run(tmp_path, log_of(tmp_path, 3), work="own", out="out-3").already_released


def test_labels_of_other_settings_are_refused_or_made_anew(tmp_path, home, tiny_weights):
    log = log_of(tmp_path, 4)
    run(tmp_path, log)
    text = TINY.read_text().replace("window: 128", "window: 256")
    (tmp_path / "changed.yaml").write_text(text)
    changed = policy.load(str(tmp_path / "changed.yaml"))

    with pytest.raises(PolicyInvalid, match="rules changed"):
        run(tmp_path, log, out="out-2", rules=changed)
    done = run(tmp_path, log, out="out-2", rules=changed, relabel=True)

    assert done.summary.kept == 0


def test_more_logs_are_added_to_what_is_labelled(tmp_path, home, tiny_weights):
    run(tmp_path, log_of(tmp_path, 4))

    done = run(tmp_path, log_of(tmp_path, 6), out="out-2")

    assert done.summary.kept == 4 + OTHERS
    assert done.summary.chosen == 6 + OTHERS


def test_a_person_counts_for_at_most_the_policy_s_bound(tmp_path, home, tiny_weights):
    path = tmp_path / "log.jsonl"
    others = log_of(tmp_path, 0).read_text()
    path.write_text(
        others
        + "".join(conversation(90 + n, "one person", f"Question {n}") + "\n" for n in range(9))
    )

    done = run(tmp_path, path)

    assert done.summary.chosen == 2 + OTHERS


def test_a_period_keeps_what_began_in_it(tmp_path, home, tiny_weights):
    done = run(tmp_path, log_of(tmp_path, 4), period="2026-Q3")
    assert done.release.period == "2026-Q3"

    with pytest.raises(InputUnreadable, match="outside the period"):
        run(tmp_path, log_of(tmp_path, 4), work="other", out="out-2", period="2025-Q1")


def test_a_place_that_cannot_be_written_is_found_out_before_the_work(tmp_path, home, tiny_weights):
    with pytest.raises(OutputUnwritable):
        run(tmp_path, log_of(tmp_path, 4), out="/proc/vstk/report")

    assert not (tmp_path / "work").exists()
    assert not (home / "ledger.db").exists()


def with_rules(tmp_path, *changes):
    text = TINY.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "rules.yaml").write_text(text)
    return policy.load(str(tmp_path / "rules.yaml"))


# All but the first table get so little of the budget, and there are so many people, that no
# noise decides which table is published.
MOSTLY_ONE = ("{name: subjectivity, budget_share: 1}", "{name: subjectivity, budget_share: 400}")
NARROW = ("max_margin_points: 100", "max_margin_points: 35")


def test_where_a_table_would_be_too_wide_there_is_no_release_and_the_number_alone_is_paid_for(
    tmp_path, home, tiny_weights
):
    rules = with_rules(tmp_path, MOSTLY_ONE, NARROW, ("omit", "stop"))
    shown = []

    for _ in range(2):  # what was declined once is declined again, free of charge
        with pytest.raises(PolicyInvalid, match="would be wider than 35 points") as refused:
            run(
                tmp_path,
                log_of(tmp_path, 10),
                rules=rules,
                announce=lambda screen, plan: shown.append(plan),
            )
        assert refused.value.exit_code == 4

    assert [table.name for table in shown[0].tables if table.published] == ["subjectivity"]
    reserved, declined = ledger.Ledger(home / "ledger.db").entries("people")
    assert (reserved.kind, declined.kind) == ("reserved", "declined")
    assert reserved.rho - declined.rho == shown[0].population_rho
    assert ledger.Ledger(home / "ledger.db").verify() == 2
    assert not (tmp_path / "out").exists()


def test_a_policy_may_omit_what_is_too_wide(tmp_path, home, tiny_weights):
    rules = with_rules(tmp_path, MOSTLY_ONE, NARROW)

    done = run(tmp_path, log_of(tmp_path, 10), rules=rules)

    assert [table.name for table in done.release.tables] == ["subjectivity"]


def test_of_a_release_without_a_single_table_the_number_alone_is_paid_for(
    tmp_path, home, tiny_weights
):
    rules = with_rules(tmp_path, ("max_margin_points: 100", "max_margin_points: 1"))

    with pytest.raises(PolicyInvalid, match="all 8 tables"):
        run(tmp_path, log_of(tmp_path, 6), rules=rules)

    left = ledger.Ledger(home / "ledger.db").left("people", rules.privacy.rho_cap, "person:account")
    assert rules.privacy.rho_cap - rules.privacy.rho < left < rules.privacy.rho_cap


def test_a_plan_says_about_how_many_conversations_there_are_and_not_how_many(tmp_path):
    stops = ("on_wide_table: omit", "on_wide_table: stop")
    rules = with_rules(tmp_path, ("max_margin_points: 100", "max_margin_points: 1"), stops)
    planned = plan_.plan_policy(rules, 1_234, None)
    few = plan_.plan_policy(rules, 123, None)

    assert "Plan for about 1,200 conversations" in output.plan(planned)
    assert "With about 120 conversations" in output.verdict(few)


def test_a_table_by_segment_of_which_nothing_is_published_is_named(tmp_path, home, tiny_weights):
    rules = with_rules(
        tmp_path,
        MOSTLY_ONE,
        NARROW,
        (
            "{name: response_types, budget_share: 1}",
            "{name: response_types, budget_share: 1, by: team}",
        ),
        ("  max_margin_points", "  segments: {team: [sales, law]}\n  max_margin_points"),
    )

    done = run(tmp_path, log_of(tmp_path, 10), rules=rules)

    assert any(
        "by team" in text and "its margin would exceed 35 points" in text
        for text in done.release.not_published
    )


def test_a_ledger_put_back_from_an_older_copy_pays_for_nothing_more(tmp_path, home, tiny_weights):
    run(tmp_path, log_of(tmp_path, 4), out="out-1")
    shutil.copy(home / "ledger.db", tmp_path / "copy.db")
    run(tmp_path, log_of(tmp_path, 5), out="out-2", anew=True)
    shutil.copy(tmp_path / "copy.db", home / "ledger.db")

    with pytest.raises(LedgerBroken, match="older copy") as broken:
        run(tmp_path, log_of(tmp_path, 6), out="out-3")

    assert broken.value.exit_code == 6
    assert len(ledger.Ledger(home / "ledger.db").entries("people")) == 2


def test_where_the_ledger_s_head_cannot_be_kept_nothing_is_spent(tmp_path, home, tiny_weights):
    log = log_of(tmp_path, 4)
    head = tmp_path / "work" / "ledger-head"
    head.mkdir(parents=True)

    with pytest.raises(OutputUnwritable, match="ledger-head"):
        run(tmp_path, log)
    assert not ledger.Ledger(home / "ledger.db").entries("people")

    head.rmdir()
    head.write_text("cut short")
    assert not run(tmp_path, log).already_released
    assert head.read_text().strip() == ledger.Ledger(home / "ledger.db").head()
