"""What the tests of the readers share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vstk import readers
from vstk.types import Conversation, Reject

Read = Callable[..., tuple[list[Conversation], list[Reject]]]


@pytest.fixture(scope="session")
def read() -> Read:
    """Read logs to their end: conversations, and what was passed over."""

    def reads(*paths: Path, **options: Any) -> tuple[list[Conversation], list[Reject]]:
        rejects: list[Reject] = []
        return list(readers.read(paths, on_reject=rejects.append, **options)), rejects

    return reads
