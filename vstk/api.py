"""The Python API: the functions behind `vstk.audit`, `vstk.inspect` and the others.

The command line is built on these functions, so both do the same. One difference: the command
line closes its own process to the network before it reads anything. A program that calls these
functions keeps its network; the worker processes that scrub and label are always closed. Call
`vstk.sandbox.seal()` first to close the calling process, too: it cannot be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, overload

from vstk import policy as policies
from vstk import readers
from vstk.pipeline import audit as pipeline_audit
from vstk.pipeline import compare as pipeline_compare
from vstk.pipeline import plan as pipeline_plan
from vstk.pipeline import verify as pipeline_verify
from vstk.pipeline.release import read_release as read_release_file
from vstk.pipeline.request import Places, Request
from vstk.types import Comparison, Release

if TYPE_CHECKING:
    from vstk.pipeline.label_logs import RunSummary
    from vstk.pipeline.publish import AuditResult
    from vstk.pipeline.verify import Check
    from vstk.policy import Policy
    from vstk.readers import Options as ReadingOptions
    from vstk.readers import Survey
    from vstk.release import Plan

File = str | PathLike[str]
Logs = File | Sequence[File]
Message = dict[str, str]
"""One message of a conversation: `role` (`user`, `assistant`, `system` or `tool`) and `content`."""


def audit(
    logs: Logs,
    *,
    dataset: str,
    policy: str | Policy = "default",
    out: File = "report",
    work: File = "audit-work",
    model: str | None = None,
    period: str | None = None,
    sample_rate: int = 1,
    format: str | None = None,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    anew: bool = False,
    relabel: bool = False,
    progress: Callable[[int, int], None] | None = None,
    on_plan: Callable[[RunSummary, Plan], None] | None = None,
) -> AuditResult:
    """Read logs, label them, and write a report that may be published.

    An interrupted audit resumes when it is called again with the same arguments. Repeating a
    finished audit returns the stored release and spends no further privacy budget.

    Args:
        logs: a file or folder, or several.
        dataset: name of the population whose privacy budget is charged. Always use the same
            name for the same people.
        policy: name of a policy, path of a policy file, or a loaded `Policy`.
        out: folder for `report.html`, `release.json` and the tables; absent or empty.
        work: folder that holds the labels until they are purged. It holds no text.
        model: manifest id of the weights, in place of the policy's.
        period: only conversations that started in it, such as `2026-Q3`.
        sample_rate: read one person in so many; intervals include the sampling error.
        format: log format; detected if absent.
        reading: other ways to read the logs: formats of your own, a query of a database.
        workers: processes; as many as the machine has processors and memory for if absent.
        anew: release again, at full cost, although this dataset, period and policy have a
            release already.
        relabel: discard labels in `work` that were made with other settings or other logs.
        progress: called with conversations done, and conversations in all.
        on_plan: called once before anything is labelled or spent, with exact counts for the
            operator and the plan of what will be published.

    Raises:
        VstkError: what is wrong and how to put it right.
    """
    request = Request(
        logs=_paths(logs),
        dataset=dataset,
        format=format,
        reading=reading,
        period=period,
        one_in=sample_rate,
        workers=workers,
        anew=anew,
        relabel=relabel,
    )
    return pipeline_audit.audit(
        request,
        _policy(policy),
        Places(work=Path(work)),
        Path(out),
        model=model,
        progress=progress or (lambda done, total: None),
        announce=on_plan or (lambda summary, plan: None),
    )


def dry_run(
    logs: Logs,
    *,
    policy: str | Policy = "default",
    period: str | None = None,
    sample_rate: int = 1,
    format: str | None = None,
    reading: ReadingOptions | None = None,
) -> tuple[RunSummary, Plan]:
    """What an audit of these logs would label and could publish. Writes and spends nothing.

    Args:
        logs, policy, period, sample_rate, format, reading: as for `audit`.

    Returns:
        Exact counts for the operator, and the plan of what would be published.
    """
    request = Request(
        logs=_paths(logs),
        dataset="dry-run",
        format=format,
        reading=reading,
        period=period,
        one_in=sample_rate,
    )
    return pipeline_audit.dry_run(request, _policy(policy))


def inspect(
    logs: Logs, *, format: str | None = None, reading: ReadingOptions | None = None
) -> Survey:
    """Count what logs hold: files, formats, conversations, kinds of ids, times, rejects.

    The counts are exact: for the operator, not to be published.

    Args:
        logs: a file or folder, or several.
        format: log format; detected if absent.
        reading: other ways to read the logs: formats of your own, a query of a database.

    Raises:
        InputUnreadable: a log is missing, empty or of no known format.
    """
    return readers.survey(_paths(logs), format=format, options=reading)


def plan(
    policy: str | Policy = "default", *, people: int, conversations: int | None = None
) -> Plan:
    """Which tables a policy can publish for a number of people, and how precisely.

    Args:
        people: units of privacy; conversations where the policy's unit is a conversation.
        conversations: that count in all; the most that the policy counts of so many people
            if absent, which is the best case.
    """
    return pipeline_plan.plan_policy(_policy(policy), people, conversations)


def read_release(path: File) -> Release:
    """Read a `release.json` strictly.

    `release.table(name).records()` gives rows as dictionaries, `.to_frame()` a pandas DataFrame.

    Raises:
        InputUnreadable: the file is no release, or not one that this version can read.
    """
    return read_release_file(Path(path))


def compare(
    before: File,
    after: File,
    *,
    out: File | None = None,
    across_instruments: bool = False,
) -> Comparison:
    """Compare two releases row by row. Spends no privacy budget.

    Args:
        before, after: `release.json` files.
        out: folder for `comparison.html`, `.json` and `.csv`; nothing is written if absent.
        across_instruments: compare although another model, sheet or taxonomy made one of them.

    Raises:
        PolicyInvalid: different instruments made them, and `across_instruments` is false.
        InputUnreadable: a file is no release, or they have no row in common.
    """
    return pipeline_compare.compare(
        Path(before),
        Path(after),
        None if out is None else Path(out),
        across_instruments=across_instruments,
    )


def verify(path: File, *, public_key: str | None = None) -> tuple[Check, ...]:
    """Check a release: its form, its sums, this machine's ledger, and its signature.

    Args:
        public_key: of the signer, or a file that holds it.

    Returns:
        One `Check` for each thing looked at: `holds` is false where this machine cannot tell.

    Raises:
        InputUnreadable: it is no release, contradicts itself, or was not signed by that key.
        LedgerBroken: this machine's ledger says something else.
    """
    return pipeline_verify.verify(Path(path), public_key=public_key)


@overload
def scrub(text: str, *, policy: str | Policy = "default") -> str: ...


@overload
def scrub(text: Sequence[Message], *, policy: str | Policy = "default") -> list[Message]: ...


def scrub(
    text: str | Sequence[Message], *, policy: str | Policy = "default"
) -> str | list[Message]:
    """Replace personal data by placeholders, as an audit does before a model reads.

    The result is pseudonymised, not anonymous: treat it as personal data still.

    Args:
        text: one text, or the messages of a conversation (`role` and `content`). The same
            person gets the same placeholder throughout.
        policy: its `scrub` section decides languages, pipelines and own patterns.

    Raises:
        InputUnreadable: it cannot be scrubbed as a whole, with a reason code; for example
            `language-not-accepted`. Nothing is returned in part.
        ModelUnverified: a spaCy pipeline of the policy is absent.
    """
    from vstk.pipeline.scrub import scrub_messages

    if isinstance(text, str):
        [message] = scrub_messages([{"role": "user", "content": text}], _policy(policy))
        return message["content"]
    return scrub_messages(text, _policy(policy))


def _paths(logs: Logs) -> tuple[Path, ...]:
    if isinstance(logs, str | PathLike):
        return (Path(fspath(logs)),)
    return tuple(Path(log) for log in logs)


def _policy(policy: str | Policy) -> Policy:
    return policies.load(policy) if isinstance(policy, str) else policy
