from pathlib import Path

import pytest

from vstk import sheet as sheets
from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.types import RowKey

TINY = (Path(__file__).parent / "extract" / "sheets" / "tiny.yaml").read_text()
CATEGORIES = (RowKey("a/b", "B"), RowKey("a/c", "C"))


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "s.yaml").write_text(text)
        return sheets.load(str(tmp_path / "s.yaml"))

    return write


def test_the_shipped_sheet_asks_the_seven_facets_with_their_label_sets():
    sheet = sheets.load("sheet-2")

    vocabulary = sheet.resolve(CATEGORIES).vocabulary

    assert {facet: len(keys) for facet, keys in vocabulary.items()} == {
        "subjectivity": 4,
        "task": 20,
        "ai_value": 2,
        "human_value": 2,
        "response_type": 7,
        "jailbreak_attempt": 1,
        "harmful_values": 1,
    }
    assert vocabulary["ai_value"] == ("a/b", "a/c")
    assert vocabulary["harmful_values"] == ("yes",)


def test_the_hash_is_that_of_the_bytes(written):
    assert written(TINY).hash != written(TINY + "# a remark\n").hash


def test_rewording_a_question_does_not_concern_the_heads(written):
    before = written(TINY)
    reworded = written(TINY.replace("How personal is it?", "Is it personal?"))
    retrained = written(TINY.replace("Read the conversation.", "Read it."))

    assert reworded.reading_hash == before.reading_hash
    assert retrained.reading_hash != before.reading_hash


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: tiny", "name: tiny\nmood: good", "mood"),
        ("kind: multi", "kind: many", "facets.1.kind"),
        ("show {label}?", "show it?", "facets.1"),
        ("How personal is it?", "How {label} is it?", "facets.0"),
        ("key: low", "key: high", "facets.0"),
        ("labels: [high], key", "labels: [huge], key", "facets.0"),
        ("facet: ai_value", "facet: subjectivity", "asked twice"),
        ("facet: ai_value", "facet: Shoe size", "facets.1.facet"),
        ("layers: [2, 4]", "layers: [4, 2]", "read"),
        ("head_share: 0.6", "head_share: 1.5", "read.window.head_share"),
        ("turn_room: 64", "turn_room: 4000", "read.window"),
        ("vstk_sheet: 2", "vstk_sheet: 3", "vstk_sheet"),
    ],
)
def test_a_sheet_that_does_not_say_what_it_must_is_refused_by_key(written, old, new, told):
    assert old in TINY

    with pytest.raises(PolicyInvalid, match=told):
        written(TINY.replace(old, new, 1))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(PolicyInvalid) as caught:
        sheets.load("sheet-99")

    assert "sheet-2" in caught.value.remedy
    assert (documents("policies") / "sheets" / "sheet-2.yaml").is_file()


TABLES = """
sections:
  - {id: talk, title: How they talk, question: "Do they?", reading: Read on., measures: [subjectivity]}
values_files: ai_value
tables:
  - {name: personal, title: Personal ones, section: talk, facet: subjectivity, of: positive,
     finding: {show: each, sentence: are personal}}
  - {name: degrees, title: Degrees, facet: subjectivity, of: labels,
     finding: {show: largest, labels: {high: are very personal}, always: [high]}}
  - {name: domains, title: Domains, facet: ai_value, of: domain}
  - {name: categories, title: Categories, facet: ai_value, of: category}
  - {name: both, title: Both, pair: {rows: degrees, columns: domains}}
  - {name: values_tree, title: Tree, tree: [domains, categories]}
  - {name: attacks, title: Attacks, flags: {jailbreak_attempt: Attacks by the user}}
  - {name: new_values, title: New, new_values: {facet: new_value, about: assistant}}
"""


def test_what_the_report_is_told_of_tables_comes_from_the_sheet(written):
    words = written(TINY + TABLES).report_words

    assert words.table("personal__team-1-sales").finding.sentence == "are personal"
    assert words.section_of("personal").title == "How they talk"
    assert words.section_of("degrees") is None
    assert words.measures["subjectivity"] == "Subjectivity"
    assert [name for name, text in words.tables.items() if text.in_values_files] == [
        "domains",
        "categories",
        "values_tree",
    ]
    assert words.table("values_tree-domain").in_values_files
    assert words.table("unheard of").section is None


def test_labels_do_not_depend_on_tables_and_words_of_the_report(written):
    whole = written(TINY + TABLES)
    reworded = written((TINY + TABLES).replace("are personal", "are private"))
    fewer = written(TINY + TABLES[: TABLES.index("  - {name: both")] + TABLES.splitlines()[-1])
    elsewhere = written((TINY + TABLES).replace("about: assistant}}", "about: user}}"))

    assert len({whole.hash, reworded.hash, fewer.hash}) == 3
    assert whole.label_hash == reworded.label_hash == fewer.label_hash
    # Where new words are sought decides labels, and so does what leaves are called.
    assert elsewhere.label_hash != whole.label_hash
    assert (
        written(TINY).label_hash
        != written(
            TINY.replace("    kind: multi", "    kind: multi\n    leaf_facet: ai_leaf")
        ).label_hash
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("section: talk", "section: walk", "tables.0.section: there is no section 'walk'"),
        ("facet: subjectivity, of: labels", "facet: mood, of: labels", "tables.1.facet: .*'mood'"),
        ("of: labels", "of: groups", "tables.1.of: 'subjectivity' has no groups"),
        ("of: positive", "of: domain", "tables.0.of: a level of the taxonomy"),
        ("of: domain", "of: leaf", "tables.2.of: 'ai_value' has no `leaf_facet`"),
        ("title: Degrees, ", "", "tables.1.title: Field required"),
        ("{high: are very", "{huge: are very", "tables.1.finding: .*always"),
        ("always: [high]}", "always: []}}\n  - {name: x, title: X, facet: subjectivity, of: labels,"
         "finding: {show: each, labels: {huge: are huge}}", "tables.2.finding.labels: .*'huge'"),
        ("columns: domains", "columns: domain", "tables.4.pair.columns: .*no table 'domain'"),
        ("columns: domains", "columns: values_tree", "tables.4.pair.columns: 'values_tree' is no"),
        ("tree: [domains, categories]", "tree: [categories, domains]", "tables.5.tree"),
        ("tree: [domains, categories]", "tree: [domains, leaves]", "tables.5.tree: .*'leaves'"),
        ("{jailbreak_attempt: A", "{jailbreak: A", "tables.6.flags: there is no facet"),
        ("{jailbreak_attempt: A", "{ai_value: A", "tables.6.flags: 'ai_value' has no labels"),
        ("name: new_values", "name: newest", "tables.7: .*called `new_values`"),
        ("facet: new_value,", "facet: ai_value,", "tables.7.new_values.facet"),
        ("name: degrees", "name: personal", "tables: 'personal' stands twice"),
        ("name: degrees", "name: a__b", "tables.1.name"),
        ("measures: [subjectivity]", "measures: [joy]", "sections.0.measures: .*'joy'"),
        ("values_files: ai_value", "values_files: subjectivity", "values_files"),
        ("pair: {rows", "of: labels, pair: {rows", "tables.4: .*need each other"),
        ("{rows: degrees, columns: domains}}", "{rows: degrees, columns: domains}, flags: {a: b}}",
         "tables.4: .*exactly one of"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_made_is_refused_by_key(written, old, new, told):
    assert old in TABLES

    with pytest.raises(PolicyInvalid, match=told):
        written(TINY + TABLES.replace(old, new, 1))
