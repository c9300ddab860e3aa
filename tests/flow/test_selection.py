"""Which conversations are read: bounded per person, by keyed hash alone."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vstk.pipeline.sampling import rounded, select
from vstk.readers import IndexedConversation


def hashed(text):
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def hasher(conversation):
    return hashed(f"unit {conversation.user}"), hashed(f"conversation {conversation.id}")


def made(user, number):
    return IndexedConversation(
        number=number,
        id=f"{user}-{number}",
        user=user,
        unit_kind="account",
        started_at=None,
    )


logs = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 30)), unique=True, min_size=1
).map(lambda pairs: [made(*pair) for pair in pairs])


@given(logs, st.integers(1, 5), st.integers(1, 4))
def test_what_is_read_of_a_person_does_not_depend_on_the_others(log, per_unit, one_in):
    keys = {hasher(c)[1] for c in log if c.user == "a"}

    together = select(log, hasher, per_unit=per_unit, one_in=one_in).keys & keys
    apart = select([c for c in log if c.user == "a"], hasher, per_unit=per_unit, one_in=one_in).keys

    assert together == apart


@given(logs, st.integers(1, 5), st.randoms())
def test_order_does_not_matter_and_nobody_is_read_more_than_the_bound(log, per_unit, random):
    before = select(log, hasher, per_unit=per_unit)
    shuffled = list(log)
    random.shuffle(shuffled)

    after = select(shuffled, hasher, per_unit=per_unit)

    assert before.keys == after.keys
    for user in {c.user for c in log}:
        keys = {hasher(c)[1] for c in log if c.user == user}
        assert len(keys & after.keys) == min(per_unit, len(keys))


def test_a_sample_reads_about_one_person_in_so_many_with_all_they_have():
    log = [made(f"person-{user}", number) for user in range(400) for number in range(3)]

    chosen = select(log, hasher, per_unit=3, one_in=4)

    assert len(chosen.keys) % 3 == 0
    assert 60 < len(chosen.keys) // 3 < 140
    assert chosen.units == 400


@pytest.mark.parametrize(
    ("length", "period"),
    [("month", "2026-07"), ("quarter", "2026-Q3"), ("year", "2026"), ("all", None)],
)
def test_times_are_rounded_to_the_policy_s_period(length, period):
    assert rounded(datetime(2026, 7, 31, 23, 59, tzinfo=UTC), length) == period
