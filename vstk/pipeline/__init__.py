"""The floor plan: the one room that knows the order of the others.

`whole` is the audit from end to end: `filling` makes labels, `publishing` makes a release of them,
and `work` is the folder between the two; `alone` has the parts that can be gone alone;
`judging` measures the labeller, `teaching` trains it and `calibrating` bends it; `back` is the
way back to the log, for people who may see it; `scrubbing` is the scrub on its own, `proving`
checks and signs releases, and `health` looks after the machine.
"""

from vstk.pipeline.alone import (
    open_ledger,
    planned,
    promise,
    purge,
    rehearse,
    release_again,
    render,
)
from vstk.pipeline.back import investigate, sample, score
from vstk.pipeline.calibrating import calibrate
from vstk.pipeline.comparing import between, compare
from vstk.pipeline.filling import Screen
from vstk.pipeline.health import doctor
from vstk.pipeline.judging import evaluate
from vstk.pipeline.measuring import Instrument, Labeller, instrument, warnings
from vstk.pipeline.proving import Check, check_key, new_key, sign, verify
from vstk.pipeline.publishing import Audit
from vstk.pipeline.scrubbing import measure_scrub, score_review, scrub_to_file, write_review
from vstk.pipeline.teaching import train
from vstk.pipeline.whole import audit
from vstk.pipeline.work import Places, Request
from vstk.pipeline.writing import write_whole

__all__ = [
    "Audit",
    "Check",
    "Instrument",
    "Labeller",
    "Places",
    "Request",
    "Screen",
    "audit",
    "between",
    "calibrate",
    "check_key",
    "compare",
    "doctor",
    "evaluate",
    "instrument",
    "investigate",
    "measure_scrub",
    "new_key",
    "open_ledger",
    "planned",
    "promise",
    "purge",
    "rehearse",
    "release_again",
    "render",
    "sample",
    "score",
    "score_review",
    "scrub_to_file",
    "sign",
    "train",
    "verify",
    "warnings",
    "write_review",
    "write_whole",
]
