"""Two releases side by side."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.policy import Privacy
from vstk.release import between, combined, compare, guarantee, mechanism
from vstk.types import Bounds, Guarantee, Release, Row, Table


def document(shares, half=0.02, **manifest):
    rows = tuple(
        Row(
            key=f"k{n}",
            title=f"K{n}",
            count=1000 * s,
            share=s,
            low=max(s - half, 0.0),
            high=min(s + half, 1.0),
        )
        for n, s in enumerate(shares)
    )
    return Release(
        schema="vstk-release-1",
        dataset="people",
        period="the whole log",
        guarantee=promise("person (account id)"),
        manifest={"model": "m", "sheet_sha256": "s", "ledger_entry": "e"} | manifest,
        tables=(table("tasks", rows),),
        quality=None,
        not_published=(),
    )


def promise(unit):
    return Guarantee(unit=unit, epsilon=1.0, delta="0.000001", rho="0.1", neighbouring="n")


def table(name, rows):
    return Table(
        name=name,
        title=name.capitalize(),
        level="label",
        estimand="Share of labelled conversations.",
        denominator=1000.0,
        bounds=Bounds(weight=1, l2=1.0),
        mechanism="discrete Gaussian",
        scale=1.0,
        rho="0.1",
        rows=rows,
    )


def with_rows(release, change):
    """The release with every row changed."""
    [only] = release.tables
    return replace(release, tables=(replace(only, rows=tuple(map(change, only.rows))),))


def test_a_change_beyond_the_noise_is_found_and_one_within_it_is_not():
    found = compare(document([0.1, 0.3, 0.5]), document([0.2, 0.31, 0.5], ledger_entry="f"))

    assert [item.changed for item in found.differences] == [True, False, False]
    assert found.differences[0].low == pytest.approx(0.1 - 0.02 * 2**0.5)
    assert found.differences[0].high == pytest.approx(0.1 + 0.02 * 2**0.5)
    assert found.instruments == ()


def test_what_two_instruments_found_is_not_compared_unless_asked():
    one, other = document([0.1]), document([0.5], model="m2")

    with pytest.raises(PolicyInvalid, match="model"):
        compare(one, other)
    assert compare(one, other, across_instruments=True).instruments == ("model",)


def test_two_units_of_privacy_are_two_populations():
    other = replace(document([0.1]), guarantee=promise("conversation"))

    with pytest.raises(PolicyInvalid, match=r"guarantee\.unit"):
        compare(document([0.1]), other)


def test_noise_is_taken_for_change_in_at_most_one_comparison_of_twenty():
    """400 pairs of equal populations, 30 rows each; 5 % is 20, over 36 is 1 in 1,000."""
    random = np.random.default_rng(2)
    false = 0
    for _ in range(400):
        one, other = (document(0.4 + random.normal(0, 0.02 / 1.96, 30)) for _ in range(2))
        false += any(item.changed for item in compare(one, other).differences)

    assert false <= 36


def test_a_row_at_zero_has_an_interval_that_reaches_below_it():
    found = compare(document([0.005]), document([0.005]))

    assert found.differences[0].low == pytest.approx(-found.differences[0].high)


def test_releases_without_a_row_in_common_are_told_so():
    with pytest.raises(InputUnreadable, match="no row in common"):
        compare(document([]), document([]))


def test_rows_of_one_release_alone_are_named():
    assert compare(document([0.1]), document([0.1, 0.2])).only_in_one == ("tasks: k1",)


def test_two_teams_of_one_release_are_compared_like_two_releases():
    one, other = document([0.1, 0.3]), document([0.3, 0.3])
    law = replace(other.tables[0], name="tasks__team-2-law")
    one = replace(one, tables=(*one.tables, law))

    assert [d.changed for d in between(one, "tasks", "tasks__team-2-law").differences] == [
        True,
        False,
    ]
    with pytest.raises(InputUnreadable, match="both tables"):
        between(one, "tasks", "nothing")


def test_what_one_instrument_gets_wrong_in_both_is_no_change_and_hides_none():
    def known_badly(shares, **manifest):
        return with_rows(
            document(shares, half=0.2, **manifest),
            lambda row: replace(row, found_low=row.share - 0.02, found_high=row.share + 0.02),
        )

    one, other = known_badly([0.3, 0.5]), known_badly([0.4, 0.5])
    assert [d.changed for d in compare(one, other).differences] == [True, False]
    across = compare(one, known_badly([0.4, 0.5], model="m2"), across_instruments=True)
    assert [d.changed for d in across.differences] == [False, False]


@pytest.mark.parametrize("corrected_first", [True, False])
def test_where_one_side_alone_is_corrected_shares_found_are_compared_by_their_own_intervals(
    corrected_first,
):
    plain = document([0.3])
    corrected = with_rows(
        document([0.3], model="m2"),
        lambda row: replace(
            row, corrected=0.5, low=0.45, high=0.55, found_low=0.28, found_high=0.32
        ),
    )
    pair = (corrected, plain) if corrected_first else (plain, corrected)

    [found] = compare(*pair, across_instruments=True).differences

    assert (found.before, found.after) == (0.3, 0.3)
    assert found.high == pytest.approx(0.02 * 2**0.5)
    assert found.low == pytest.approx(-0.02 * 2**0.5)


@pytest.mark.parametrize(
    "name", ["heads_sha256", "words_sha256", "lexicon_sha256", "spacy", "spacy_sha256", "window"]
)
def test_whatever_changes_labels_makes_another_instrument(name):
    one, other = document([0.1], **{name: "a"}), document([0.1], **{name: "b"})

    with pytest.raises(PolicyInvalid, match=name):
        compare(one, other)


@pytest.mark.parametrize("finding", ["0", "0.0001"])
def test_who_sees_two_releases_is_told_the_epsilon_of_both(
    privacy: Callable[..., Privacy], finding: str
) -> None:
    stated = privacy(delta=Decimal("0.000001"))
    one = guarantee(stated)
    # What finding new values cost of delta buys no smaller epsilon.
    one = replace(one, delta=f"{stated.delta + Decimal(finding):f}")

    rho, epsilon, delta = combined(one, one)

    right = mechanism.epsilon(2 * stated.rho, 2 * stated.delta)
    assert rho == 2 * stated.rho
    assert delta == 2 * (stated.delta + Decimal(finding))
    assert right <= epsilon <= right + 0.001
