"""What is known of the labeller is used where it is known well, and for that instrument alone."""

import pytest

from vstk.pipeline.quality import Judged, confusions, errors
from vstk.release import TableSpec
from vstk.types import Key, Quality

GOOD = {"true_positives": 90.5, "false_negatives": 9.5, "false_positives": 8, "true_negatives": 76}
WEAK = {"true_positives": 20, "false_negatives": 34, "false_positives": 15, "true_negatives": 115}
FEW = {"true_positives": 4, "false_negatives": 0, "false_positives": 0, "true_negatives": 180}


def judged(**rows):
    return Judged(
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
        keys=(Key("one", "One"), Key("two", "Two")),
        single=True,
    )

    known = judged(**rows)

    assert set(confusions(known, [spec])) == ({"tasks"} if corrected else set())
    # What is not corrected is in the interval, if it was measured for every row.
    assert set(errors(known, [spec])) == ({"tasks"} if not corrected and len(rows) == 2 else set())
