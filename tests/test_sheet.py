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
