"""One scrubber for all tests of this folder: building it takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .talks import PIPELINE, scrub_policy, talk


@pytest.fixture(scope="session")
def pipeline_path() -> Path:
    return PIPELINE


@pytest.fixture(scope="session")
def scrubber(pipeline_path):
    from vstk.anonymiser.engine import PresidioScrubber

    return PresidioScrubber(scrub_policy(), {"en": pipeline_path})


@pytest.fixture
def scrubbed(scrubber) -> Callable[..., list[str]]:
    """Scrub the texts of one conversation."""

    def run(*texts: str) -> list[str]:
        turns, _ = scrubber.scrub(talk(*texts))
        return [turn.text for turn in turns]

    return run
