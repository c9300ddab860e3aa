"""The floor plan: the one room that knows the order of the others.

`audit` is the whole way; `alone` has the parts of it that can be gone alone;
`judging` measures and trains the labeller; `health` looks after the machine.
"""

from vstk.pipeline.alone import (
    open_ledger,
    planned,
    promise,
    purge,
    rehearse,
    release_again,
    render,
    scrub_to_file,
    write_whole,
)
from vstk.pipeline.audit import Audit, Places, Request, Screen, audit
from vstk.pipeline.health import doctor
from vstk.pipeline.instrument import Instrument, Labeller, instrument
from vstk.pipeline.judging import evaluate

__all__ = [
    "Audit",
    "Instrument",
    "Labeller",
    "Places",
    "Request",
    "Screen",
    "audit",
    "doctor",
    "evaluate",
    "instrument",
    "open_ledger",
    "planned",
    "promise",
    "purge",
    "rehearse",
    "release_again",
    "render",
    "scrub_to_file",
    "write_whole",
]
