"""Errors that a user can fix.

    VstkError
    ├── InputUnreadable   3   a log is missing, empty, or of no known format
    ├── OutputUnwritable  3   a folder cannot be written, or holds something else
    ├── PolicyInvalid     4   the policy or a document that it names is not valid
    ├── ModelUnverified   5   weights are absent, not those of the manifest, or not usable
    └── BudgetExhausted   6   the release would spend more than the policy allows

The number is the exit code. 0 is success, 1 a bug in vstk or a lost worker, 2 a usage error
found by click. No message quotes a log: it may name a file, a line and a count.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any


class VstkError(Exception):
    """An error that a user can fix.

    Args:
        problem: what is wrong, one or two sentences.
        remedy: what to do about it, without a capital at the beginning.
    """

    exit_code = 1

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors are pickled on their way from worker to parent; pickle passes no keyword arguments.
        return _restore, (type(self), self.problem, self.remedy, self.__dict__)

    def __str__(self) -> str:
        return f"{self.problem}\nFix: {self.remedy}"


def _restore(kind: type[VstkError], problem: str, remedy: str, state: dict[str, Any]) -> VstkError:
    error = kind.__new__(kind)
    VstkError.__init__(error, problem, remedy=remedy)
    error.__dict__.update(state)
    return error


class InputUnreadable(VstkError):
    """A log cannot be read at all."""

    exit_code = 3


class OutputUnwritable(VstkError):
    """A file or folder cannot be written, or exists already."""

    exit_code = 3


class FrameUnavailable(VstkError):
    """A data frame was asked for, and pandas is not installed."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "Data frames need pandas, which is not installed.",
            remedy="install it (`pip install 'vstk[frames]'`), or use `records()`.",
        )


class PolicyInvalid(VstkError):
    """A policy, or a document that it names, is not valid."""

    exit_code = 4


class ModelUnverified(VstkError):
    """Weights are absent, not those of the manifest, or not usable."""

    exit_code = 5


class BudgetExhausted(VstkError):
    """The release would spend more privacy loss than the policy allows."""

    exit_code = 6

    @classmethod
    def for_dataset(cls, name: str, *, asked: Decimal, left: Decimal) -> BudgetExhausted:
        """The error for a dataset with too little budget left.

        Args:
            name: of the dataset.
            asked: rho that the release needs.
            left: rho that the dataset has left.
        """
        return cls(
            f"This release needs rho = {asked}; dataset '{name}' has {left} left.",
            remedy=(
                f"lower `privacy.rho` in the policy to at most {left}, or publish an "
                f"earlier release again (`vstk ledger show {name}` lists them)."
                if left > 0
                else f"publish an earlier release again (`vstk ledger show {name}` lists them); "
                "spent budget cannot be recovered."
            ),
        )
