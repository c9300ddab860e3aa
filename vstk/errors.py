"""What can go wrong that a person can put right.

    VstkError
    ├── InputUnreadable   3   a log is missing, empty, or of no known format
    ├── OutputUnwritable  3   a folder cannot be written, or holds something else
    ├── PolicyInvalid     4   the policy does not say what it must
    ├── ModelUnverified   5   weights are absent, or not the ones in the manifest
    └── BudgetExhausted   6   the release would spend more than the policy allows

The number is the exit code. 0 is done, 1 is a bug of ours, 2 is click's own
usage error. No message quotes a log: it may name a file, a line and a count.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any


class VstkError(Exception):
    """Something a person can put right: what is wrong, and how."""

    exit_code = 1

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross from worker to parent, and pickle knows no keyword arguments.
        return _again, (type(self), self.problem, self.remedy, self.__dict__)

    def __str__(self) -> str:
        return f"{self.problem}\nFix: {self.remedy}"


def _again(kind: type[VstkError], problem: str, remedy: str, state: dict[str, Any]) -> VstkError:
    error = kind.__new__(kind)
    VstkError.__init__(error, problem, remedy=remedy)
    error.__dict__.update(state)
    return error


class InputUnreadable(VstkError):
    """A log cannot be read at all."""

    exit_code = 3


class OutputUnwritable(VstkError):
    """A place to write to cannot be written, or is taken."""

    exit_code = 3


class PolicyInvalid(VstkError):
    """A policy, or a document it names, does not say what it must."""

    exit_code = 4


class ModelUnverified(VstkError):
    """Weights are absent, or are not the ones that the manifest names."""

    exit_code = 5


class BudgetExhausted(VstkError):
    """The release would spend more privacy loss than the policy allows."""

    exit_code = 6

    @classmethod
    def for_dataset(cls, name: str, *, asked: Decimal, left: Decimal) -> BudgetExhausted:
        """The one wording of this error, so that it reads the same everywhere."""
        return cls(
            f"This release needs rho = {asked}; dataset '{name}' has {left} left.",
            remedy=(
                f"lower `privacy.rho` in the policy to at most {left}, or publish an "
                f"earlier release again (`vstk ledger show {name}` lists them)."
                if left > 0
                else f"publish an earlier release again (`vstk ledger show {name}` lists them); "
                "what was spent cannot be had back."
            ),
        )
