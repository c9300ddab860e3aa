"""`vstk doctor`: checks whether an audit could run here, and whether it could open a socket."""

from __future__ import annotations

import ctypes
import multiprocessing
import socket
from collections.abc import Iterator

from vstk import ledger, paths, registry, sandbox
from vstk import policy as policies
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.errors import VstkError


def doctor(policy: str, *, prove_offline: bool) -> Iterator[tuple[str, bool]]:
    """Check the policy, the models it names, the ledger, and on request the sandbox.

    Args:
        policy: name or path of a policy.
        prove_offline: seal this process and try to open sockets. It stays sealed.

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
    if prove_offline:
        yield from _prove_offline()


def _prove_offline() -> Iterator[tuple[str, bool]]:
    in_kernel = sandbox.seal()
    yield "Python cannot open a socket in this process", not _opens_in_python()
    if in_kernel:
        yield "the kernel refuses sockets to libraries in C (seccomp)", not _opens_in_c()
    else:
        yield "this system has no seccomp filter: sockets are refused in Python only", False
    with multiprocessing.get_context("spawn").Pool(1, initializer=sandbox.seal) as pool:
        opened = pool.apply(_opens_in_python) or (in_kernel and pool.apply(_opens_in_c))
    yield "a worker process cannot open a socket", not opened


def _opens_in_python() -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.socket(family).close()
        except (sandbox.SocketRefused, OSError):
            continue
        return True
    return False


def _opens_in_c() -> bool:
    libc = ctypes.CDLL(None)
    return any(
        libc.socket(family, socket.SOCK_STREAM, 0) >= 0
        for family in (socket.AF_INET, socket.AF_INET6)
    )
