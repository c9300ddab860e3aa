"""The PII model: what it finds with its real weights, and that it stays offline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vstk.anonymiser import pii_model
from vstk.anonymiser.engine import PresidioScrubber
from vstk.anonymiser.finding import Deadline, TooSlow
from vstk.anonymiser.pii_model import PiiModel
from vstk.errors import ModelUnverified

from .talks import FRESH_TURNS, PII_MODEL, scrub_policy, talk

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not PII_MODEL.is_dir(), reason="vstk models pull rampart-q4-1.4.0")


@pytest.fixture(scope="module")
def model():
    return PiiModel(PII_MODEL)


@pytest.fixture
def found(model):
    def find(text: str, language: str = "en") -> list[tuple[str, str]]:
        (findings,) = model.findings([text], language, Deadline(60))
        assert all(finding.layer == "model" for finding in findings)
        return [(text[f.start : f.end], f.entity) for f in findings]

    return find


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my name is jaroslav nemec and i am late", ("jaroslav nemec", "PERSON")),
        ("call me on 0471 55 12 90 after six", ("0471 55 12 90", "PHONE_NUMBER")),
        (
            "send it to 14 rue des Lilas, 75011 Paris please",
            ("14 rue des Lilas, 75011 Paris", "STREET_ADDRESS"),
        ),
        ("passport no. X4417730 expires soon", ("X4417730", "NATIONAL_ID")),
        ("Name: İbrahim Çelik 🙂 thanks", ("İbrahim Çelik", "PERSON")),
    ],
)
def test_personal_data_is_found_with_exact_ends(found, text, wanted):
    assert wanted in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of France, and is Berlin larger?",
        "Sort the list in place and return the second largest number.",
        "please ask about the warranty of the washing machine",
        "",
        "\n \n",
    ],
)
def test_nothing_is_found_in_harmless_text(found, text):
    assert found(text) == []


def test_common_words_beside_a_name_are_not_masked():
    text = "please ask maria keller today"
    words = [
        pii_model._Labelled(start, start + len(word), "GIVEN_NAME")
        for word, start in ((word, text.index(word)) for word in text.split())
    ]

    (finding,) = pii_model._findings(text, words, "en")

    assert text[finding.start : finding.end] == "maria keller"


def test_a_number_does_not_reach_into_the_next_line():
    text = "0471 551290\n0471 551291"
    words = [
        pii_model._Labelled(start, end, "PHONE")
        for start, end in ((0, 4), (5, 11), (12, 16), (17, 23))
    ]

    findings = list(pii_model._findings(text, words, "en"))

    assert [text[f.start : f.end] for f in findings] == text.split("\n")


def test_what_is_found_is_assigned_to_the_right_text(model):
    texts = [
        "hello, i am tomasz wilk",
        "",
        "The meeting is on Monday. " * 60 + "My number is 0471 55 12 90.",
        "nothing here",
    ]

    found = model.findings(texts, "en", Deadline(60))

    assert [
        [text[f.start : f.end] for f in findings]
        for text, findings in zip(texts, found, strict=True)
    ] == [["tomasz wilk"], [], ["0471 55 12 90"], []]


def test_windows_hold_every_word_once_and_are_bounded(model):
    text = "A short sentence. " * 40 + "9 " * 900 + "ж" * 90 + "Another one."

    windows = list(model._windows(["Hello.", text]))

    assert [word.start for index, word in windows[0] if index == 0] == [0, 5]
    words = [word for window in windows for index, word in window if index == 1]
    assert "".join(text[w.start : w.end] for w in words) == text.replace(" ", "")
    assert max(sum(len(w.ids) for _, w in window) for window in windows) <= pii_model.WINDOW_PIECES


def test_a_long_conversation_is_read_up_to_the_limit(model, monkeypatch):
    monkeypatch.setattr(pii_model, "MAX_PIECES", 200)
    texts = ["i am tomasz wilk", "many words " * 200, "i am tomasz wilk"]

    first, _, last = model.findings(texts, "en", Deadline(60))

    assert first
    assert not last


def test_the_time_limit_is_kept(model):
    with pytest.raises(TooSlow):
        model.findings(["i am tomasz wilk"], "en", Deadline(0))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelUnverified, match="cannot be loaded") as refused:
        PiiModel(tmp_path)
    assert "vstk models pull" in refused.value.remedy


def test_a_model_with_other_labels_is_refused(tmp_path):
    folder = shutil.copytree(PII_MODEL, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["id2label"]["1"] = "B-SHOE_SIZE"
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(ModelUnverified, match="labels that vstk does not know"):
        PiiModel(folder)


def test_the_scrubber_replaces_what_only_the_model_finds(pipeline_path):
    text = "the driver is called mbali and she parks at 12 Weesperzijde"
    without = PresidioScrubber(scrub_policy(), {"en": pipeline_path})
    with_model = PresidioScrubber(scrub_policy(), {"en": pipeline_path}, PII_MODEL)

    ((left,), _), ((scrubbed,), _) = (one.scrub(talk(text)) for one in (without, with_model))

    assert "12" in left.text
    assert "12" not in scrubbed.text
    assert "mbali" not in scrubbed.text
    assert with_model.report.as_dict()["layers"]["model"] >= 1
    assert "model" not in without.report.as_dict()["layers"]


def test_more_fresh_units_are_masked_than_without_the_model(pipeline_path):
    rows = [json.loads(line) for line in FRESH_TURNS.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["language"] == "en"][:40]
    shares = []
    for scrubber in (
        PresidioScrubber(scrub_policy(), {"en": pipeline_path}),
        PresidioScrubber(scrub_policy(), {"en": pipeline_path}, PII_MODEL),
    ):
        masked = [
            any(f.start <= unit["start"] and unit["end"] <= f.end for f in findings)
            for row in rows
            for findings in scrubber.locate([row["text"]], "en")
            for unit in row["units"]
        ]
        shares.append(sum(masked) / len(masked))

    assert shares[1] >= shares[0]
    assert shares[1] >= 0.78


PROGRAM = """
import os, sys
from pathlib import Path
from vstk import sandbox
sandbox.seal()
written = []

def watch(event, arguments):
    if event.startswith("socket.") or (
        event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    ):
        written.append((event, str(arguments)))

sys.addaudithook(watch)
from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.pii_model import PiiModel

model = PiiModel(Path(sys.argv[1]))
threads = len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1
found = model.findings(["i am tomasz wilk"], "en", Deadline(60))
more = len(os.listdir("/proc/self/task")) - threads if sys.platform == "linux" else 0
assert found[0] and not written, (found, written)
assert not more, more
print("sealed")
"""


def test_it_works_in_a_sealed_process_and_writes_no_file(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    places = ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "TMPDIR")

    result = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, str(PII_MODEL)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        env=os.environ | dict.fromkeys(places, str(home)),
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "sealed"
    assert result.stderr == ""
    # Written by compiled code, which Python's audit hooks do not see.
    assert list(home.rglob("*")) == []
