"""Down the tree and beyond it: leaves and new words, from the log to the files."""

import csv
import json
from decimal import Decimal

import pytest

from tests.support.quick_model import TINY
from vstk import ledger, policy, taxonomy
from vstk import sheet as sheets
from vstk.errors import PolicyInvalid
from vstk.extract.phrase_match import ExactPhrases
from vstk.pipeline import (
    audit as audit_,
)
from vstk.pipeline import (
    plan as plan_,
)
from vstk.pipeline import (
    request as request_,
)
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.table_catalogue import table_specs
from vstk.types import Answer, Extraction

RIGOR = "epistemic/methodical-rigor"
REPLY = "I am patient and kind, and rigor matters to me. Serenity and frugality too."


class Reads:
    """Stands for a model that finds two categories; leaves and words are found for real."""

    def __init__(self, measured):
        self.leaves, self.lexicon = measured.leaves(), measured.lexicon

    def scrub(self, conversation):
        return conversation.turns, "en"

    def ask(self, conversation):
        found = [
            Answer(facet="ai_value", label=label, probability=0.9, chosen=True)
            for label in (RIGOR, "social/community-and-relationship-bonds")
        ]
        leaves = self.leaves.find(found, conversation.turns, None)
        said = [turn.text for turn in conversation.turns if turn.role == "assistant"]
        new = ExactPhrases(self.lexicon.phrases).find(said) if self.lexicon else []
        words = [Answer(facet="new_value", label=k, probability=1.0, chosen=True) for k in new]
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=(*found, *leaves, *words),
            seen_share=1.0,
            tokens=1,
        )


def asking(tmp_path, tables, more=""):
    text = TINY.read_text()
    head = text[: text.index("  tables:")]
    lines = "".join(f"    - {{name: {name}, budget_share: 1}}\n" for name in tables)
    (tmp_path / "asking.yaml").write_text(f"{head}  tables:\n{lines}{more}")
    return policy.load(str(tmp_path / "asking.yaml"))


def run(tmp_path, rules, people=300):
    log = tmp_path / "log.jsonl"
    with log.open("w") as file:
        for n in range(people):
            messages = [{"role": "user", "content": f"Question {n}"}]
            messages.append({"role": "assistant", "content": REPLY + (" Zest!" if n == 1 else "")})
            line = {"id": f"c{n}", "user": f"u{n}", "created_at": "2026-08-01T10:00:00Z"}
            file.write(json.dumps(line | {"messages": messages}) + "\n")
    return audit_.audit(
        request_.Request(logs=[log], dataset="people"),
        rules,
        request_.Places(work=tmp_path / "work"),
        tmp_path / "out",
        labeller=lambda measured: ConversationLabeller(
            Reads(measured), Reads(measured), measured.key, measured.vocabulary
        ),
    )


def test_leaves_are_published_below_their_categories(tmp_path, home, tiny_weights):
    done = run(tmp_path, asking(tmp_path, ["ai_categories", "ai_leaves"]))

    tables = {table.name: table for table in done.release.tables}
    leaves = {row.key: row.share for row in tables["ai_leaves"].rows}
    assert len(leaves) == 590
    assert leaves[f"{RIGOR}/rigor"] == pytest.approx(1, abs=0.2)
    assert leaves["social/community-and-relationship-bonds/kindness"] > 0.5
    assert leaves["personal/pleasure-and-enjoyment/humor"] == pytest.approx(0, abs=0.2)
    with (tmp_path / "out" / "values_frequencies.csv").open() as file:
        named = {row["value"] for row in csv.DictReader(file)}
    assert "rigor" in named
    with (tmp_path / "out" / "values_tree.csv").open() as file:
        levels = {row["level"] for row in csv.DictReader(file)}
    assert levels == {"0", "2"}


def test_new_words_are_named_where_many_use_them_and_paid_for(tmp_path, home, tiny_weights):
    rules = asking(
        tmp_path,
        ["ai_categories", "new_values"],
        '  new_values: {lexicon: values, delta: "0.0000001"}\n',
    )

    done = run(tmp_path, rules)

    [table] = [one for one in done.release.tables if one.name == "new_values"]
    assert [row.key for row in table.rows] == ["serenity"]
    assert Decimal(done.release.guarantee.delta) == rules.privacy.delta_in_all
    entries = ledger.Ledger(home / "ledger.db").entries("people")
    assert Decimal(entries[0].delta) == Decimal("0.0000001")
    assert "zest" not in (tmp_path / "out" / "release.json").read_text().lower()


def test_the_detailed_policy_can_publish_all_it_asks_for_about_ten_thousand_people():
    planned = plan_.plan_policy(policy.load("detailed"), 10_000, None)

    assert all(table.published and table.points < 1 for table in planned.tables)
    assert {"ai_leaves", "new_values"} <= {table.name for table in planned.tables}


def test_without_the_policy_s_word_no_new_word_is_sought(tmp_path, home, tiny_weights):
    done = run(tmp_path, asking(tmp_path, ["ai_categories"]), people=20)

    assert done.release.manifest["lexicon_sha256"] == "none"
    with pytest.raises(PolicyInvalid, match="no lexicon"):
        run(
            tmp_path,
            asking(
                tmp_path,
                ["ai_categories", "new_values"],
                '  new_values: {lexicon: nowhere.txt, delta: "0.0000001"}\n',
            ),
        )


TREE = (
    "level\tkey\ttitle\tdefinition\n"
    "domain\tsea\tSea\tAll that is wet.\n"
    "category\tsea/deep\tDeep things\tFar down.\n"
    "category\tsea/high\tHigh things\tFar up.\n"
    "cluster\tsea/deep/dark\tDark things\t\n"
)
IN_CLUSTER = "leaf\tsea/deep/dark/night\tnight\t\n"
BESIDE = "leaf\tsea/deep/pressure\tpressure\t\n"


@pytest.mark.parametrize(
    ("leaves", "below", "depth"),
    [
        (IN_CLUSTER, {"ai_clusters", "ai_leaves"}, 4),
        (BESIDE, {"ai_leaves"}, 3),
        (IN_CLUSTER + BESIDE, {"ai_leaves"}, 2),
        ("", set(), 2),
    ],
    ids=["in clusters", "beside clusters", "both", "clusters alone"],
)
def test_every_shape_of_taxonomy_has_the_tables_that_its_labels_can_fill(
    tmp_path, leaves, below, depth
):
    (tmp_path / "labels.tsv").write_text(TREE + leaves)
    (tmp_path / "SOURCE.md").write_text("Made up for a test. Licence: none needed.")

    made = {
        spec.name: spec for spec in table_specs(sheets.load("sheet-2"), taxonomy.load(tmp_path))
    }

    assert {name for name in ("ai_clusters", "ai_leaves") if name in made} == below
    assert len(made["ai_tree"].levels) == depth
