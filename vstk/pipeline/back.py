"""The way back to the log, for people who are allowed to see it: review and investigation.

Nothing here has to do with a release. What comes out is either text that an
operator asked for by name, or a file and a line: where to look, not what is there.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vstk import evaluate as evaluation
from vstk import paths, readers
from vstk import taxonomy as taxonomies
from vstk.errors import InputUnreadable
from vstk.evaluate import validate
from vstk.extract import sheet as sheets
from vstk.pipeline.measuring import pipelines, presidio
from vstk.policy import Policy
from vstk.scrub import load_key, pseudonyms, scrub
from vstk.store import Store
from vstk.types import Conversation, Facet, Source

WATCHED: tuple[Facet, ...] = ("harmful_values", "jailbreak_attempt")


def sample(logs: Sequence[Path], policy: Policy, work: Path, out: Path, count: int) -> int:
    """Write a blind review sheet of labelled conversations, scrubbed; returns how many."""
    with Store(work / "audit.db", must_exist=True) as store:
        wanted = set(validate.sample([one.key for one in store.labelled()], count))
    scrubber = presidio(policy.scrub, pipelines(policy.scrub))
    key = _key()
    chosen = (one for one in _log(logs) if pseudonyms(key, one).key in wanted)
    rows = [
        (one.key, one.turns)
        for one in scrub(chosen, scrubber, key=key, on_reject=lambda reject: None)
    ]
    if not rows:
        raise InputUnreadable(
            "None of the labelled conversations is in these logs.",
            remedy="give the logs that were audited into this --work folder.",
        )
    validate.write(rows, out)
    return len(rows)


def score(sheet: Path, policy: Policy, work: Path) -> dict[str, validate.Agreement]:
    """Compare a filled review sheet with the labels of the work folder."""
    categories = taxonomies.load(policy.taxonomy).keys("category")
    asked = sheets.load(policy.extract.sheet)
    words = evaluation.Vocabulary.of(
        categories,
        tasks=asked.labels("task", categories),
        responses=asked.labels("response_type", categories),
    )
    with Store(work / "audit.db", must_exist=True) as store:
        found = {one.key: one.labels for one in store.labelled()}
    return validate.score(sheet, found, words)


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
    key = _key()
    for conversation in _log(logs):
        if facets := met.get(pseudonyms(key, conversation).key):
            yield conversation.source, facets


def _key() -> bytes:
    return load_key(paths.home() / "key")


def _log(logs: Sequence[Path]) -> Iterator[Conversation]:
    return readers.read(logs, on_reject=lambda reject: None)
