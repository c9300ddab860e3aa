"""Draw releases of made-up conversations, each paid for by a ledger of its own."""

import tempfile
from pathlib import Path

from vstk.ledger import Ledger
from vstk.release import draw, prepare


def drawn(log, specs, policy, *, reserved=None, **more):
    """Everything that was drawn; `reserved` in place of the policy's rho."""
    rho = policy.rho if reserved is None else reserved
    with tempfile.TemporaryDirectory() as folder:
        book = Ledger(Path(folder) / "ledger.db")
        with book.reservation("d", request="q", rho=rho, cap=rho, policy_hash="p") as entry:
            plan = prepare(specs, policy, conversations=1)
            return draw(plan, log, reservation=entry, **more)


def release(log, specs, policy, **more):
    """The tables of a release."""
    return drawn(log, specs, policy, **more).tables
