"""What several rooms' tests share: made-up logs, the tiny policy, weights that were pulled."""

import json
from pathlib import Path

import pytest

from vstk import paths, registry

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "tests" / "documents" / "tiny.yaml"


@pytest.fixture(scope="session")
def tiny_weights():
    """The smallest weights and pipeline, verified; `vstk models pull` brought them."""
    return {
        name: registry.verify(name)
        for name in ("smollm2-135m-instruct-q4_1", "en_core_web_sm-3.8.0")
    }


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A `$VSTK_HOME` of this test alone that sees the weights of the machine."""
    weights = paths.weights()
    place = tmp_path / "home"
    place.mkdir()
    (place / "weights").symlink_to(weights)
    monkeypatch.setenv("VSTK_HOME", str(place))
    return place


def conversation(number: int, user: str, text: str) -> str:
    """One line of a log in OpenAI chat form."""
    return json.dumps(
        {
            "id": f"c-{number}",
            "user": user,
            "created_at": "2026-08-01T10:00:00Z",
            "messages": [
                {"role": "user", "content": text},
                {"role": "assistant", "content": "Here is a careful answer that may help you."},
            ],
        }
    )
