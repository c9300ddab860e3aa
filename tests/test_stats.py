"""Wilson's interval of a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vstk.stats import wilson


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_the_share_and_stays_within_bounds(hits, more):
    low, high = wilson(hits, hits + more)

    assert 0 <= low <= high <= 1
    if hits + more:
        assert low - 1e-9 <= hits / (hits + more) <= high + 1e-9


def test_an_interval_is_the_published_one():
    # Newcombe (1998), Statistics in Medicine 17, table I: 15 of 148.
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
