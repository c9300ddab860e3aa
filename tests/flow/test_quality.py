"""What is known of the labeller is used where it is known well, and for that instrument alone."""

import pytest

from tests.flow.test_budget import log_of, run, with_rules
from tests.support.quick_model import quick_policy
from vstk import policy, registry, taxonomy
from vstk import sheet as sheets
from vstk.anonymiser import load_key
from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.evaluate import EvaluationResult
from vstk.pipeline import compare as compare_
from vstk.pipeline import instrument as instrument_
from vstk.pipeline.label_error import QualityDocument, correctable, quality, uncorrectable
from vstk.pipeline.table_catalogue import table_specs
from vstk.release import TableSpec
from vstk.types import Confusion, RowKey

GOOD = Confusion(true_positives=90.5, false_negatives=9.5, false_positives=8, true_negatives=76)
WEAK = Confusion(true_positives=20, false_negatives=34, false_positives=15, true_negatives=115)
FEW = Confusion(true_positives=4, false_negatives=0, false_positives=0, true_negatives=180)


def evaluated(confusions=None, instrument=None):
    return EvaluationResult(
        schema="vstk-evaluation-1",
        source="made up",
        conversations=184,
        not_labelled=0,
        seconds_per_conversation=None,
        features={},
        annotators={},
        calibration={},
        confusions=confusions or {},
        text="raw",
        instrument=instrument or {},
    )


def parts_of(measured):
    return {name: measured.settings[name] for name in ("model", "heads", "sheet", "taxonomy")}


def judged(**rows):
    return QualityDocument(evaluated({"task": rows}), "0" * 64)


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
    document = evaluated({"task": {key.key: WEAK for key in keys}}, parts_of(measured))
    (home / "models" / "quick.quality.json").write_text(document.to_json())

    done = run(tmp_path, log_of(tmp_path, 8), rules=rules)

    made = {table.name: table for table in done.release.tables}
    assert made["tasks"].label_error == "in_interval"
    assert made["ai_domains"].label_error == "not_known"
    assert done.release.manifest["quality_sha256"] == quality(measured).hash
    assert all(row.high - row.low >= row.found_high - row.found_low for row in made["tasks"].rows)
    said = {one.topic: one.text for one in done.release.explanation}
    assert "an interval that includes the labeller's errors: tasks." in said["Accuracy"]
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
    parts = parts_of(measured)
    path = home / "models" / "quick.quality.json"
    path.write_text(evaluated(instrument=parts).to_json())
    assert quality(measured) is not None

    path.write_text(evaluated(instrument=parts | {other: "0" * 64}).to_json())

    assert quality(measured) is None


def test_what_is_no_evaluation_is_refused_by_name(tmp_path, home, tiny_weights):
    measured = instrument_.instrument(
        policy.load(str(quick_policy(home, tmp_path))), load_key(home / "key")
    )
    (home / "models" / "quick.quality.json").write_text('{"conversations": 184}')

    with pytest.raises(InputUnreadable, match=r"'quick.quality.json' is not the result"):
        quality(measured)


def test_rows_that_are_facets_are_judged_by_their_one_label():
    spec = TableSpec(
        name="watch",
        title="Watch",
        level="facet",
        keys=(RowKey("harmful_values", "Unwanted values"),),
        project=lambda conversation: (),
    )
    known = QualityDocument(evaluated({"harmful_values": {"yes": GOOD}}), "0" * 64)

    assert correctable(known, [spec])["watch"]["harmful_values"].true_positives == 90


def test_the_shipped_quality_is_of_the_shipped_heads_sheet_and_taxonomy():
    manifest = registry.get("qwen2.5-coder-1.5b-instruct-q4_k_m")
    heads = registry.heads_path(manifest.id)
    path = heads.with_suffix(".quality.json")

    known = EvaluationResult.from_json(path.read_bytes(), path.name)

    assert known.conversations == 184
    assert known.instrument["model"] == manifest.sha256
    assert known.instrument["heads"] == manifest.heads.sha256
    assert known.instrument["sheet"] == sheets.load("sheet-2").label_hash
    assert known.instrument["taxonomy"] == taxonomy.load("vstk-core").hash
