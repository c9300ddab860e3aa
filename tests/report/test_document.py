"""The release as a document: what is read back is what was written, or nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.errors import InputUnreadable
from vstk.report import SCHEMA, from_json, to_json
from vstk.types import Bounds, Guarantee, Quality, Release, Row, Table

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
losses = st.decimals(min_value="0.000000001", max_value=100, places=9).map(str)
metrics = st.dictionaries(texts, st.dictionaries(texts, numbers, max_size=2), max_size=2)


@st.composite
def rows(draw: Any, key: str) -> Row:
    low, high = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    return Row(
        key=key,
        title=draw(texts),
        count=draw(numbers),
        share=draw(numbers),
        low=low,
        high=high,
        corrected=draw(st.none() | numbers),
    )


@st.composite
def tables(draw: Any, name: str) -> Table:
    return Table(
        name=name,
        title=draw(texts),
        level=draw(texts),
        estimand=draw(texts),
        denominator=draw(numbers),
        bounds=Bounds(weight=draw(st.integers(1, 100)), l2=draw(numbers)),
        mechanism=draw(texts),
        scale=draw(numbers),
        rho=draw(losses),
        rows=tuple(draw(rows(key)) for key in draw(st.sets(texts, max_size=3))),
        note=draw(texts),
    )


@st.composite
def releases(draw: Any) -> Release:
    names = draw(st.sets(st.from_regex(r"[a-z][a-z0-9_-]{0,9}", fullmatch=True), max_size=3))
    quality = Quality(
        source=draw(texts),
        conversations=draw(st.integers(0, 10**6)),
        features=draw(metrics),
        annotators=draw(metrics),
    )
    return Release(
        schema=SCHEMA,
        dataset=draw(texts),
        period=draw(texts),
        guarantee=Guarantee(
            unit=draw(texts),
            epsilon=draw(st.floats(0.001, 1000)),
            delta=draw(losses),
            rho=draw(losses),
            neighbouring=draw(texts),
        ),
        manifest=draw(st.dictionaries(texts, texts, max_size=3)),
        tables=tuple(draw(tables(name)) for name in names),
        quality=draw(st.none() | st.just(quality)),
        not_published=tuple(draw(st.lists(texts, max_size=2))),
    )


@given(releases())
@settings(max_examples=60, deadline=None)
def test_a_release_is_read_back_exactly_as_it_was_written(release: Release) -> None:
    text = to_json(release)

    assert from_json(text) == release
    assert to_json(from_json(text)) == text


def test_the_document_names_what_scripts_rely_on(release: Release) -> None:
    document = json.loads(to_json(release))

    assert document["schema"] == "vstk-release-1"
    assert set(document) >= {"dataset", "period", "guarantee", "manifest", "tables", "quality"}
    assert set(document["guarantee"]) == {"unit", "epsilon", "delta", "rho", "neighbouring"}
    assert set(document["tables"][0]) >= {"name", "level", "denominator", "bounds", "rows"}
    assert set(document["tables"][0]["rows"][0]) >= {"key", "count", "share", "low", "high"}
    assert list(document["manifest"]) == sorted(document["manifest"])


def wrong(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        document = json.loads(text)
        change(document)
        return json.dumps(document)

    return apply


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: "", "not JSON"),
        (lambda text: text[:-20], "not JSON"),
        (lambda text: "[" * 100_000, "not JSON"),
        (lambda text: text.replace("0.61", "NaN", 1), "not JSON"),
        (lambda text: text.replace('"period"', '"dataset"', 1), "not JSON"),
        (lambda text: "[]", "`schema`"),
        (wrong(lambda d: d.update(schema="vstk-release-2")), "`schema`"),
        (wrong(lambda d: d.update(comment="hello")), "not known"),
        (wrong(lambda d: d.pop("period")), "`period` is missing"),
        (wrong(lambda d: d.update(period=2026)), "`period` is of the wrong kind"),
        (wrong(lambda d: d.update(tables={})), "`tables` is not a list"),
        (wrong(lambda d: d.update(dataset="\ud800")), "not text"),
        (wrong(lambda d: d["guarantee"].update(epsilon=True)), "`guarantee.epsilon`"),
        (wrong(lambda d: d["guarantee"].update(epsilon=10**400)), "too large"),
        (wrong(lambda d: d["guarantee"].update(epsilon=0)), "privacy loss"),
        (wrong(lambda d: d["guarantee"].update(rho="a little")), "privacy loss"),
        (wrong(lambda d: d["guarantee"].update(delta="NaN")), "privacy loss"),
        (wrong(lambda d: d["tables"][0].update(name="../../etc/cron")), "`name`"),
        (wrong(lambda d: d["tables"][0].update(name=d["tables"][1]["name"])), "`name`"),
        (wrong(lambda d: d["tables"][0].update(rho="-1")), "tables[0].rho"),
        (wrong(lambda d: d["tables"][0]["rows"][0].update(low=0.9)), "tables[0].rows[0]"),
        (wrong(lambda d: d["tables"][0]["rows"].append(d["tables"][0]["rows"][0])), "two rows"),
    ],
)
def test_what_is_not_a_release_is_refused_with_a_reason(
    release: Release, spoil: Callable[[str], str], says: str
) -> None:
    with pytest.raises(InputUnreadable, match="not a release") as refusal:
        from_json(spoil(to_json(release)))

    assert says in refusal.value.problem
    assert refusal.value.remedy


def test_a_refusal_quotes_nothing_of_the_document(release: Release) -> None:
    text = wrong(lambda d: d["tables"][0].update(title=["Jane Doe"]))(to_json(release))

    with pytest.raises(InputUnreadable) as refusal:
        from_json(text)

    assert "Jane" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_release_that_could_not_be_read_back_is_not_written(release: Release) -> None:
    with pytest.raises(ValueError, match="schema"):
        to_json(replace(release, schema="other"))
