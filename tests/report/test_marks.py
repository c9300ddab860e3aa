"""What the report marks: rows that cannot be measured, labels that nobody measured, rates."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from tests.report.pages import rendered
from tests.report.words import TEXTS, WORDS
from vstk import report
from vstk.facets import RateText
from vstk.release import claims, compare
from vstk.report import charts, findings, page, tables
from vstk.report.rates import rate
from vstk.types import Bounds, Release, Row, Table

SAID = "the labeller is contradicted here: not measurable"


def table_of(release: Release, name: str) -> Table:
    return next(table for table in release.tables if table.name == name)


def with_table(release: Release, changed: Table) -> Release:
    return replace(
        release, tables=tuple(changed if t.name == changed.name else t for t in release.tables)
    )


def measured(table: Table) -> Table:
    return replace(table, label_error="in_interval")


@pytest.fixture
def contradicted(release: Release) -> Release:
    """The example, with the most frequent domain not measurable."""
    table = measured(table_of(release, "ai_domains"))
    first, *others = table.rows
    gone = replace(first, low=0.0, high=1.0, found_low=0.6, found_high=0.63, not_measurable=True)
    return with_table(release, replace(table, rows=(gone, *others)))


def test_a_row_that_is_not_measurable_is_listed_and_not_drawn(contradicted: Release) -> None:
    sections = {one.text.id: one for one in page.sections(contradicted, {}, WORDS, TEXTS)}
    chart = sections["assistant"].charts[0]
    text = rendered(contradicted).text

    drawn = [bar.row.key for _, bars in chart.groups for bar in bars]
    assert "practical" not in drawn
    assert len(drawn) == 4
    # The interval from 0 to 1 must not stretch the scale of the rows that are drawn.
    assert chart.ticks[-1][1] != "100"
    assert "The labeller is contradicted here, so these are not measurable: Practical." in text
    assert SAID in text


def test_a_row_that_is_not_measurable_is_no_finding(contradicted: Release) -> None:
    found = [one.sentence for one in findings.findings(contradicted, WORDS, TEXTS)]

    assert not [sentence for sentence in found if "show practical values" in sentence]
    assert [s for s in found if "epistemic values" in s and "that can be measured" in s]


def test_a_row_that_is_not_measurable_is_so_in_the_csv_and_the_document(
    contradicted: Release,
) -> None:
    files = tables.files(contradicted, {}, WORDS)
    [row] = [
        row
        for row in csv.DictReader(io.StringIO(files["tables/ai_domains.csv"]))
        if row["key"] == "practical"
    ]
    text = report.to_json(contradicted)

    assert (row["low"], row["high"], row["remark"]) == ("", "", SAID)
    assert row["found_low"] == "0.6"
    assert text.count('"not_measurable": true') == 1
    assert '"not_measurable": false' not in text
    assert report.from_json(text) == contradicted


def test_a_document_whose_unmeasurable_row_has_an_interval_is_refused(
    contradicted: Release,
) -> None:
    text = report.to_json(contradicted)
    narrow = text.replace('"high": 1.0', '"high": 0.7')

    assert narrow != text
    with pytest.raises(Exception, match="not measurable, but has an interval"):
        report.from_json(narrow)


def test_a_row_that_is_not_measurable_is_not_compared(
    release: Release, contradicted: Release
) -> None:
    found = compare(release, contradicted)
    html = report.compared(
        found, ("Summer", release), ("Autumn", contradicted), both=None, words=WORDS
    )["comparison.html"]

    assert found.not_measurable == ("ai_domains: practical",)
    assert ("ai_domains", "practical") not in {(d.table, d.key) for d in found.differences}
    assert "Not measurable in one of the two" in html
    assert "ai_domains: practical" in html


def test_bars_of_labels_that_nobody_measured_are_hatched_and_others_filled(
    release: Release,
) -> None:
    other = with_table(release, measured(table_of(release, "tasks")))
    sections = {one.text.id: one for one in page.sections(other, {}, WORDS, TEXTS)}
    html = page.render(other, {}, WORDS)

    def part(section: str) -> str:
        return html[html.index(f'id="results-{section}"') :].partition("</section>")[0]

    assert sections["tasks"].charts[0].measured
    assert not sections["people"].charts[0].measured
    assert 'class="fill"' in part("tasks")
    assert "url(#hatch" not in part("tasks")
    assert 'fill="url(#hatch-people)"' in part("people")
    # Hollow bars, of rows that could be none, stay hollow.
    assert part("people").count("Labels not measured.") == 2
    assert "Labels not measured." not in part("tasks")
    assert "A hatched bar with a short line is not more certain" in html


def test_the_quality_of_measured_labels_is_not_quoted_below_others(release: Release) -> None:
    leaves = replace(release.tables[2], name="ai_leaves", title="Single values", level="leaf")
    leaves = replace(leaves, rows=tuple(replace(row, corrected=None) for row in leaves.rows))
    html = page.render(replace(release, tables=(*release.tables, leaves)), {}, WORDS)
    section = html[html.index('id="results-assistant"') :].partition("</section>")[0]

    assert section.count("Quality of these labels") == 1
    assert section.index("Quality of these labels") < section.index("Single values")
    # Of a section in which nothing was measured, no quality is quoted at all.
    people = html[html.index('id="results-people"') :].partition("</section>")[0]
    assert "Quality of these labels" not in people


def test_findings_from_measured_labels_come_first_and_others_are_marked(release: Release) -> None:
    other = with_table(release, measured(table_of(release, "tasks")))
    found = findings.findings(other, WORDS, TEXTS)

    assert [one.measured for one in found] == sorted((one.measured for one in found), reverse=True)
    assert "mainly for" in found[0].sentence or found[0].measured
    assert "labels not measured)" in rendered(other).text


@pytest.mark.parametrize(("margin", "shown"), [(0.074, True), (0.076, False)])
def test_no_finding_has_an_interval_wider_than_fifteen_points(
    release: Release, margin: float, shown: bool
) -> None:
    table = table_of(release, "subjectivity")
    [row] = table.rows
    wide = replace(row, low=row.share - margin, high=row.share + margin)
    other = with_table(release, replace(table, rows=(wide,)))

    said = [one.sentence for one in findings.findings(other, WORDS, TEXTS)]

    assert ("leave room for values" in said) is shown


def test_pairs_stand_under_the_title_of_their_first_half(release: Release) -> None:
    rows = tuple(
        Row(
            key=f"{a}/{a}-one / {b}/{b}-one",
            title=f"{a.capitalize()} one / {b.capitalize()} one",
            count=100.0,
            share=0.1,
            low=0.08,
            high=0.12,
        )
        for a in ("protective", "social")
        for b in ("protective", "social", "personal")
    )
    pairs = replace(release.tables[0], name="human_ai_categories", level="pair", rows=rows)
    sections = page.sections(replace(release, tables=(pairs,)), {}, WORDS, TEXTS)

    groups = sections[0].charts[0].groups
    assert [title for title, _ in groups] == ["Protective one", "Social one"]
    assert [bar.row.title for bar in groups[1][1]] == [
        "Protective one",
        "Social one",
        "Personal one",
    ]


def test_new_values_stand_by_size_and_are_never_none(release: Release) -> None:
    rows = tuple(
        Row(key=word, title=word, count=n, share=n / 5000, low=max(n / 5000 - 0.005, 0.0), high=0.1)
        for word, n in (("agility", 20.0), ("bravery", 300.0), ("candour", 100.0))
    )
    words = replace(release.tables[0], name="new_values", level="word", rows=rows)
    text = rendered(replace(release, tables=(words,))).text
    bars = charts.chart(words, words.rows, {}, WORDS, TEXTS).groups[0][1]

    assert [bar.row.key for bar in bars] == ["bravery", "candour", "agility"]
    assert "used, but how often is not known" in text
    # Of the example that explains the marks.
    assert text.count("could be none") == 1


def mirroring(stated: float, mirrored: float, margin: float) -> Table:
    rows = tuple(
        Row(
            key=key,
            title=key,
            count=1000 * share,
            share=share,
            low=max(share - margin, 0.0),
            high=min(share + margin, 1.0),
        )
        for key, share in (("stated", stated), ("mirrored", mirrored))
    )
    return Table(
        name="mirroring",
        title="Mirroring",
        level="group",
        estimand="Share.",
        denominator=1000.0,
        bounds=Bounds(weight=1, l2=1.0),
        mechanism="m",
        scale=1.0,
        rho="0.1",
        rows=rows,
    )


RATE = RateText(part="mirrored", whole="stated", title="Mirrored")


def test_mirroring_is_a_rate_with_an_interval_of_its_own(release: Release) -> None:
    found = rate(mirroring(0.5, 0.3, 0.01), RATE)

    assert found is not None
    assert found.share == pytest.approx(0.6)
    # The delta method: sqrt(1 + 0.6^2) * 0.01 / 0.5 to either side.
    assert found.high - found.low == pytest.approx(2 * (1 + 0.36) ** 0.5 * 0.02, rel=0.01)
    text = rendered(replace(release, tables=(mirroring(0.5, 0.3, 0.01),))).text
    assert "those in which the assistant shows the same one: about 60 % (58 to 62 %)." in text


def test_a_rate_of_what_may_be_nothing_is_no_number() -> None:
    assert rate(mirroring(0.01, 0.005, 0.02), RATE) is None
    assert rate(replace(mirroring(0.5, 0.3, 0.01), rows=()), RATE) is None


def test_the_interval_of_a_rate_covers_nineteen_times_in_twenty() -> None:
    random = np.random.default_rng(11)
    sigma = 0.02
    covered = 0
    for _ in range(2000):
        stated, mirrored = 0.2 + random.normal(0, sigma), 0.12 + random.normal(0, sigma)
        found = rate(mirroring(stated, mirrored, 1.96 * sigma), RATE)
        covered += found is None or found.low <= 0.6 <= found.high
    assert 0.93 <= covered / 2000 <= 1.0


def test_a_release_without_protection_claims_none(demonstration: Release) -> None:
    said = claims(demonstration.guarantee)

    assert any(one.startswith("No meaningful protection") for one in said.may)
    assert "The tables protect any one person (account id)." in said.never
