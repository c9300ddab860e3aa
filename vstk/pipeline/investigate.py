"""Where in the logs the watch list was met: a file and a line for an authorised person, no text."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vstk import paths, readers
from vstk.anonymiser import load_key, pseudonyms
from vstk.store import Store
from vstk.types import Facet, Source

WATCHED: tuple[Facet, ...] = ("harmful_values", "jailbreak_attempt")


def investigate(
    logs: Sequence[Path], work: Path, *, reason: str
) -> Iterator[tuple[Source, tuple[Facet, ...]]]:
    """Where in the logs the watch list was met; who asked and why is written down first.

    A label is a model's opinion and may be wrong: this says where to look.
    """
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": getpass.getuser(),
        "reason": reason,
    }
    record = paths.home() / "investigations.jsonl"
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    record.chmod(0o600)
    with Store(work / "audit.db", must_exist=True) as store:
        met = {
            one.key: tuple(facet for facet in WATCHED if one.labels.get(facet))
            for one in store.labelled()
        }
    key = load_key(paths.home() / "key")
    for conversation in readers.read(logs, on_reject=lambda reject: None):
        if facets := met.get(pseudonyms(key, conversation).key):
            yield conversation.source, facets
