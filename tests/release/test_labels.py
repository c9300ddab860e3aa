"""How far the labeller's errors may have led, and that intervals reach as far."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vstk.release import LabelErrors, TableSpec
from vstk.release.estimate import Noised, Z, share
from vstk.release.label_error import Rates, limits, rates
from vstk.types import Confusion, LabelledConversation, RowKey

from .drawing import release

counts = st.integers(0, 200)
confusions = st.builds(
    Confusion,
    true_positives=counts,
    false_negatives=counts,
    false_positives=counts,
    true_negatives=counts,
)
GOOD = Confusion(true_positives=90, false_negatives=10, false_positives=5, true_negatives=95)
WEAK = Confusion(true_positives=6, false_negatives=4, false_positives=9, true_negatives=165)
NEVER_MET = Confusion(true_positives=0, false_negatives=0, false_positives=1, true_negatives=183)


def reach(known, value, *, noise=0.0, conversations=2_000, effective=None):
    return limits(value, noise, known, conversations=conversations, effective=effective, z=Z)


@given(st.dictionaries(st.sampled_from("abcd"), confusions), st.floats(0, 1), st.floats(0, 0.1))
def test_whatever_was_counted_rates_are_rates_and_intervals_hold_what_was_found(
    counted, found, sigma
):
    for known in rates(counted).values():
        assert 0 < known.found < 1
        assert 0 < known.mistaken < 1
        assert known.found_variance > 0
        got = share(Noised(found * 1000, sigma * 1000), Noised(1000.0, 1.0), known=known)
        assert 0 <= got.low <= got.found_low <= got.found_high <= got.high <= 1
        assert got.corrected is None


def test_a_labeller_that_hardly_errs_adds_hardly_anything():
    perfect = Confusion(
        true_positives=10_000, false_negatives=0, false_positives=0, true_negatives=10_000
    )
    low, high = reach(rates({"a": perfect})["a"], 0.3, noise=0.01**2, conversations=1e6)

    assert low == pytest.approx(0.3 - Z * 0.01, abs=5e-4)
    assert high == pytest.approx(0.3 + Z * 0.01, abs=5e-4)


def test_a_labeller_that_may_be_no_better_than_chance_says_nothing():
    blind = Confusion(true_positives=5, false_negatives=5, false_positives=50, true_negatives=50)

    assert reach(rates({"a": blind})["a"], 0.5) == (0.0, 1.0)


def test_what_no_share_explains_is_left_to_the_noise():
    assert reach(rates({"a": GOOD})["a"], -0.4) is None
    got = share(Noised(-400.0, 1.0), Noised(1000.0, 1.0), known=rates({"a": GOOD})["a"])
    assert (got.low, got.high) == (got.found_low, got.found_high)
    assert got.low == 0.0
    assert got.high < 0.001


def test_a_label_with_few_examples_lends_from_the_others():
    alone = reach(rates({"rare": NEVER_MET})["rare"], 0.02)
    among = reach(rates({"rare": NEVER_MET} | dict.fromkeys("abcde", WEAK))["rare"], 0.02)

    assert alone[1] > 0.3
    assert among[1] < 0.12


def test_more_labelled_conversations_make_it_narrower():
    few = reach(rates({"a": WEAK})["a"], 0.1)
    many = reach(
        rates({"a": Confusion(**{n: 10 * getattr(WEAK, n) for n in WEAK.__dataclass_fields__})})[
            "a"
        ],
        0.1,
    )

    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_intervals_cover_although_labels_are_more_or_less_frequent_than_where_it_was_measured(
    factor,
):
    """600 labellers of ten labels each; 95 % would be 5,700, and 93 % are asked for."""
    random = np.random.default_rng(5)
    prevalence = np.linspace(0.03, 0.3, 10)
    covered = 0
    for _ in range(600):
        found = random.beta(9, 6, 10)
        mistaken = random.beta(2, 38, 10)
        there = random.binomial(184, prevalence)
        hits, wrong = random.binomial(there, found), random.binomial(184 - there, mistaken)
        known = rates(
            {
                n: Confusion(
                    true_positives=hits[n],
                    false_negatives=there[n] - hits[n],
                    false_positives=wrong[n],
                    true_negatives=184 - there[n] - wrong[n],
                )
                for n in range(10)
            }
        )
        true = factor * prevalence
        seen = true * found + (1 - true) * mistaken + random.normal(0, 0.01, 10)
        for n in range(10):
            got = share(Noised(seen[n] * 1e6, 1e4), Noised(1e6, 1.0), known=known[n])
            covered += got.low <= true[n] <= got.high

    assert covered >= 0.93 * 6_000


def test_a_release_says_of_every_table_what_its_intervals_make_of_the_errors(privacy):
    keys = (RowKey("clarity", "Clarity"), RowKey("care", "Care"))
    specs = [
        TableSpec(name=name, title=name, level="category", keys=keys, facet="ai_value")
        for name in ("ai_domains", "ai_categories", "ai_clusters")
    ]
    log = [
        LabelledConversation(unit_id=f"{n}", key=f"{n}", labels={"ai_value": ("clarity",)[: n % 2]})
        for n in range(200)
    ]
    policy = privacy(rho=Decimal(2), tables=tuple(spec.name for spec in specs))
    tables = release(
        log,
        specs,
        policy,
        label_errors=LabelErrors(
            correctable={"ai_domains": {key.key: GOOD for key in keys}},
            uncorrectable={"ai_categories": {key.key: WEAK for key in keys}},
        ),
    )

    assert [table.label_error for table in tables] == ["corrected", "in_interval", "not_known"]
    corrected, reaching, silent = (table.rows[0] for table in tables)
    assert corrected.corrected is not None
    assert reaching.corrected is None
    assert reaching.high - reaching.low > reaching.found_high - reaching.found_low
    assert (silent.low, silent.high) == (silent.found_low, silent.found_high)


@given(
    st.floats(-3, 4),
    st.floats(0.001, 0.5),
    st.sampled_from([None, 30.0, 1000.0]),
    st.sampled_from([None, GOOD]),
)
def test_however_far_outside_noise_puts_a_share_its_interval_keeps_some_width(
    found, sigma, effective, confusion
):
    got = share(
        Noised(found * 1000, sigma * 1000),
        Noised(1000.0, 0.0),
        effective=effective,
        confusion=confusion,
    )

    assert got.share == pytest.approx(found)
    assert got.found_low < got.found_high
    if found < 0:
        assert got.found_low == 0
    if found > 1:
        assert got.found_high == 1


@pytest.mark.parametrize("nudge", [0.0, 1e-16, -1e-16, 1e-14, -1e-14, 1e-11, -1e-11])
def test_the_interval_hardly_changes_where_the_rates_are_barely_told_from_chance(nudge):
    def known(nudge):
        return Rates(
            found=0.6,
            # So that what is known of the gain is as wide as the gain, to within the nudge.
            found_variance=0.4**2 / Z**2 - 0.001 + nudge,
            mistaken=0.2,
            mistaken_variance=0.001,
        )

    for value in (0.15, 0.5):
        assert reach(known(nudge), value) == pytest.approx(reach(known(1e-8), value), abs=1e-4)
