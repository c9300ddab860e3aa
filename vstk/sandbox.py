"""Seal this process: it can no longer reach a network, and it leaves no core dump.

There are two locks, and neither can be undone. Python's audit hook refuses sockets,
connections and programs to Python code, on any system. On Linux (x86-64, ARM64) a seccomp
filter also makes the kernel refuse them, so that libraries written in C are covered, in
every thread and in every program that a sealed process starts.

A worker is sealed with `seal_worker`, and then the kernel refuses every program, too. The
parent cannot be sealed like this, because it starts its workers as programs; see
docs/decisions/0014-the-seccomp-filter.md.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from dataclasses import dataclass

_AF_UNIX = 1

_NETWORK_CALLS = {
    # name: (number on x86-64, number on ARM64), from asm/unistd.h
    "connect": (42, 203),  # also of sockets that were open before, and to local services
    "accept": (43, 202),
    "sendmsg": (46, 211),  # can name an address, which a filter cannot read
    "bind": (49, 200),
    "listen": (50, 201),
    "accept4": (288, 242),
    "sendmmsg": (307, 269),
    # Asynchronous calls: opens sockets and connections without the calls above.
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # Through another process, which is not sealed.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
}
"""Calls that are refused whatever their arguments are."""

_PROGRAM_CALLS = {"execve": (59, 221), "execveat": (322, 281)}
_FAMILY_CALLS = {"socket": (41, 198), "socketpair": (53, 199)}
"""Calls whose first argument is the family of the socket; only AF_UNIX is allowed."""

_SENDTO = (44, 206)
"""Allowed on a connected socket, refused with an address (the fifth argument)."""

_SECCOMP = (317, 277)
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine -> (AUDIT_ARCH of linux/audit.h, column of the tables above)."""

_X32_BIT = 0x40000000
"""Set in the numbers of x86-64's second calling convention (x32); unused on ARM64."""

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # refused calls fail with EPERM
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_FIELD, _ARCHITECTURE_FIELD, _ARGUMENTS = 0, 4, 16
"""Offsets in the kernel's `struct seccomp_data`; each argument has eight bytes."""

_Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if it holds and if it does not, operand."""


class SocketRefused(RuntimeError):
    """Something tried to open a socket in a sealed process."""


class ProgramRefused(PermissionError):
    """Something tried to start a program in a sealed process."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


@dataclass
class _Sealed:
    """Which locks of this process are closed. A forked process inherits both."""

    hook: bool = False
    network: bool = False
    programs: bool = False


_sealed = _Sealed()


def seal() -> bool:
    """Refuse the network and core dumps from now on, here and in programs started from here.

    Python code can start no program either, except the workers of `multiprocessing`. A
    second call changes nothing.

    Returns:
        Whether the kernel enforces it too, as on Linux; otherwise only Python does.
    """
    _close_hook()
    _forbid_core_dumps()
    _sealed.network = _sealed.network or _seal_in_kernel(programs=False)
    return _sealed.network


def seal_worker() -> bool:
    """As `seal`, and the kernel refuses to start any program, workers included.

    Returns:
        Whether the kernel enforces both.
    """
    sealed = seal()
    _sealed.programs = _sealed.programs or _seal_in_kernel(programs=True)
    return sealed and _sealed.programs


def _forbid_core_dumps() -> None:
    """Set the size limit of core dumps to 0 and, on Linux, mark the process as not dumpable.

    A process that is not dumpable cannot be read by debuggers of the same user either.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # The kernel ignores the limit where core dumps are piped to a program.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _close_hook() -> None:
    if not _sealed.hook:
        sys.addaudithook(_refuse)
        _sealed.hook = True


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] != _AF_UNIX:
        raise SocketRefused("no process of vstk opens a socket")
    if event in _CONNECTIONS:
        raise SocketRefused("no process of vstk opens a connection")
    if event in _PROGRAMS:
        raise ProgramRefused("no process of vstk starts a program")


_CONNECTIONS = frozenset(
    f"socket.{name}"
    for name in ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname")
)
_PROGRAMS = frozenset(
    ["subprocess.Popen"]
    + [f"os.{name}" for name in ("exec", "spawn", "posix_spawn", "system", "startfile")]
)
"""Audit events. `multiprocessing` starts its workers without any of them."""


def _seal_in_kernel(*, programs: bool) -> bool:
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    _, column = _ARCHITECTURES[platform.machine()]
    instructions = _filter(platform.machine(), programs=programs)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in instructions))
    program = _Program(len(instructions), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    # All threads: a library may have started some when it was imported.
    answer = libc.syscall(
        ctypes.c_long(_SECCOMP[column]),
        ctypes.c_long(_SET_MODE_FILTER),
        ctypes.c_long(_ALL_THREADS),
        ctypes.byref(program),
    )
    return bool(answer == 0)


def _filter(machine: str, *, programs: bool) -> list[_Instruction]:
    """The instructions of the filter; `programs` says whether programs are refused, too."""
    architecture, column = _ARCHITECTURES[machine]
    refused = _NETWORK_CALLS | (_PROGRAM_CALLS if programs else {})
    found: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_FIELD),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),  # another calling convention: 32-bit programs
        (_LOAD, 0, 0, _NUMBER_FIELD),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for numbers in refused.values():
        found += [(_JUMP_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _REFUSE)]
    for numbers in _FAMILY_CALLS.values():
        found += [
            (_JUMP_EQUAL, 0, 4, numbers[column]),
            (_LOAD, 0, 0, _ARGUMENTS),
            (_JUMP_EQUAL, 0, 1, _AF_UNIX),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _REFUSE),
        ]
    address = _ARGUMENTS + 8 * 4
    return [
        *found,
        (_JUMP_EQUAL, 0, 6, _SENDTO[column]),
        (_LOAD, 0, 0, address),
        (_JUMP_EQUAL, 0, 3, 0),  # the lower half of the address, then the upper one
        (_LOAD, 0, 0, address + 4),
        (_JUMP_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
