"""The floor plan: the one module that knows the order of the rooms.

    read -> select -> (scrub -> extract) -> store -> plan -> reserve -> release -> report

What is left of `reserve` is sensitive and stays on the machine; what is right
of it is safe by type. A run that is killed anywhere is started again with the
same command: finished conversations are kept, and a release that was paid for
and stored comes back as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vstk import report
from vstk.pipeline.filling import Screen, label
from vstk.pipeline.labelling import Progress
from vstk.pipeline.measuring import Instrument, Labeller, instrument
from vstk.pipeline.publishing import Audit, publish
from vstk.pipeline.work import Places, Request
from vstk.policy import Policy
from vstk.release import Plan
from vstk.scrub import load_key


def audit(
    request: Request,
    policy: Policy,
    places: Places,
    out: Path,
    *,
    model: str | None = None,
    labeller: Callable[[Instrument], Labeller] | None = None,
    progress: Progress = lambda done, total: None,
    announce: Callable[[Screen, Plan], None] = lambda screen, plan: None,
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
