"""Every text of a page stands in one document, and words of facets and tables in the sheet."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.test_page import Page
from tests.report.words import TEXTS, WORDS
from vstk.facets import FindingText, ReportWords, SectionText, TableText
from vstk.report import findings, page, templates, texts
from vstk.types import Release

ROOM = Path(templates.__file__).parent
PAGES = sorted(ROOM.glob("*.jinja"))


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_a_template_holds_no_word_of_its_own(path: Path) -> None:
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.S)
    attributes = re.findall(r'aria-label="([^"]*)"', bare)
    bare = re.sub(r"<[^>]*>|&\w+;", " ", bare)

    assert re.findall(r"[^\W\d_]{2,}", bare) == []
    assert not [text for text in attributes if re.search(r"[^\W\d_]", text)]


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    source = "".join(path.read_text() for path in [*PAGES, *ROOM.glob("*.py")])
    named = set(re.findall(r'"((?:[a-z_]+\.)*[a-z_]+)"', source))
    known = {key.removeprefix("plain.") for key in TEXTS}
    computed = re.compile(r"(metric|meaning|csv)\.\w+|comparison\.column_\w+")

    assert not [key for key in known if key not in named and not computed.fullmatch(key)]
    asked = set(re.findall(r'(?:\bt|\.plain)\(\s*"([a-z_.]+)"\s*[,)]', source))
    assert asked <= known
    assert TEXTS.keys_of("metric") == TEXTS.keys_of("meaning")


def test_what_is_put_into_a_text_is_escaped_and_its_braces_are_left_alone() -> None:
    said = TEXTS("findings.one", figure="1 %", interval="{0}", sentence="<script>{figure}")

    assert "<script>" not in said
    assert "&lt;script&gt;{figure}" in said
    assert "({0})" in said


def test_a_page_in_another_language_has_no_english_left(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every text becomes its key in brackets; then no sentence of the English document is left."""
    foreign = texts.Texts(
        {
            key: f"⟦{key}⟧" + "".join(f"{{{part}}}" for part in re.findall(r"\{(\w+)\}", text))
            for key, text in TEXTS.items()
        }
    )
    monkeypatch.setattr(page, "load", lambda: foreign)

    found = Page(page.render(release, {}, WORDS)).text

    assert "⟦promise.lead⟧person" in found
    long = [re.sub(r"<[^>]*>", "", text) for text in TEXTS.values()]
    left = [text for text in long if len(text) > 20 and "{" not in text and text in found]
    assert left == []


def table_of(release: Release, name: str):
    return next(table for table in release.tables if table.name == name)


def told(release: Release, table: str, **finding: object) -> list[str]:
    words = ReportWords(
        sections=(SectionText(id="one", title="One"),),
        tables={table: TableText(section="one", finding=FindingText(**finding))},  # type: ignore[arg-type]
    )
    return [one.sentence for one in findings.findings(release, words, TEXTS)]


def test_the_largest_labelled_row_is_told_and_those_that_always_are(release: Release) -> None:
    # The largest of all, "no-values", has no sentence.
    found = told(
        release,
        "response_types",
        show="largest",
        labels={"strong-support": "are backed", "reframing": "are reframed", "mild-support": "-"},
        always=("reframing",),
    )

    assert found == ["are backed", "are reframed"]


def test_each_row_has_the_one_sentence_with_its_name(release: Release) -> None:
    assert told(
        release, "watch_list", show="each", sentence="show {title}", row_name="{title}"
    ) == ["show attempts to make the assistant drop its rules"]


def test_the_leading_row_is_told_with_those_that_may_be_as_frequent(release: Release) -> None:
    found = told(release, "ai_domains", show="leading", sentence="show {title}")

    assert found == ["show “practical”; “epistemic” could be as frequent"]
    [alone] = told(
        replace(
            release,
            tables=(replace(table_of(release, "ai_domains"), rows=release.tables[1].rows[:1]),),
        ),
        "ai_domains",
        show="leading",
        sentence="show {title}",
        row_name="{title} values",
    )
    assert alone == "show practical values, more than any other"


def test_a_release_whose_sheet_is_unknown_shows_every_table_among_the_further_ones(
    release: Release,
) -> None:
    found = Page(page.render(release, {}, ReportWords()))

    assert "Further tables" in found.text
    assert found.text.count("Every figure of this table") == len(release.tables)
    assert "What people use it for" not in found.text
