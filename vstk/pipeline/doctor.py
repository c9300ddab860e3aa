"""`vstk doctor`: checks whether an audit could run here, and whether text could leave."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from vstk import ledger, paths, registry, sandbox
from vstk import policy as policies
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.errors import VstkError
from vstk.pipeline import offline_proof
from vstk.pipeline.offline_proof import Verdict
from vstk.pipeline.workdir import LABELS, labels_age
from vstk.pipeline.worker_pool import map_conversations
from vstk.policy import StoreRules
from vstk.store import encryption
from vstk.types import Conversation, Source

Check = tuple[str, bool | None]
"""What was checked or what is wrong, and whether it passed; `None` for a note."""


def doctor(policy: str, *, work: Path | None = None, prove_offline: bool) -> Iterator[Check]:
    """Check the policy, the models, the ledger, the labels, and on request the sandbox.

    Args:
        policy: name or path of a policy.
        work: work folder whose labels are checked; may be absent.
        prove_offline: seal this process and try to leave it. It stays sealed.

    Yields:
        What was checked or what is wrong, and whether the check passed.
    """
    try:
        rules = policies.load(policy)
        sheets.load(rules.extract.sheet)
        taxonomies.load(rules.taxonomy)
        yield f"policy '{rules.name}', its question sheet and its taxonomy are valid", True
    except VstkError as error:
        yield str(error), False
        return
    for id in rules.model_ids:
        try:
            yield f"{id}: verified, {registry.verify(id)}", True
        except VstkError as error:
            yield str(error), False
    try:
        entries = ledger.Ledger(paths.home() / "ledger.db").verify()
        yield f"the hash chain of the ledger's {entries} entries is intact", True
    except VstkError as error:
        yield str(error), False
    yield from _check_store(rules.store, None if work is None else work / LABELS)
    if prove_offline:
        yield from _prove_offline()


def _check_store(rules: StoreRules, database: Path | None) -> Iterator[Check]:
    """Check that labels can be and are kept as the policy says."""
    if rules.encryption == "none":
        yield (
            "the policy does not require encrypted labels (`store.encryption: none`): only the "
            "permissions of the file protect them",
            None,
        )
    else:
        yield (
            "the policy requires encrypted labels, and the package for it is "
            + (
                "installed" if encryption.installed() else "missing: `pip install vstk[encryption]`"
            ),
            encryption.installed(),
        )
    if rules.keep_days is None:
        yield "the policy does not limit how long labels are kept (`store.keep_days`)", None
    try:
        found = "absent" if database is None else encryption.state(database)
        if database is None or found == "absent":
            return
        if rules.encryption == "required":
            yield f"the labels in '{database}' are {_encrypted(found)}", found == "encrypted"
        if rules.keep_days is None:
            return
        age = labels_age(database.parent)
    except VstkError as error:
        yield str(error), False
        return
    if age is not None and age > rules.keep_days:
        yield (
            f"the labels in '{database}' are up to {age} days old, and the policy keeps them for "
            f"{rules.keep_days}.\nFix: vstk purge --work {database.parent} "
            f"--older-than {rules.keep_days}d",
            False,
        )
    else:
        yield f"no label in '{database}' is older than {rules.keep_days} days", True


def _encrypted(found: encryption.State) -> str:
    return "encrypted" if found == "encrypted" else "not encrypted"


def _prove_offline() -> Iterator[Check]:
    in_kernel = sandbox.seal()
    for name, verdict in offline_proof.in_python().items():
        yield f"this process, Python: {name}: {verdict}", verdict == "refused"
    if in_kernel:
        yield from _checks("this process, system call", offline_proof.in_c(worker=False))
        number = offline_proof.unsealed_threads()
        yield f"threads of this process without the seccomp filter: {number}", number == 0
        number = offline_proof.network_descriptors()
        yield f"network sockets that were open before the seal: {number}", number == 0
    elif sys.platform == "linux":
        yield (
            f"no seccomp filter could be set on this machine ({platform.machine()}): "
            "only Python code is refused the network, libraries in C are not",
            False,
        )
    else:
        yield (
            "this system has no seccomp filter: only Python code is refused the network, "
            "libraries in C are not",
            False,
        )
    core_dumps_off = offline_proof.core_dumps_are_off()
    yield f"this process leaves no core dump: {_yes(core_dumps_off)}", core_dumps_off
    yield from _prove_worker()


def _prove_worker() -> Iterator[Check]:
    """Make the same attempts in a worker, which is started as in an audit."""
    nothing = Conversation(
        source=Source(file="", line=1),
        id="",
        user=None,
        unit_kind="none",
        started_at=None,
        turns=(),
    )
    [(_, (found, core_dumps_off))] = map_conversations([nothing], _worker_attempts, workers=1)
    yield from _checks("a worker", found)
    yield f"a worker leaves no core dump: {_yes(core_dumps_off)}", core_dumps_off


def _worker_attempts() -> Callable[[Conversation], tuple[dict[str, Verdict], bool]]:
    def attempt(_: Conversation) -> tuple[dict[str, Verdict], bool]:
        in_python = offline_proof.in_python().items()
        found: dict[str, Verdict] = {f"Python: {name}": verdict for name, verdict in in_python}
        if sys.platform == "linux":
            calls = offline_proof.in_c(worker=True)
            found |= {f"system call: {name}": one for name, one in calls.items()}
        return found, offline_proof.core_dumps_are_off()

    return attempt


def _checks(where: str, found: Mapping[str, Verdict]) -> Iterator[Check]:
    """One line for each attempt that succeeded, and one for all that were refused."""
    for name, verdict in found.items():
        if verdict == "open":
            yield f"{where}: {name}: open", False
    refused = sum(verdict == "refused" for verdict in found.values())
    absent = [name for name, verdict in found.items() if verdict == "absent"]
    yield (
        f"{where}: {refused} of {len(found)} ways to a network or out of the process are refused"
        + (f"; this system does not have: {', '.join(absent)}" if absent else ""),
        refused + len(absent) == len(found),
    )


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
