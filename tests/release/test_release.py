"""The step as a whole."""

import dataclasses
import math
from decimal import Decimal

import pytest

from vstk.errors import BudgetExhausted, PolicyInvalid
from vstk.release import Confusion, Declined, LabelErrors, guarantee, prepare, sentence, unit

from .drawing import drawn, release
from .made_up import conversation


def log(people=400):
    for n in range(people):
        for m in range(1 + n % 4):
            yield conversation(f"u{n}", f"c{n}-{m}", "ab" if n % 2 else "c", "abcd"[n % 4])


def test_every_table_has_every_key_with_an_interval_around_its_share(privacy, specs):
    tables = release(log(), specs, privacy())

    assert [table.name for table in tables] == ["ai_categories", "response_types", "watch_list"]
    for table, spec in zip(tables, specs, strict=True):
        assert [row.key for row in table.rows] == [key.key for key in spec.keys]
        assert all(0 <= row.low <= row.high <= 1 for row in table.rows)
        assert table.estimand.startswith("Share of labelled conversations")


def test_what_the_tables_cost_is_within_the_policy_and_spends_nearly_all_of_it(privacy, specs):
    policy = privacy()
    planned = prepare(specs, policy, conversations=1000)
    tables = release(log(), specs, policy)

    assert Decimal("0.499999") < planned.rho <= policy.rho
    assert sum(Decimal(table.rho) for table in tables) + planned.population_rho <= policy.rho


def test_with_little_noise_the_shares_are_those_of_the_log(privacy, specs):
    tables = release(log(), specs, privacy(rho=Decimal(90), rho_cap=Decimal(90)))
    # Units of 1, 2, 3 and 4 conversations count as 1, 2, 3 and 3: 900 in all.
    assert tables[0].denominator == pytest.approx(900, abs=12)
    assert [row.share for row in tables[1].rows] == pytest.approx(
        [1 / 9, 2 / 9, 3 / 9, 3 / 9], abs=0.02
    )


def test_a_table_too_wide_for_the_policy_is_not_drawn_and_its_budget_goes_to_others(privacy, specs):
    policy = privacy(max_margin_points=Decimal(2))
    whole = prepare(specs, policy, conversations=100_000)
    small = prepare(specs, policy, conversations=800)

    assert all(table.published for table in whole.tables)
    assert [table.published for table in small.tables] == [False, True, True]
    assert small.tables[1].rho > whole.tables[1].rho
    assert small.tables[0].points > 2
    assert small.rho <= policy.rho


@pytest.mark.parametrize("on_wide_table", ["stop", "omit"])
def test_a_log_of_nobody_publishes_nothing_and_costs_its_noised_number(
    privacy, specs, on_wide_table
):
    policy = privacy(max_margin_points=Decimal(20), on_wide_table=on_wide_table)

    with pytest.raises(Declined, match="all 3 tables") as declined:
        drawn([], specs, policy)

    plan = prepare(specs, policy, conversations=1)
    assert 0 < declined.value.spent == plan.population_rho < policy.rho / 2


def test_nothing_is_drawn_on_a_reservation_that_is_too_small(privacy, specs):
    with pytest.raises(BudgetExhausted) as refusal:
        release(log(), specs, privacy(), reserved=Decimal("0.4999"))

    assert refusal.value.exit_code == 6


def test_a_policy_that_asks_for_a_table_we_do_not_have_is_told_which_there_are(privacy, specs):
    with pytest.raises(PolicyInvalid, match="tasks") as refusal:
        release(log(), specs, privacy(tables=("tasks",)))

    assert "ai_categories" in refusal.value.remedy


def test_known_label_errors_give_a_corrected_share_and_a_wider_interval(privacy, specs):
    policy = privacy(rho=Decimal(90), rho_cap=Decimal(90))
    known = {
        "response_types": {
            "d": Confusion(
                true_positives=80, false_negatives=20, false_positives=5, true_negatives=295
            )
        }
    }

    tables = release(log(), specs, policy, label_errors=LabelErrors(correctable=known))

    row = tables[1].rows[3]
    assert row.corrected == pytest.approx(
        (row.share + 295 / 300 - 1) / (0.8 + 295 / 300 - 1), abs=0.02
    )
    assert row.low < row.corrected < row.high
    assert tables[1].rows[2].corrected is None


def test_a_sample_has_a_wider_interval_than_the_whole_log(privacy, specs):
    policy = privacy(rho=Decimal(90), rho_cap=Decimal(90))

    whole = release(log(), specs, policy)[1].rows[0]
    sample = release(log(), specs, policy, sampled=True)[1].rows[0]

    assert sample.high - sample.low > 2 * (whole.high - whole.low)


def test_a_conversation_as_unit_weighs_one_whoever_had_it(privacy, specs):
    policy = privacy(unit="conversation", rho=Decimal(90), rho_cap=Decimal(90))

    tables = release(log(), specs, policy)

    assert tables[0].bounds.weight == 1
    assert tables[0].denominator == pytest.approx(1000, abs=5)


def test_the_promise_names_the_unit_and_rounds_epsilon_up(privacy):
    promise = guarantee(privacy(rho=Decimal("0.0882")))

    assert promise.unit == "person (account id)"
    assert 2.0 <= promise.epsilon < 2.001
    assert "epsilon = 2.000" in sentence(promise)
    assert math.isclose(promise.epsilon * 10_000, round(promise.epsilon * 10_000))


def test_the_policy_alone_decides_what_is_promised(privacy):
    assert unit(privacy()) == "person (account id)"
    assert unit(privacy(weakest_id="ip_hash")).startswith("network address")
    assert unit(privacy(unit="conversation", weakest_id="ip_hash")) == "conversation"


def test_a_table_names_nothing_that_is_not_its_own_key(specs):
    odd = conversation("u", "c", "a?", "a")

    assert specs[0].cells(odd) == (0,)
    assert dataclasses.replace(specs[0], single=True).cells(conversation("u", "c", "ba")) == (0,)
