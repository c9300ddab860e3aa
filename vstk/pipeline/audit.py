"""An audit from end to end, in the one order that there is.

    index -> choose -> plan -> (scrub -> label -> store) -> reserve -> draw -> keep -> report

Everything before `reserve` is sensitive and stays on the machine. A run that was
interrupted resumes when the same command is run again: labelled conversations are kept,
and a release that was kept is returned as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vstk import report
from vstk.anonymiser import load_key
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.label_logs import (
    RunSummary,
    choose,
    count_rejects,
    index_logs,
    label,
    unit_hasher,
)
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.plan import specs_of
from vstk.pipeline.publish import AuditResult, publish
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
) -> AuditResult:
    """Make a report that may leave the machine from logs.

    Args:
        request: which logs, and whose budget.
        policy: what is measured, how, and at what privacy loss.
        places: work folder, ledger and key.
        out: folder of the report.
        model: id of a manifest, or a weights file, in place of the policy's model.
        labeller: makes what labels, in this process, in place of the worker processes
            that the instrument builds; its labels must be of the same vocabulary.
        progress: told of labelled and chosen conversations.
        announce: told of the selection and the plan, before anything is labelled or spent.

    Raises:
        VstkError: what is wrong and how to fix it. No report is written in part.
    """
    report.check(out)
    measured = instrument(policy, load_key(places.key), model=model)
    summary = label(
        request, measured, places, labeller=labeller, progress=progress, announce=announce
    )
    return publish(request, measured, places, out, summary=summary)


def dry_run(request: Request, policy: Policy) -> tuple[RunSummary, Plan]:
    """What an audit would read and could publish. Writes and spends nothing."""
    specs = specs_of(policy)  # checks the policy before the log is read
    # A random key, because a dry run does not create the machine's key.
    hasher = unit_hasher(policy.privacy, os.urandom(32))
    log = index_logs(request.logs, policy.privacy, format=request.format, options=request.reading)
    rejects = count_rejects(log)
    chosen = choose(log, request, policy.privacy, hasher, rejects)
    summary = RunSummary.of(chosen, kept=0, rejects=rejects)
    return summary, plan_for_sizes(chosen.sizes, policy.privacy, specs)
