"""The scrub opens no socket: proved in a process in which opening one is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .test_recognizers import CASES

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys

opened = []

def guard(event, args):
    if event.startswith("socket."):
        opened.append(event)
        raise PermissionError(event)

sys.addaudithook(guard)

from pathlib import Path
from vstk.policy import Scrub
from vstk.anonymiser.engine import PresidioScrubber
from vstk.types import Conversation, Source, Turn

texts = sys.stdin.read().split("\\x1e")
scrubber = PresidioScrubber(
    Scrub(languages=("en",), ner_models={"en": "en"}, profile="balanced", timeout_seconds=120),
    {"en": Path(sys.argv[1])},
)
turns = tuple(Turn(role="user", text="This is what I was asked about: " + text) for text in texts)
scrubbed, language = scrubber.scrub(
    Conversation(
        source=Source(file="x", line=1), id="1", user=None, unit_kind="none",
        started_at=None, turns=turns,
    )
)
assert language == "en"
assert len(scrubbed) == len(texts)
fired = set(scrubber.report.entities)
assert {"EMAIL_ADDRESS", "PHONE_NUMBER", "PERSON", "URL", "NATIONAL_ID"} <= fired, fired

import socket
try:
    socket.socket()
except PermissionError:
    opened.remove("socket.__new__")
else:
    raise SystemExit("the guard does not guard")
assert not opened, opened
print("sealed")
"""


def test_no_recognizer_opens_a_socket(pipeline_path):
    texts = [text for cases in CASES.values() for text, wanted in cases if wanted]

    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(pipeline_path)],
        input="\x1e".join(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "sealed"
