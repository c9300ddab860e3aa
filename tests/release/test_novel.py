"""Words outside the taxonomy, found without pointing at anybody."""

import math
from decimal import Decimal

import pytest

from vstk.release import mechanism, novel
from vstk.release.bounds import QUANTUM

WORDS = {f"u{n}": ["thrift", "grit"] if n % 2 else ["thrift", "honesty"] for n in range(600)} | {
    "odd": ["alone"]
}
LEXICON = {"thrift", "grit", "honesty", "alone", "never"}


def test_what_many_said_is_found_and_what_one_said_is_not():
    found = novel.discover(
        WORDS, LEXICON, taken={"honesty"}, rho=Decimal("0.5"), delta=Decimal("1e-9")
    )

    assert found == ("grit", "thrift")


def test_a_word_outside_the_lexicon_is_never_named():
    found = novel.discover(WORDS, {"grit"}, rho=Decimal("0.5"), delta=Decimal("1e-9"))

    assert found == ("grit",)


@pytest.mark.parametrize("words", [1, 2, 3, 7, 50])
def test_a_person_weighs_no_more_than_one_whatever_they_said(words):
    length = math.sqrt(words * novel.weight(words) ** 2)

    assert QUANTUM * 0.999 < length <= QUANTUM


@pytest.mark.parametrize("names", [1, 5, 50])
def test_lone_words_pass_no_more_often_than_delta_says(names):
    """Delta at one in a hundred, 4,000 people alone with their words: 40 may leak.

    More than 64 would happen once in 5,000 runs of a correct mechanism. OpenDP's
    own threshold leaks half as much again at this delta (its mass at the
    threshold), which is why it is run one step higher.
    """
    people, delta = 4000, Decimal("0.01")
    weights = {
        f"{person}-{n}": novel.weight(names) for person in range(people) for n in range(names)
    }

    found = mechanism.select(
        weights,
        most=50,
        weight=novel.weight,
        l2=float(QUANTUM),
        rho=Decimal("0.5"),
        delta=delta,
    )

    assert len({name.split("-")[0] for name in found}) <= 64
