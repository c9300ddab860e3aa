"""The way back to the log: where to look, who asked, and a blind sheet."""

import csv
import json

import pytest

from tests.support.logs import conversation
from tests.support.quick_model import TINY
from vstk import policy
from vstk.pipeline import (
    audit as audit_,
)
from vstk.pipeline import (
    investigate as investigate_,
)
from vstk.pipeline import (
    request as request_,
)
from vstk.pipeline import (
    validation as validation_,
)
from vstk.pipeline.labeller import ConversationLabeller
from vstk.types import Answer, Extraction


class Suspicious:
    """Finds harm wherever a conversation is about locks."""

    def scrub(self, conversation):
        return conversation.turns, "en"

    def ask(self, conversation):
        harmful = "lock" in conversation.turns[0].text
        answers = (
            Answer(facet="task", label="chit-chat", probability=1.0, chosen=True),
            Answer(facet="harmful_values", label="yes", probability=0.9, chosen=harmful),
        )
        return Extraction(
            key=conversation.key,
            unit_id=conversation.unit_id,
            answers=answers,
            seen_share=1.0,
            tokens=1,
        )


@pytest.fixture
def audited(tmp_path, home, tiny_weights):
    log = tmp_path / "log.jsonl"
    texts = ["Please help me to plan a garden.", "How do I pick a lock?", "What is a good soup?"]
    log.write_text("".join(conversation(n, f"u{n}", text) + "\n" for n, text in enumerate(texts)))
    audit_.audit(
        request_.Request(logs=[log], dataset="x"),
        policy.load(str(TINY)),
        request_.Places(work=tmp_path / "work"),
        tmp_path / "out",
        labeller=lambda measured: ConversationLabeller(
            Suspicious(), Suspicious(), measured.key, measured.vocabulary
        ),
    )
    return log


def test_an_investigation_says_where_and_is_written_down(audited, tmp_path, home):
    found = list(
        investigate_.investigate(
            [audited], policy.load(str(TINY)), tmp_path / "work", reason="ticket 7"
        )
    )

    assert [(source.line, facets) for source, facets in found] == [(2, ("harmful_values",))]
    record = json.loads((home / "investigations.jsonl").read_text())
    assert record["reason"] == "ticket 7"


def test_a_review_sheet_is_blind_and_scored_against_the_labels(audited, tmp_path):
    rules, sheet = policy.load(str(TINY)), tmp_path / "review.csv"

    assert validation_.sample([audited], rules, tmp_path / "work", sheet, 3) == 3
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["task"] == "" for row in rows)
    for row in rows:
        row["harmful_values"] = "yes" if "lock" in row["text"] else "no"
        row["task"] = "coding and technical help"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    scored = validation_.score(sheet, rules, tmp_path / "work")

    assert (scored["task"].agreed, scored["task"].of) == (0, 3)
    assert scored["harmful_values"].of == 3
