"""Which values does an AI assistant express? Answered from its logs, on your own machine.

The command line `vstk` and this package do the same; the command line calls these functions.

    import vstk

    vstk.inspect(["exports/"])                                  # what the logs hold
    result = vstk.audit(["exports/"], dataset="helpdesk", policy="default", out="q3")
    release = vstk.read_release("q3/release.json")
    release.table("ai_domains").records()                       # rows as dictionaries
    release.table("ai_domains").to_frame()                      # a pandas DataFrame
    vstk.compare("q2/release.json", "q3/release.json").differences
    vstk.verify("q3/release.json")
    vstk.scrub("Call Maria Keller at 555-0142.")                # the anonymiser alone

Errors are `vstk.errors.VstkError`: what is wrong, and a `remedy`. Functions are imported when
they are first used, so that `import vstk` is quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vstk.api import audit, compare, dry_run, inspect, plan, read_release, scrub, verify

__all__ = ["audit", "compare", "dry_run", "inspect", "plan", "read_release", "scrub", "verify"]

__version__ = version("vstk")


def __getattr__(name: str) -> Any:
    """Import a function of the API when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'vstk' has no attribute '{name}'")
    return getattr(import_module("vstk.api"), name)


def __dir__() -> list[str]:
    """Names of the API beside what is imported already."""
    return sorted({*globals(), *__all__})
