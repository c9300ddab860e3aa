"""The parts of the way that can be gone alone: rehearse, scrub, plan, release again."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from vstk import ledger, paths, report
from vstk import release as releases
from vstk import taxonomy as taxonomies
from vstk.errors import InputUnreadable
from vstk.extract import sheet as sheets
from vstk.pipeline.filling import Screen, choose
from vstk.pipeline.measuring import instrument, lexicon
from vstk.pipeline.publishing import Audit, publish
from vstk.pipeline.tables import foresee, tables
from vstk.pipeline.work import Places, Request
from vstk.policy import Policy
from vstk.release import Plan
from vstk.scrub import load_key
from vstk.store import Store
from vstk.types import Release


def rehearse(request: Request, policy: Policy) -> tuple[Screen, Plan]:
    """What an audit would read and publish; reads the log, writes and spends nothing."""
    rejects: Counter[str] = Counter()
    # A key of its own: the machine's key is not made by a dry run.
    chosen = choose(request, policy.privacy, os.urandom(32), rejects)
    releases.unit(policy.privacy, chosen.kinds)
    screen = Screen.of(chosen, kept=0, rejects=rejects)
    return screen, foresee(chosen.sizes, policy.privacy, _specs(policy))


def planned(policy: Policy, units: int, conversations: int | None) -> Plan:
    """What a policy could publish about so many people."""
    most = units * policy.privacy.weight
    counted = min(most, conversations or most)
    return releases.plan(_specs(policy), policy.privacy, conversations=counted)


def _specs(policy: Policy) -> tuple[releases.Spec, ...]:
    taxonomy = taxonomies.load(policy.taxonomy)
    return tables(sheets.load(policy.extract.sheet), taxonomy, lexicon(policy, taxonomy))


def release_again(
    request: Request,
    policy: Policy,
    places: Places,
    out: Path,
    *,
    model: str | None = None,
) -> Audit:
    """Release from the labels that an earlier audit left in the work folder.

    Raises:
        OutputUnwritable: `out` cannot be written; nothing was spent.
    """
    report.check(out)
    measured = instrument(policy, load_key(places.key), model=model)
    return publish(request, measured, places, out)


def render(release_json: Path, out: Path) -> list[Path]:
    """Write the report of a stored release again."""
    text = _text(release_json)
    return report.write(report.from_json(text), out, document=text)


def released(path: Path) -> Release:
    """A `release.json`, read strictly."""
    return report.from_json(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputUnreadable(
            f"'{path}' cannot be read.",
            remedy="give the release.json that an audit wrote.",
        ) from None


def open_ledger() -> ledger.Ledger:
    """The ledger of this machine."""
    return ledger.Ledger(paths.home() / "ledger.db")


def purge(work: Path) -> int:
    """Delete every label in a work folder; returns how many conversations had some."""
    with Store(work / "audit.db", must_exist=True) as store:
        return store.purge()


def promise(policy: Policy) -> str:
    """What a policy promises, in one sentence, where the log carries account ids."""
    kinds = ["account"] if policy.privacy.unit == "person" else ["none"]
    return releases.sentence(releases.guarantee(policy.privacy, kinds))  # type: ignore[arg-type]
