"""Words outside the taxonomy, found without pointing at anybody."""

import dataclasses
import math
from decimal import Decimal

import pytest
from scipy import stats

from vstk.release import NewValuesSpec, guarantee, mechanism, partition_selection
from vstk.release.bounds import QUANTUM
from vstk.types import LabelledConversation

from .drawing import drawn, release

WORDS = {f"u{n}": ["thrift", "grit"] if n % 2 else ["thrift", "honesty"] for n in range(600)} | {
    "odd": ["alone"]
}
LEXICON = {"thrift", "grit", "honesty", "alone", "never"}


def test_what_many_said_is_found_and_what_one_said_is_not():
    found = partition_selection.discover(WORDS, LEXICON, rho=Decimal("0.5"), delta=Decimal("1e-9"))

    assert found == ("grit", "honesty", "thrift")


def test_a_word_outside_the_lexicon_is_never_named():
    found = partition_selection.discover(WORDS, {"grit"}, rho=Decimal("0.5"), delta=Decimal("1e-9"))

    assert found == ("grit",)


@pytest.mark.parametrize("words", [1, 2, 3, 7, 50])
def test_a_person_weighs_no_more_than_one_whatever_they_said(words):
    length = math.sqrt(words * partition_selection.weight(words) ** 2)

    assert QUANTUM * 0.999 < length <= QUANTUM


@pytest.mark.parametrize("names", [1, 5, 50])
def test_lone_words_pass_no_more_often_than_delta_says(names):
    """Delta at one in a hundred for people who are alone with their words.

    More than the limit happens once in 5,000 runs of a correct mechanism. OpenDP's
    own threshold leaks half as much again at this delta (the mass at the threshold),
    which is why it is run one step higher.
    """
    people, delta = 20_000 // max(names, 5), Decimal("0.01")
    limit = stats.binom.isf(2e-4, people, float(delta))
    weights = {
        f"{person}-{n}": partition_selection.weight(names)
        for person in range(people)
        for n in range(names)
    }

    found = mechanism.select(
        weights,
        most=50,
        weight=partition_selection.weight,
        l2=float(QUANTUM),
        rho=Decimal("0.5"),
        delta=delta,
    )

    assert len({name.split("-")[0] for name in found}) <= limit


def asking(privacy):
    return privacy(
        tables=("new_values",), new_values={"lexicon": "words.txt", "delta": Decimal("1e-7")}
    )


def test_the_policy_turns_new_values_on_and_pays_for_them(privacy):
    policy = asking(privacy)
    spec = NewValuesSpec(
        title="New values",
        words=frozenset({"grit", "thrift", "alone"}),
        # Where words come from is the extractor's business; here labels stand for them.
        project=lambda conversation: conversation.labels.get("ai_value", ()),
    )
    log = [
        LabelledConversation(
            unit_id=f"u{n}", key=f"c{n}", labels={"ai_value": ("grit", "a secret")}
        )
        for n in range(400)
    ] + [LabelledConversation(unit_id="odd", key="odd", labels={"ai_value": ("alone",)})]

    [table] = release(log, [spec], policy)

    assert [row.key for row in table.rows] == ["grit"]
    assert table.rows[0].share == pytest.approx(1, abs=0.2)
    assert Decimal(table.rho) <= policy.rho
    assert Decimal(guarantee(policy).delta) == Decimal("0.0000011")
    wordless = [dataclasses.replace(one, labels={}) for one in log]
    nothing = drawn(wordless, [spec], policy)
    assert nothing.tables == ()
    assert nothing.omitted == ()


def test_new_values_without_a_price_are_refused(privacy):
    with pytest.raises(ValueError, match="require each other"):
        privacy(tables=("new_values",))
