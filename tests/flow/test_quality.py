"""What is known of the labeller is used where it is known well, and for that instrument alone."""

import json

import pytest

from tests.flow.test_budget import log_of, run, with_rules
from tests.support.quick_model import quick_policy
from vstk import policy
from vstk.anonymiser import load_key
from vstk.errors import PolicyInvalid
from vstk.pipeline import compare as compare_
from vstk.pipeline import instrument as instrument_
from vstk.pipeline.label_error import QualityDocument, correctable, quality, uncorrectable
from vstk.pipeline.table_catalogue import table_specs
from vstk.release import TableSpec
from vstk.types import Quality, RowKey

GOOD = {"true_positives": 90.5, "false_negatives": 9.5, "false_positives": 8, "true_negatives": 76}
WEAK = {"true_positives": 20, "false_negatives": 34, "false_positives": 15, "true_negatives": 115}
FEW = {"true_positives": 4, "false_negatives": 0, "false_positives": 0, "true_negatives": 180}


def judged(**rows):
    return QualityDocument(
        Quality(source="made up", conversations=184, features={}, annotators={}),
        {"task": rows},
        "0" * 64,
    )


@pytest.mark.parametrize(
    ("rows", "corrected"),
    [
        ({"one": GOOD, "two": GOOD}, True),
        ({"one": GOOD, "two": WEAK}, False),
        ({"one": GOOD, "two": FEW}, False),
        ({"one": GOOD}, False),
    ],
    ids=["all known", "one weak", "one rare", "one unknown"],
)
def test_a_table_is_corrected_as_a_whole_or_not_at_all(rows, corrected):
    spec = TableSpec(
        name="tasks",
        title="Tasks",
        level="label",
        facet="task",
        keys=(RowKey("one", "One"), RowKey("two", "Two")),
        single=True,
    )

    known = judged(**rows)

    assert set(correctable(known, [spec])) == ({"tasks"} if corrected else set())
    # What is not corrected is in the interval, if it was measured for every row.
    assert set(uncorrectable(known, [spec])) == (
        {"tasks"} if not corrected and len(rows) == 2 else set()
    )


def test_what_was_measured_of_an_instrument_is_in_the_intervals_of_its_release(
    tmp_path, home, tiny_weights
):
    rules = policy.load(str(quick_policy(home, tmp_path)))
    measured = instrument_.instrument(rules, load_key(home / "key"))
    keys = next(s for s in table_specs(measured.sheet, measured.taxonomy) if s.name == "tasks").keys
    document = {
        "source": "made up",
        "conversations": 184,
        "features": {},
        "annotators": {},
        "text": "raw",
        "instrument": {
            name: measured.settings[name] for name in ("model", "heads", "sheet", "taxonomy")
        },
        "confusions": {"task": {key.key: WEAK for key in keys}},
    }
    (home / "models" / "quick.quality.json").write_text(json.dumps(document))

    done = run(tmp_path, log_of(tmp_path, 8), rules=rules)

    made = {table.name: table for table in done.release.tables}
    assert made["tasks"].label_error == "in_interval"
    assert made["ai_domains"].label_error == "not_known"
    assert done.release.manifest["quality_sha256"] == quality(measured).hash
    assert all(row.high - row.low >= row.found_high - row.found_low for row in made["tasks"].rows)
    said = {one.topic: one.text for one in done.release.explanation}
    assert "those errors may have led: tasks." in said["Accuracy"]
    assert "measured on text that was not scrubbed" in said["Label quality"]


def test_releases_that_read_another_length_are_not_compared_as_one_instrument(
    tmp_path, home, tiny_weights
):
    log = log_of(tmp_path, 8)
    run(tmp_path, log, work="one", out="out-1")
    longer = with_rules(tmp_path, ("window: 128", "window: 256"))
    run(tmp_path, log, work="two", out="out-2", rules=longer)
    releases = [tmp_path / out / "release.json" for out in ("out-1", "out-2")]

    with pytest.raises(PolicyInvalid, match="window"):
        compare_.compare(*releases, tmp_path / "compared")


@pytest.mark.parametrize("other", ["model", "heads", "sheet", "taxonomy"])
def test_what_was_measured_with_another_part_is_not_known_of_this_instrument(
    tmp_path, home, tiny_weights, other
):
    rules = policy.load(str(quick_policy(home, tmp_path)))
    measured = instrument_.instrument(rules, load_key(home / "key"))
    parts = {name: measured.settings[name] for name in ("model", "heads", "sheet", "taxonomy")}
    document = {"source": "made up", "conversations": 184, "features": {}, "annotators": {}}
    document |= {"confusions": {}, "instrument": parts}
    path = home / "models" / "quick.quality.json"
    path.write_text(json.dumps(document))
    assert quality(measured) is not None

    path.write_text(json.dumps(document | {"instrument": parts | {other: "0" * 64}}))

    assert quality(measured) is None
