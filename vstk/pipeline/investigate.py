"""Where in the logs the watch list was met: a file and a line for an authorised person, no text."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vstk import paths
from vstk import sheet as sheets
from vstk.anonymiser import load_key, pseudonyms
from vstk.errors import PolicyInvalid
from vstk.pipeline.label_logs import index_logs
from vstk.pipeline.workdir import open_labels
from vstk.policy import Policy
from vstk.types import Facet, Source


def investigate(
    logs: Sequence[Path], policy: Policy, work: Path, *, reason: str
) -> Iterator[tuple[Source, tuple[Facet, ...]]]:
    """Where in the logs the watch list was met; who asked and why is written down first.

    A label is a model's opinion and may be wrong: this says where to look.

    Args:
        policy: that of the audit; its question sheet says which facets are on the watch list.
        reason: kept with the name of the person who asks.

    Raises:
        PolicyInvalid: the work folder was labelled with another question sheet.
    """
    sheet = sheets.load(policy.extract.sheet)
    # The watched facets' answers are the sheet's own, whatever the taxonomy.
    watched = sheet.resolve(()).watch
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
    with open_labels(work) as store:
        if store.settings().get("sheet") != sheet.label_hash:
            raise PolicyInvalid(
                f"The labels in '{work}' were made with another question sheet than "
                f"'{policy.extract.sheet}'.",
                remedy="give the policy of the audit with --policy.",
            )
        met = {
            one.key: tuple(
                spec.key for spec in watched if set(one.labels.get(spec.key, ())) & set(spec.yes)
            )
            for one in store.labelled()
        }
    key, exact_case = load_key(paths.home() / "key"), policy.privacy.case_sensitive_ids
    for conversation in index_logs(logs, policy.privacy).conversations():
        if facets := met.get(pseudonyms(key, conversation, case_sensitive=exact_case).key):
            yield conversation.source, facets
