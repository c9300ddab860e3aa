"""The canary: with the worst scrubber and the worst model, no name is in any file written."""

import json
import sqlite3
from decimal import Decimal

import pytest

from tests.support.logs import conversation
from tests.support.quick_model import TINY
from vstk import policy
from vstk.anonymiser import scrub
from vstk.pipeline import audit as audit_
from vstk.pipeline import request as request_
from vstk.pipeline.labeller import ConversationLabeller
from vstk.types import Answer, Extraction

CANARY = "Zebulon Quartermain"


class Forgetful:
    """The worst scrubber: it finds nobody."""

    def scrub(self, conversation):
        return conversation.turns, "en"


class Parrot:
    """The worst model: it repeats what it reads wherever there is room for a word."""

    def __init__(self, *, slip):
        self.slip = slip

    def ask(self, conversation):
        text = conversation.turns[0].text
        answers = [
            Answer(
                facet="ai_value",
                label="epistemic/clarity-and-precision",
                probability=0.9,
                chosen=True,
            ),
        ]
        if self.slip and text.endswith(tuple("02468")):
            answers.append(Answer(facet="ai_value", label=text, probability=0.9, chosen=True))
        return Extraction(key=text, unit_id=text, answers=tuple(answers), seen_share=1.0, tokens=3)


@pytest.fixture
def log(tmp_path):
    lines = [
        conversation(number, f"{CANARY} {number % 6}", f"I am {CANARY} and I want clarity {number}")
        for number in range(12)
    ]
    path = tmp_path / "logs" / "log.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join([*lines, f'{{"broken": "{CANARY}']) + "\n")
    return path


def run(log, tmp_path, *, slip):
    request = request_.Request(logs=[log], dataset="canary")
    return audit_.audit(
        request,
        policy.load(str(TINY)),
        request_.Places(work=tmp_path / "work"),
        tmp_path / "report",
        labeller=lambda measured: ConversationLabeller(
            Forgetful(), Parrot(slip=slip), measured.key, measured.vocabulary
        ),
    )


def written(tmp_path):
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file() and "logs" not in path.parts and "weights" not in path.parts:
            yield path


@pytest.mark.parametrize("slip", [False, True], ids=["keeps to keys", "repeats the log"])
def test_a_name_in_the_logs_is_in_no_file_we_write(log, tmp_path, home, tiny_weights, slip, capfd):
    done = run(log, tmp_path, slip=slip)

    files = list(written(tmp_path))
    assert {"audit.db", "ledger.db", "report.html", "release.json"} <= {file.name for file in files}
    for word in (CANARY, *CANARY.split()):
        for file in files:
            assert word.encode() not in file.read_bytes(), file
        assert word not in repr(done)
        assert word not in "".join(capfd.readouterr())
    assert done.summary.rejects["read: not-json"] == 1
    assert done.summary.rejects.get("extract: answer-not-in-vocabulary", 0) == (6 if slip else 0)


def careless(conversations, extractor, *, labels, on_reject):
    """An extract step that passes on whatever the model says."""
    for one in conversations:
        found = extractor.ask(one)
        yield Extraction(
            key=one.key, unit_id=one.unit_id, answers=found.answers, seen_share=1.0, tokens=1
        )


def test_with_the_first_lock_broken_the_store_refuses_words(
    log, tmp_path, home, tiny_weights, monkeypatch
):
    monkeypatch.setattr("vstk.pipeline.labeller.extract", careless)

    with pytest.raises(ValueError, match=r"not in its facet's vocabulary|not a key") as refused:
        run(log, tmp_path, slip=True)

    assert CANARY not in str(refused.value)


def test_with_the_second_lock_broken_the_database_refuses_words(
    log, tmp_path, home, tiny_weights, monkeypatch
):
    monkeypatch.setattr("vstk.pipeline.labeller.extract", careless)
    monkeypatch.setattr("vstk.store.vocabulary.ClosedVocabulary.check", lambda *_: None)

    with pytest.raises(sqlite3.IntegrityError) as refused:
        run(log, tmp_path, slip=True)

    assert CANARY not in str(refused.value)


def test_the_canary_is_found_where_a_house_is_broken_on_purpose(
    log, tmp_path, home, tiny_weights, monkeypatch
):
    def noisy(conversations, scrubber, *, key, on_reject):
        for one in conversations:
            with (tmp_path / "work" / "debug.txt").open("a") as file:
                file.write(one.turns[0].text)
            yield from scrub([one], scrubber, key=key, on_reject=on_reject)

    monkeypatch.setattr("vstk.pipeline.labeller.scrub", noisy)
    run(log, tmp_path, slip=False)

    assert any(CANARY.encode() in file.read_bytes() for file in written(tmp_path))


def test_the_same_question_is_answered_once(log, tmp_path, home, tiny_weights):
    first = run(log, tmp_path, slip=False)
    (tmp_path / "report").rename(tmp_path / "first")
    second = run(log, tmp_path, slip=False)

    assert not first.already_released
    assert second.already_released
    assert second.release == first.release
    assert Decimal(second.budget_left) == Decimal(first.budget_left)
    assert second.summary.kept == 12
    one, other = ((tmp_path / name / "release.json").read_text() for name in ("first", "report"))
    assert json.loads(one) == json.loads(other)
