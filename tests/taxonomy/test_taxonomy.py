"""A taxonomy is read strictly, and answers by key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.errors import InputUnreadable, OutputUnwritable, PolicyInvalid
from vstk.paths import documents
from vstk.taxonomy import WATCH, canonical, import_published, load, names, words

HEADER = "level\tkey\ttitle\tdefinition\n"
SMALL = HEADER + (
    "domain\tsea\tSea\tAll that is wet.\n"
    "category\tsea/deep\tDeep things\tFar down.\n"
    "leaf\tsea/deep/pressure\tpressure\t\n"
    "watch\twatch/drowning\tdrowning\tNot coming up.\n"
)


def write(folder: Path, labels: str, synonyms: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.tsv").write_text(labels)
    (folder / "SOURCE.md").write_text("Made up for a test. Licence: none needed.")
    if synonyms is not None:
        (folder / "synonyms.tsv").write_text(synonyms)
    return folder


def test_the_core_has_the_published_domains_and_categories_and_its_own_leaves() -> None:
    core = load("vstk-core")

    assert "vstk-core" in names()
    assert core.levels == ("domain", "category", "leaf")
    assert [title for _, title in core.keys("domain")] == [
        "Practical",
        "Epistemic",
        "Social",
        "Protective",
        "Personal",
    ]
    assert len(core.keys("category")) == 26
    assert len(core.keys("leaf")) > 500
    assert {"cruelty", "deception", "enabling harm"} <= {title for _, title in core.watch_list}
    for key, _ in core.keys("category"):
        assert core.definition(key).endswith(".")
        assert len(core.children(key)) >= 15


def test_a_key_leads_upwards_to_its_category_and_domain() -> None:
    core = load("vstk-core")
    key = core.find("accuracy")

    assert key == "epistemic/intellectual-integrity-and-objectivity/accuracy"
    assert core.parent(key) == "epistemic/intellectual-integrity-and-objectivity"
    assert core.ancestor(key, "domain") == "epistemic"
    assert core.ancestor(key, "leaf") == key
    assert core.ancestor("epistemic", "category") is None
    assert core.ancestor("watch/cruelty", "category") is None


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Well-Being", "personal/personal-growth-and-wellbeing/wellbeing"),
        ("humour", "personal/pleasure-and-enjoyment/humor"),
        ("pollution_control", "protective/protection-of-people-and-environment/pollution-control"),
        ("reasoning logical", "epistemic/methodical-rigor/logical-reasoning"),
        ("Sadism", "watch/cruelty"),
        ("critical thinking", "epistemic/critical-thinking/critical-thinking"),
        ("no such value", None),
        ("", None),
    ],
)
def test_a_title_is_found_however_it_is_written(title: str, key: str | None) -> None:
    assert load("vstk-core").find(title) == key


def test_a_title_can_be_asked_for_at_one_level() -> None:
    core = load("vstk-core")

    assert core.find("Critical thinking", "category") == "epistemic/critical-thinking"
    assert core.find("accuracy", "category") is None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_case_and_hyphens_do_not_matter(title: str) -> None:
    assert canonical(title.replace(" ", "-")) == canonical(title)
    assert canonical(canonical(title)[0])[0] == canonical(title)[0]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("key\tlevel\n", "does not begin with the columns"),
        (SMALL + "leaf\tsea/deep/pressure\tother\t\n", "line 6: the key is a duplicate"),
        (
            SMALL + "leaf\tsea/deep/x\tPressure\t\n",
            "line 6: the title is also that of sea/deep/pressure",
        ),
        (SMALL + "leaf\tsea/shallow/x\tx\t\n", "a leaf must come after its cluster or category"),
        (SMALL + "leaf\tsea/x\tx\t\n", "a leaf must come after its cluster or category"),
        (SMALL + "leaf\tsea/deep/Two Words\tx\t\n", "does not end in a slug"),
        (SMALL + "leaf\tsea/deep/x\t<b>x</b>\t\n", "the title is not made of words"),
        (SMALL + "leaf\tsea/deep/x\t\t\n", "the title is not made of words"),
        (SMALL + "category\tsea/mid\tMid\t\n", "a category needs a definition"),
        (SMALL + "genus\tsea/deep/x\tx\t\n", "the level is not one of"),
        (SMALL + "watch\tsea/evil\tevil\tBad.\n", "must begin with watch/"),
        (SMALL + "domain\twatch\tWatch\tNo.\n", "must be one slug other than 'watch'"),
        (SMALL + "leaf\tsea/deep/x\tx\n", "it does not have 4 fields"),
        (SMALL + "leaf\tsea/deep/x\tx \t\n", "it does not have 4 fields"),
        (SMALL + "leaf\tsea/deep/x\tx\tbell \x07 rings\n", "control characters"),
        (HEADER, "has no domain"),
        (HEADER + "domain\tsea\tSea\tWet.\n", "has no category"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, labels: str, problem: str) -> None:
    with pytest.raises(PolicyInvalid, match=problem):
        load(write(tmp_path / "wrong", labels))


@pytest.mark.parametrize(
    ("synonyms", "problem"),
    [
        ("title\tkey\nforce\tsea/deep/absent\n", "the key is not in labels.tsv"),
        ("title\tkey\nforce\tsea/deep/pressure\nforce\tsea/deep/depth\n", "another key"),
    ],
)
def test_a_wrong_synonym_is_named(tmp_path: Path, synonyms: str, problem: str) -> None:
    labels = SMALL + "leaf\tsea/deep/depth\tdepth\t\n"

    with pytest.raises(PolicyInvalid, match=problem):
        load(write(tmp_path / "wrong", labels, synonyms))


def test_a_taxonomy_says_where_it_is_from(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", SMALL)
    assert load(folder).find("drowning") == "watch/drowning"

    (folder / "SOURCE.md").unlink()
    with pytest.raises(PolicyInvalid, match="does not state its source"):
        load(folder)
    with pytest.raises(PolicyInvalid, match="no taxonomy 'nowhere'") as error:
        load("nowhere")
    assert "vstk-core" in error.value.remedy


def test_the_hash_is_of_every_document_that_decides_labels(tmp_path: Path) -> None:
    core = documents("policies") / "taxonomies" / "vstk-core"
    copy = tmp_path / "copy"
    shutil.copytree(core, copy)
    assert load(copy).hash == load("vstk-core").hash

    (copy / "SOURCE.md").write_text("Another licence.")
    assert load(copy).hash == load("vstk-core").hash

    (copy / "synonyms.tsv").unlink()
    assert load(copy).hash != load("vstk-core").hash


CSV = """cluster_id,description,name,level,parent_cluster_id,pct_total_occurrences
v:l3:a,"Wet, all of it.",Sea values,3,,70.0
v:l3:b,Dry.,Land values,3,,30.0
v:l2:a,Far down.,Deep things,2,v:l3:a,70.0
v:l2:b,High up.,High things,2,v:l3:b,30.0
v:l1:a,Cold.,Temperature,1,v:l2:a,40.0
v:l1:b,Also cold.,Temperature,1,v:l2:b,20.0
v:l1:c,Cold again.,Temperature,1,v:l2:b,10.0
well-being,,well-being,0,v:l1:a,0.1
wellbeing,,wellbeing,0,v:l1:b,5.0
service quality,,service quality,0,v:l1:a,2.0
quality service,,quality service,0,v:l1:a,1.0
warmth,,warmth,0,v:l1:c,1.0
"""


def imported(tmp_path: Path, text: str = CSV) -> Path:
    (tmp_path / "values_tree.csv").write_text(text)
    return import_published(tmp_path / "values_tree.csv", tmp_path / "published")


def test_the_published_tree_keeps_its_levels_and_joins_on_ids(tmp_path: Path) -> None:
    tree = load(imported(tmp_path))

    assert tree.levels == ("domain", "category", "cluster", "leaf")
    assert [key for key, _ in tree.keys("domain")] == ["land", "sea"]
    assert [key for key, title in tree.keys("cluster") if title == "Temperature"] == [
        "land/high-things/temperature",
        "land/high-things/temperature-2",
        "sea/deep-things/temperature",
    ]
    assert tree.find("warmth") == "land/high-things/temperature-2/warmth"
    assert tree.keys(WATCH) == load("vstk-core").watch_list


def test_twins_of_the_published_tree_are_one_value_with_a_synonym(tmp_path: Path) -> None:
    tree = load(imported(tmp_path))

    assert len(tree.keys("leaf")) == 3
    for twin in ("well-being", "wellbeing", "Well Being"):
        assert tree.find(twin) == "land/high-things/temperature/wellbeing"
    assert tree.find("quality service") == "sea/deep-things/temperature/service-quality"


def test_the_import_carries_the_attribution_that_the_licence_asks_for(tmp_path: Path) -> None:
    source = (imported(tmp_path) / "SOURCE.md").read_text()

    assert "CC BY 4.0" in source
    assert "Anthropic" in source
    assert "2 of the 5 values" in source


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("", "row 1: the columns are not"),
        (CSV.replace("cluster_id,", "id,"), "row 1: the columns are not"),
        (CSV + "x,,x,4,v:l1:a,1\n", "row 14: it does not have six fields with a level of 0 to 3"),
        (CSV + "x,,x\n", "row 14: it does not have six fields"),
        (CSV + "x,,x,0,v:l2:a,1\n", "row 14: its parent is missing or not one level above"),
        (CSV + "x,,x,0,absent,1\n", "row 14: its parent is missing or not one level above"),
        (CSV + "warmth,,warmth,0,v:l1:a,1\n", "row 14: duplicate id"),
        (CSV + "x,,x,0,v:l1:a,many\n", "row 14: pct_total_occurrences is not a number"),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, wrong: str, problem: str) -> None:
    with pytest.raises(InputUnreadable, match=problem):
        imported(tmp_path, wrong)

    assert not (tmp_path / "published").exists()


def test_an_import_overwrites_nothing(tmp_path: Path) -> None:
    imported(tmp_path)

    with pytest.raises(OutputUnwritable, match="is not empty"):
        imported(tmp_path)
    with pytest.raises(InputUnreadable, match="cannot be read"):
        import_published(tmp_path / "absent.csv", tmp_path / "out")


def test_a_lexicon_holds_what_the_taxonomy_lacks(tmp_path):
    (tmp_path / "mine.txt").write_text("# mine\n\nkindness\nright to be forgotten\ngrace\n")

    found = words(str(tmp_path / "mine.txt"), load("vstk-core"))

    assert "kindness" not in found.phrases
    assert found.phrases["right-to-be-forgotten"] == "right to be forgotten"


@pytest.mark.parametrize("line", ["Grace", "a,b", "zest\nzest", "x" * 200, " zest"])
def test_a_lexicon_of_anything_but_words_is_refused(tmp_path, line):
    (tmp_path / "mine.txt").write_text(line + "\n")

    with pytest.raises(PolicyInvalid, match="line"):
        words(str(tmp_path / "mine.txt"), load("vstk-core"))


def test_the_lexicon_that_comes_with_vstk_is_beyond_the_core_taxonomy():
    found = words("values", load("vstk-core"))

    assert len(found.phrases) > 400
