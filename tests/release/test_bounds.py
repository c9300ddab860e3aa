"""The invariants that the whole promise stands on."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.policy import Privacy, TableShare
from vstk.release import TableSpec, bounds
from vstk.types import LabelledConversation, RowKey

KEYS = tuple(RowKey(letter, letter) for letter in "abcdef")
MANY = TableSpec(name="ai_categories", title="", level="category", keys=KEYS, facet="ai_value")
ONE = TableSpec(
    name="response_types", title="", level="label", keys=KEYS, facet="ai_value", single=True
)

rows = st.builds(
    lambda unit, key, labels: LabelledConversation(
        unit_id=unit, key=key, labels={"ai_value": tuple(labels)}
    ),
    st.sampled_from("uvw"),
    st.text("0123456789", min_size=1, max_size=2),
    st.lists(st.sampled_from("abcdefz"), max_size=7),
)
logs = st.lists(rows, max_size=30)
policies = st.builds(
    lambda unit, read, weight, clip: Privacy(
        unit=unit,
        max_conversations_read=read,
        max_conversations_counted=weight,
        l2_clip=clip,
        rho=Decimal(1),
        rho_cap=Decimal(1),
        delta=Decimal("0.000001"),
        period="all",
        max_margin_points=Decimal(100),
        tables=(TableShare(name="tasks", budget_share=1),),
    ),
    st.sampled_from(["person", "conversation"]),
    st.integers(1, 8),
    st.integers(1, 5),
    st.sampled_from([Decimal("0.3"), Decimal(1), Decimal("1.5"), Decimal("2.7")]),
)


@pytest.mark.parametrize("spec", [MANY, ONE])
@given(logs, policies)
@settings(max_examples=150, deadline=None)
def test_taking_one_unit_away_changes_a_table_by_no_more_than_its_bound(spec, log, privacy):
    limits = bounds.ContributionBounds.of(privacy)
    limit = limits.table(spec)
    units = bounds.bound_contributions(log, limits)
    whole = bounds.total(units, spec, limit)

    for gone in units:
        rest = bounds.total({u: c for u, c in units.items() if u != gone}, spec, limit)
        square = sum((a - b) ** 2 for a, b in zip(whole, rest, strict=True))

        assert square <= bounds.QUANTUM**2 * limit.square
        assert math.sqrt(square) <= limit.steps
        assert all(a >= b for a, b in zip(whole, rest, strict=True))


@given(logs, policies)
@settings(max_examples=150, deadline=None)
def test_what_is_kept_of_a_unit_does_not_depend_on_the_others(log, privacy):
    limits = bounds.ContributionBounds.of(privacy)
    limit = limits.table(MANY)
    together = bounds.bound_contributions(log, limits)
    name = (lambda c: c.key) if privacy.unit == "conversation" else (lambda c: c.unit_id)

    for unit, kept in together.items():
        apart = bounds.bound_contributions([c for c in log if name(c) == unit], limits)

        assert apart == {unit: kept}
        assert bounds.unit_vector(kept, MANY, limit) == bounds.unit_vector(apart[unit], MANY, limit)


@given(st.lists(rows, max_size=20, unique_by=lambda c: c.key), policies, st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_log_changes_nothing(log, privacy, random):
    shuffled = list(log)
    random.shuffle(shuffled)
    limits = bounds.ContributionBounds.of(privacy)
    limit = limits.table(MANY)

    assert bounds.total(bounds.bound_contributions(log, limits), MANY, limit) == bounds.total(
        bounds.bound_contributions(shuffled, limits), MANY, limit
    )


@given(logs, policies)
@settings(max_examples=100, deadline=None)
def test_the_number_of_conversations_changes_by_at_most_the_weight(log, privacy):
    limits = bounds.ContributionBounds.of(privacy)
    units = bounds.bound_contributions(log, limits)
    whole = bounds.population(units, limits)
    squares = bounds.squared_contributions(units, limits)

    for gone in units:
        others = {u: c for u, c in units.items() if u != gone}
        most = limits.max_conversations
        assert 0 <= whole - bounds.population(others, limits) <= bounds.QUANTUM * most
        change = squares - bounds.squared_contributions(others, limits)
        assert 0 <= change <= bounds.QUANTUM * most * most


def test_a_person_with_few_labels_is_counted_exactly(privacy):
    log = [
        LabelledConversation(unit_id="u", key=str(n), labels={"ai_value": labels})
        for n, labels in enumerate([("a",), ("a", "b"), (), ()])
    ]
    limit = bounds.ContributionBounds.of(privacy(max_conversations_read=4)).table(MANY)

    vector = bounds.unit_vector(log, MANY, limit)

    # Four conversations that count as three: a in two of four, b in one.
    assert vector == {0: bounds.QUANTUM * 3 // 2, 1: bounds.QUANTUM * 3 // 4}


def test_a_person_with_many_labels_is_shortened_to_the_bound_and_not_below(privacy):
    log = [
        LabelledConversation(unit_id="u", key=str(n), labels={"ai_value": tuple("abcdef")})
        for n in range(3)
    ]
    limit = bounds.ContributionBounds.of(privacy()).table(MANY)

    vector = bounds.unit_vector(log, MANY, limit)

    assert limit.square == Fraction(81, 4)
    length = math.sqrt(sum(steps**2 for steps in vector.values())) / bounds.QUANTUM
    assert 4.4999 < length <= 4.5


def test_a_label_that_is_no_key_is_not_counted(privacy):
    log = [LabelledConversation(unit_id="u", key="1", labels={"ai_value": ("z", "a")})]

    limits = bounds.ContributionBounds.of(privacy())
    exact = bounds.total(bounds.bound_contributions(log, limits), ONE, limits.table(ONE))

    assert exact == [bounds.QUANTUM, 0, 0, 0, 0, 0]
