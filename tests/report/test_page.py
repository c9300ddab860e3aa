"""The page: what it says, what it never says, and that it needs and runs nothing."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.words import TEXTS, WORDS
from vstk.report import findings, page
from vstk.types import Claims, Release, Row, Statement

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&{{ 7*7 }}</style></title>"

VOID = {"meta", "br", "hr", "img", "input", "link", "rect", "line"}


class Page(HTMLParser):
    """What a browser would make of it: elements, attributes, text, style."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.style = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def rendered(release: Release) -> Page:
    return Page(page.render(release, {}, WORDS))


def renamed(release: Release, title: str) -> Release:
    """Every piece of text of the release that is free becomes `title`."""
    return replace(
        release,
        dataset=title,
        period=title,
        guarantee=replace(release.guarantee, unit=title, neighbouring=title),
        manifest={title: title},
        not_published=(title,),
        quality=replace(
            release.quality,
            source=title,
            features={title: {title: 0.5}},
            annotators={title: {title: 0.5}},
        )
        if release.quality
        else None,
        tables=tuple(
            replace(
                table,
                title=title,
                estimand=title,
                mechanism=title,
                note=title,
                rows=tuple(
                    replace(row, title=title, key=f"{title}/{n}")
                    for n, row in enumerate(table.rows)
                ),
            )
            for table in release.tables
        ),
    )


def test_it_opens_with_what_was_found_in_a_plain_sentence(release: Release) -> None:
    text = rendered(release).text

    assert "About 61 % (55 to 67 %) of conversations leave room for values" in text
    assert text.index("About 61 %") < text.index("A language model on")


def test_elements_are_nested_and_names_of_places_are_unique(release: Release) -> None:
    found = rendered(release)

    ids = [attrs["id"] for _, attrs in found.elements if "id" in attrs]
    assert found.open == []
    assert len(set(ids)) == len(ids)
    links = {attrs["href"] for tag, attrs in found.elements if tag == "a"}
    assert links <= {f"#{name}" for name in ids}


def test_nothing_is_loaded_and_nothing_runs(release: Release) -> None:
    found = rendered(renamed(release, "https://example.com/a.png"))

    assert not {"script", "img", "link", "iframe", "object", "embed", "form", "base"} & {
        tag for tag, _ in found.elements
    }
    for _, attrs in found.elements:
        assert not {"src", "srcset", "style", "action", "data", "xlink:href"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
        assert (attrs.get("href") or "#").startswith("#")
    assert "url(" not in found.style
    assert "@import" not in found.style


def test_its_security_policy_allows_its_own_style_and_nothing_else(release: Release) -> None:
    found = rendered(release)

    policy = next(
        attrs["content"]
        for tag, attrs in found.elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("title", [HOSTILE, "</style><script>", "{% raw %}{{ x }}", "a\u2028b"])
def test_a_hostile_title_is_shown_as_the_text_it_is(release: Release, title: str) -> None:
    plain, found = rendered(release), rendered(renamed(release, title))

    assert title in "".join(found.words)
    assert {tag for tag, _ in found.elements} <= {tag for tag, _ in plain.elements}
    assert found.style == plain.style


@given(st.text(max_size=30))
@settings(max_examples=15, deadline=None)
def test_any_title_leaves_the_page_as_it_is_built(title: str) -> None:
    whole = EXAMPLE()
    release = replace(whole, tables=whole.tables[:1])

    found = rendered(renamed(release, title))

    allowed = {tag for tag, _ in rendered(release).elements}
    assert {tag for tag, _ in found.elements} <= allowed
    assert found.open == []


@pytest.mark.parametrize(
    "claim", ["anonym", "gdpr", "cannot leak", "pii", "guarantees privacy", "completely"]
)
@pytest.mark.parametrize("which", ["release", "demonstration"])
def test_it_claims_nothing_that_cannot_be_kept(
    claim: str, which: str, request: pytest.FixtureRequest
) -> None:
    text = rendered(request.getfixturevalue(which)).text.lower()

    assert claim not in text


def test_the_promise_names_its_unit_its_loss_and_its_conditions(release: Release) -> None:
    text = rendered(release).text

    assert (
        "(epsilon, delta)-differentially private at the level of one person (account id) for "
        "2026-Q3, provided that the ids in the logs are right and the ledger of privacy "
        "loss was not rolled back" in text
    )
    assert "epsilon = 2 at delta = 0.000001 (1 in 1,000,000); rho = 0.0882" in text
    assert "At most 88.1 times in 100" in text
    assert "For demonstration only" not in text


def test_a_large_epsilon_is_called_what_it_is(demonstration: Release) -> None:
    text = rendered(demonstration).text

    assert "For demonstration only: this is not a meaningful protection." in text
    assert "Practically every time" in text
    assert "would look much the same" not in text


@pytest.mark.parametrize(("epsilon", "weak"), [(10.0, False), (10.01, True), (1e6, True)])
def test_the_warning_begins_above_ten(release: Release, epsilon: float, weak: bool) -> None:
    promise = replace(release.guarantee, epsilon=epsilon)

    assert findings.is_weak(promise) is weak
    assert findings.attacker_success(promise, TEXTS).place <= 100


def test_labels_that_nobody_measured_are_said_to_be_so(
    release: Release, demonstration: Release
) -> None:
    assert "The quality of these labels has not been measured" in rendered(demonstration).text
    text = rendered(release).text
    assert "196 labelled conversations: made-up development set" in text
    assert "micro-F1 0.45 (annotators with each other: 0.83)" in text
    assert "2.2 points" in text


def test_a_row_that_may_be_nothing_is_marked_and_is_no_finding(release: Release) -> None:
    def level(row: Row) -> Row:
        return replace(row, share=0.5, corrected=None, low=0.0, high=1.0)

    tables = tuple(replace(t, rows=tuple(map(level, t.rows))) for t in release.tables)
    unclear = replace(release, tables=tables)

    found = rendered(unclear)

    assert findings.findings(unclear, WORDS, TEXTS) == []
    assert "No number of this release is clearly more than noise" in found.text
    rows = sum(len(table.rows) for table in tables)
    example_rows = 1
    assert found.text.count("could be none") == rows + example_rows


def test_a_chart_stops_at_zero_and_the_figures_below_it_do_not(release: Release) -> None:
    found = rendered(release)

    widths = [float(a["width"].rstrip("%")) for tag, a in found.elements if tag == "rect"]  # type: ignore[union-attr]
    assert min(widths) == 0
    assert "\u22120.30" in found.text


def test_categories_stand_under_their_domain_and_both_sides_share_a_scale(
    release: Release,
) -> None:
    sections = {one.text.id: one for one in page.sections(release, {}, WORDS, TEXTS)}
    ours, theirs = sections["assistant"].charts[1], sections["people"].charts[1]

    assert ours.groups[0][0] == "Practical"
    assert len(ours.groups) == 5
    assert ours.ticks == theirs.ticks


def test_domains_that_are_not_published_are_named_by_the_taxonomy(release: Release) -> None:
    some = tuple(table for table in release.tables if table.level != "domain")
    small = replace(release, tables=some)

    named = page.render(small, {"practical": "Practical matters"}, WORDS)

    assert ">Practical matters</th>" in named
    assert ">Epistemic</th>" in named


def test_a_winner_is_not_picked_out_of_the_noise(release: Release) -> None:
    def as_close(row: Row) -> Row:
        return replace(row, share=0.2, corrected=None, low=0.15, high=0.25)

    tables = tuple(
        replace(t, rows=tuple(map(as_close, t.rows))) if t.name == "tasks" else t
        for t in release.tables
    )

    found = findings.findings(replace(release, tables=tables), WORDS, TEXTS)

    assert not [finding for finding in found if "mainly for" in finding.sentence]
    assert [f for f in findings.findings(release, WORDS, TEXTS) if "mainly for" in f.sentence]


def test_a_table_that_no_section_expects_is_still_shown(release: Release) -> None:
    new = replace(release.tables[0], name="teams", title="By team")

    text = rendered(replace(release, tables=(*release.tables, new))).text

    assert "Further tables" in text
    assert "By team" in text


def test_of_a_long_table_only_what_noise_would_not_reach_is_drawn(release: Release) -> None:
    table = release.tables[0]
    rows = tuple(
        Row(
            key=f"a/leaf-{n}",
            title=f"leaf {n}",
            count=900.0 if n == 7 else 30.0 * (n % 3),
            share=0.09,
            low=0.08,
            high=0.1,
        )
        for n in range(590)
    )
    long = replace(table, level="leaf", rows=rows, scale=20.0)

    text = page.render(replace(release, tables=(long,)), {}, WORDS)

    bars = text[text.index('<table class="chart"') : text.index("<details>")]
    assert "leaf 7<" in bars
    assert "leaf 8<" not in bars
    assert "1 of 590 rows" in bars
    assert "a/leaf-8<" in text


def test_the_explain_sheet_and_both_lists_of_claims_are_shown_whole(release: Release) -> None:
    told = replace(
        release,
        explanation=(Statement("Unit of privacy", "One person."), Statement("Bias", "Smaller.")),
        claims=Claims(may=("It may say this.",), never=("It never says that.",)),
    )

    found = rendered(told)

    for text in ("Unit of privacy", "One person.", "Bias", "It may say this.", "It never says"):
        assert text in found.text
    assert ("a", {"href": "#explained"}) in found.elements
    assert ("a", {"href": "#explained"}) not in rendered(release).elements


def test_it_says_which_intervals_hold_the_labeller_s_errors(release: Release) -> None:
    first, *others = release.tables
    rows = tuple(replace(row, found_low=row.low, found_high=row.high) for row in first.rows)
    reaching = replace(first, label_error="in_interval", rows=rows)

    text = rendered(replace(release, tables=(reaching, *others))).text

    assert f"For {findings.lower(first.title)}, the line also covers the errors" in text
    assert "Without label errors" in text
    assert "Without label errors" not in rendered(release).text
    assert "a share can be off by more than the line shows" in text


def test_a_release_without_tables_says_so_and_is_a_page(release: Release) -> None:
    found = rendered(replace(release, tables=()))

    assert "No number of this release is clearly more than noise" in found.text


@pytest.mark.parametrize("word", ["script-src", "http:", "https:"])
def test_the_page_holds_no_address(word: str, release: Release) -> None:
    assert word not in page.render(release, {}, WORDS)


EXAMPLE: Callable[[], Release]


@pytest.fixture(autouse=True, scope="module")
def _example(request: pytest.FixtureRequest) -> None:
    # Hypothesis draws many titles for one release, so it takes the builder itself.
    global EXAMPLE
    EXAMPLE = request.getfixturevalue("build")
