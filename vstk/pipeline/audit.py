"""The floor plan: the one module that knows the order of the rooms.

    read -> select -> (scrub -> extract) -> store -> plan -> reserve -> release -> report

What is left of `reserve` is sensitive and stays on the machine; what is right
of it is safe by type. A run that is killed anywhere is started again with the
same command: finished conversations are kept, and a release that was paid for
and stored comes back as it was.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from vstk import release as releases
from vstk import report
from vstk.anonymiser import load_key
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.label_logs import RunSummary, choose, label
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.plan import specs_of
from vstk.pipeline.publish import Audit, publish
from vstk.pipeline.request import Places, Request
from vstk.pipeline.table_catalogue import plan_for_sizes
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Policy
from vstk.release import Plan


def audit(
    request: Request,
    policy: Policy,
    places: Places,
    out: Path,
    *,
    model: str | None = None,
    labeller: Callable[[Instrument], ConversationLabeller] | None = None,
    progress: Progress = lambda done, total: None,
    announce: Callable[[RunSummary, Plan], None] = lambda screen, plan: None,
) -> Audit:
    """Go the whole way: from logs to a report that may leave.

    Args:
        announce: is told what will be read and what could be published, before
            anything is labelled or spent.
        labeller: makes what labels, in this process, in place of the workers
            that the instrument builds; it is held to the same vocabulary.

    Raises:
        VstkError: what is wrong, and how to put it right; nothing half-written.
    """
    report.check(out)
    measured = instrument(policy, load_key(places.key), model=model)
    screen = label(
        request, measured, places, labeller=labeller, progress=progress, announce=announce
    )
    return publish(request, measured, places, out, screen=screen)


def dry_run(request: Request, policy: Policy) -> tuple[RunSummary, Plan]:
    """What an audit would read and publish; reads the log, writes and spends nothing."""
    rejects: Counter[str] = Counter()
    # A key of its own: the machine's key is not made by a dry run.
    chosen = choose(request, policy.privacy, os.urandom(32), rejects)
    releases.unit(policy.privacy, chosen.kinds)
    screen = RunSummary.of(chosen, kept=0, rejects=rejects)
    return screen, plan_for_sizes(chosen.sizes, policy.privacy, specs_of(policy))
