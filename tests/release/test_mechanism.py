"""The noise is the noise that was paid for."""

import math
from decimal import Decimal

import pytest

from vstk.release import mechanism


@pytest.mark.parametrize("rho", ["0.0001", "0.01", "0.125", "0.5", "40"])
@pytest.mark.parametrize("l2", [1.0, 4.5, 65536.0 * 4.5, 98304.00000000001])
def test_our_scale_buys_no_more_than_the_rho_that_opendp_says(rho, l2):
    scale = mechanism.gaussian_scale(Decimal(rho), l2=l2)
    map_ = mechanism._gaussian(3, scale).map

    assert Decimal(map_(l2)) <= Decimal(rho)
    assert map_(l2) == pytest.approx(float(rho), rel=1e-9)


@pytest.mark.parametrize("rho", ["NaN", "Infinity", "0", "-1", "1e-400"])
def test_a_loss_that_is_no_loss_draws_nothing(rho):
    with pytest.raises(ValueError, match="rho"):
        mechanism.draw([1, 2], l2=1.0, rho=Decimal(rho))


@pytest.mark.parametrize("l2", [math.nan, math.inf, 0.0, -1.0])
def test_a_bound_that_is_no_bound_draws_nothing(l2):
    with pytest.raises(ValueError, match="bound"):
        mechanism.draw([1, 2], l2=l2, rho=Decimal(1))


def test_a_count_beyond_sixty_four_bits_is_refused_and_not_saturated():
    with pytest.raises(ValueError, match="64 bits"):
        mechanism.draw([1 << 63], l2=1.0, rho=Decimal(1))


def test_every_key_comes_back_zeros_included():
    drawn = mechanism.draw([0] * 266, l2=65536.0, rho=Decimal("0.01"))

    assert len(drawn.values) == 266
    assert all(isinstance(value, int) for value in drawn.values)
    assert len(set(drawn.values)) > 200


@pytest.mark.parametrize("rho", [0.001, 0.0882, 1.0, 10.0])
@pytest.mark.parametrize(("l1", "l2"), [(1, 1), (2, 2**0.5), (3, 3), (5, 5**0.5), (10, 10**0.5)])
def test_no_table_would_have_a_smaller_interval_from_the_laplace_mechanism(rho, l1, l2):
    """Both by OpenDP's own maps, for vectors of one label and of several."""
    dp = mechanism._opendp()
    b = l1 / math.sqrt(2 * rho)
    laplace = dp.measurements.make_laplace(
        dp.domains.vector_domain(dp.domains.atom_domain(T="i64"), size=3),
        dp.metrics.l1_distance(T="f64"),
        scale=b * 65536,
    )
    paid = dp.combinators.make_pureDP_to_zCDP(laplace).map(float(l1 * 65536))

    assert paid == pytest.approx(rho, rel=1e-6)
    assert 1.96 * mechanism.gaussian_scale(Decimal(rho), l2=l2) < math.log(20) * b


@pytest.mark.parametrize(("rho", "stated"), [("0.0066", 0.5), ("0.0244", 1.0), ("0.0882", 2.0)])
def test_epsilon_at_delta_is_the_known_one(rho, stated):
    assert mechanism.epsilon(Decimal(rho), Decimal("0.000001")) == pytest.approx(stated, abs=0.01)
