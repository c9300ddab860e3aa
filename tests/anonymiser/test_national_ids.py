"""Check digits of national numbers, compared with python-stdnum on random numbers.

Each random beginning is tried with all hundred last two digits, so that valid numbers and
invalid ones of every kind are among them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
import stdnum.be.nn
import stdnum.br.cpf
import stdnum.ch.ssn
import stdnum.cn.ric
import stdnum.fr.nir
import stdnum.luhn
import stdnum.mx.curp
import stdnum.nl.bsn
import stdnum.pt.nif
import stdnum.us.ssn

from vstk.anonymiser.recognizers import check_digits as ours

Check = Callable[[str], object]


def endings(beginnings: Iterator[str]) -> list[str]:
    return [f"{beginning}{last:02d}" for beginning in beginnings for last in range(100)]


def digits(length: int, *, start: str = "", count: int = 60) -> list[str]:
    """`count` random beginnings of numbers of `length` digits, each with all endings."""
    draw = random.Random(f"{length} {start}")
    free = length - 2 - len(start)
    return endings(
        start + "".join(draw.choice("0123456789") for _ in range(free)) for _ in range(count)
    )


def compared(check: Check, oracle: Check, numbers: list[str]) -> tuple[set[str], set[str]]:
    """The numbers that only we accept, and those that only the oracle accepts.

    The numbers must hold both valid ones and invalid ones, or nothing would be compared.
    """
    accepted = {number for number in numbers if check(number)}
    valid = {number for number in numbers if oracle(number)}
    assert 10 < len(valid) < len(numbers) / 2
    return accepted - valid, valid - accepted


@pytest.mark.parametrize(
    ("check", "oracle", "numbers"),
    [
        pytest.param(ours.bsn, stdnum.nl.bsn.is_valid, digits(9), id="Netherlands"),
        pytest.param(ours.cpf, stdnum.br.cpf.is_valid, digits(11), id="Brazil"),
        pytest.param(ours.ahv, stdnum.ch.ssn.is_valid, digits(13, start="756"), id="Switzerland"),
        pytest.param(ours.nir, stdnum.fr.nir.is_valid, digits(15, start="185"), id="France"),
        pytest.param(ours.luhn, stdnum.luhn.is_valid, digits(9), id="Luhn's, of several"),
    ],
)
def test_a_check_agrees_with_stdnum(check: Check, oracle: Check, numbers: list[str]) -> None:
    assert compared(check, oracle, numbers) == (set(), set())


def test_portugal_differs_only_in_numbers_that_begin_with_zero() -> None:
    """No such number is given out; the recogniser's pattern leaves them out beforehand."""
    only_ours, only_theirs = compared(ours.nif_pt, stdnum.pt.nif.is_valid, digits(9, count=400))

    assert not only_theirs
    assert only_ours
    assert all(number.startswith("0") for number in only_ours)


def test_belgium_differs_only_in_dates_on_which_nobody_was_born() -> None:
    """A date that does not exist or is to come is masked as well: for a scrubber, more is safer."""
    draw = random.Random(5)
    # Years that have been, in either century that a number may be of.
    dated = endings(
        f"{draw.randrange(25):02d}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
        f"{draw.randint(1, 998):03d}"
        for _ in range(60)
    )

    only_ours, only_theirs = compared(ours.national_number_be, stdnum.be.nn.is_valid, digits(11))

    assert compared(ours.national_number_be, stdnum.be.nn.is_valid, dated) == (set(), set())
    assert only_ours
    assert not only_theirs


def test_the_check_digit_of_china_is_that_of_stdnum() -> None:
    draw = random.Random(7)
    for _ in range(500):
        number = "".join(draw.choice("0123456789") for _ in range(17))
        right = stdnum.cn.ric.calc_check_digit(number + "0")

        assert [c for c in "0123456789X" if ours.resident_cn(number + c)] == [right]


def test_the_check_digit_of_mexico_is_that_of_stdnum() -> None:
    draw = random.Random(7)
    for _ in range(500):
        number = (
            "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4))
            + "".join(draw.choices("0123456789", k=6))
            + draw.choice("HM")
            + "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=5))
            + draw.choice("0A")
        )
        right = stdnum.mx.curp.calc_check_digit(number + "0")

        assert [c for c in "0123456789" if ours.curp(number + c)] == [right]


def test_a_number_of_the_united_states_is_ruled_out_where_stdnum_rules_it_out() -> None:
    numbers = [
        *digits(9),
        *digits(9, start="000", count=3),
        *digits(9, start="666", count=3),
        *("123000001", "123450000", "899120001"),
    ]
    for number in numbers:
        written = f"{number[:3]}-{number[3:5]}-{number[5:]}"
        possible = ours.ssn(written) is not False
        published = number in ("078051120", "457555462", "219099999")  # in advertisements
        repeated = len(set(number)) == 1

        assert possible == (stdnum.us.ssn.is_valid(written) or published) or repeated
