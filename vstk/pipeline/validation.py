"""Review of labels by people: a blind sheet from the organisation's own logs, and its agreement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vstk import paths
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.anonymiser import load_key, pseudonyms, scrub
from vstk.errors import InputUnreadable
from vstk.evaluate import validate
from vstk.facets import Facets
from vstk.pipeline.label_logs import index_logs
from vstk.pipeline.labeller import pii_model, pipelines, presidio
from vstk.pipeline.workdir import open_labels
from vstk.policy import Policy


def sample(logs: Sequence[Path], policy: Policy, work: Path, out: Path, count: int) -> int:
    """Write a blind review sheet of labelled conversations, scrubbed; returns how many."""
    with open_labels(work) as store:
        wanted = set(validate.sample([one.key for one in store.labelled()], count))
    scrubber = presidio(policy.scrub, pipelines(policy.scrub), pii_model(policy.scrub))
    key, exact_case = load_key(paths.home() / "key"), policy.privacy.case_sensitive_ids
    chosen = (
        one
        for one in index_logs(logs, policy.privacy).conversations()
        if pseudonyms(key, one, case_sensitive=exact_case).key in wanted
    )
    rows = [
        (one.key, one.turns)
        for one in scrub(
            chosen,
            scrubber,
            key=key,
            on_reject=lambda reject: None,
            case_sensitive_ids=exact_case,
        )
    ]
    if not rows:
        raise InputUnreadable(
            "None of the labelled conversations is in these logs.",
            remedy="give the logs that were audited into this --work folder.",
        )
    validate.write(rows, out, _facets(policy))
    return len(rows)


def score(sheet: Path, policy: Policy, work: Path) -> dict[str, validate.ReviewAgreement]:
    """Compare a filled review sheet with the labels of the work folder."""
    with open_labels(work) as store:
        found = {one.key: one.labels for one in store.labelled()}
    return validate.score(sheet, found, _facets(policy))


def _facets(policy: Policy) -> Facets:
    """The facets of the policy's sheet with the categories of its taxonomy."""
    categories = taxonomies.load(policy.taxonomy).keys("category")
    return sheets.load(policy.extract.sheet).resolve(categories)
