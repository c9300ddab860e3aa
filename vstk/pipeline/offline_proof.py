"""The ways out of a process that a sealed process must not have, each with a real attempt.

`vstk doctor --prove-offline` makes every attempt in a sealed process; the tests make them in
a process that is not sealed, too, to show that each attempt would succeed there.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vstk import sandbox

Verdict = Literal["open", "refused", "absent"]
"""`absent`: this system does not have the way, or something else than the seal closes it."""

_VERDICTS: tuple[Verdict, ...] = ("open", "refused", "absent")

_NO_SUCH_PLACE = frozenset({errno.ECONNREFUSED, errno.ENOENT, errno.ENOTCONN})
"""Errors that show that the kernel tried to connect or send."""

_UNCONNECTED = frozenset({errno.EINVAL, errno.EOPNOTSUPP})
"""Errors that show that the kernel tried to accept a connection."""


@dataclass(frozen=True)
class WayOut:
    """A way out of a process, and an attempt to take it."""

    attempt: Callable[[], int]
    """Makes the attempt in C; returns a number from 0 if it succeeds, or minus the errno."""

    tried: frozenset[int] = field(default=frozenset())
    """Errors that mean that the kernel did not refuse, although nothing was reached."""

    workers_only: bool = False
    """Whether only a worker is refused it."""

    def verdict(self) -> Verdict:
        """Make the attempt in a forked process, which ends with it."""
        child = os.fork()
        if child == 0:
            os._exit(_VERDICTS.index(self._judge()))
        status = os.waitpid(child, 0)[1]
        # An attempt that a signal ends (32-bit calls on a kernel without them) reached nothing.
        code = os.waitstatus_to_exitcode(status)
        return _VERDICTS[code] if 0 <= code < len(_VERDICTS) else "absent"

    def _judge(self) -> Verdict:
        try:
            found = self.attempt()
        except sandbox.SocketRefused:
            return "refused"
        except (OSError, AttributeError):  # AttributeError: the C library lacks the function
            return "absent"
        if found >= 0 or -found in self.tried:
            return "open"
        return "refused" if -found == errno.EPERM else "absent"


def in_python() -> Mapping[str, Verdict]:
    """Attempts in Python code, on any system: way -> whether it was refused."""
    attempts: dict[str, Callable[[], object]] = {
        "a socket (IPv4)": lambda: socket.socket(socket.AF_INET).close(),
        "a socket (IPv6)": lambda: socket.socket(socket.AF_INET6).close(),
        "a name": lambda: socket.getaddrinfo("localhost", 80),
        "a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    }
    return {name: _in_python(attempt) for name, attempt in attempts.items()}


def _in_python(attempt: Callable[[], object]) -> Verdict:
    try:
        attempt()
    except (sandbox.SocketRefused, PermissionError):
        return "refused"
    except OSError:
        return "absent"
    return "open"


def in_c(*, worker: bool) -> Mapping[str, Verdict]:
    """Attempts in C, on Linux: way -> whether it was refused.

    Args:
        worker: whether this process is a worker, which may start no program.
    """
    return {name: way.verdict() for name, way in WAYS_OUT.items() if worker or not way.workers_only}


def unsealed_threads() -> int:
    """How many threads of this process have not all filters of its main thread, or none (Linux)."""
    tasks = Path("/proc/self/task")
    own = _filters(tasks / str(os.getpid()))
    return sum(found != own or found[:1] != ("2",) for found in map(_filters, tasks.iterdir()))


def _filters(task: Path) -> tuple[str, ...]:
    """The seccomp mode of a thread (2 with a filter) and, since Linux 5.9, the filters' number."""
    lines = (task / "status").read_text(encoding="ascii").splitlines()
    return tuple(line.split()[1] for line in lines if line.startswith("Seccomp"))


def network_descriptors() -> int:
    """How many open descriptors are sockets of a network, inherited from before the seal."""
    libc = _libc()
    number = 0
    for name in os.listdir("/proc/self/fd"):
        family, size = ctypes.c_int(), ctypes.c_uint(ctypes.sizeof(ctypes.c_int))
        answer = libc.getsockopt(
            int(name),
            socket.SOL_SOCKET,
            _SO_DOMAIN,
            ctypes.byref(family),
            ctypes.byref(size),
        )
        number += answer == 0 and family.value != socket.AF_UNIX
    return number


_SO_DOMAIN = 39


def core_dumps_are_off() -> bool:
    """Whether the limit of core dumps is 0 and, on Linux, this process is not dumpable."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        return False
    return sys.platform != "linux" or _call("prctl", _PR_GET_DUMPABLE, 0, 0, 0, 0) == 0


_PR_GET_DUMPABLE = 3


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> int:
    """Call a function of the C library; returns its answer, or minus the errno."""
    ctypes.set_errno(0)
    answer: int = getattr(_libc(), name)(*arguments)
    return answer if answer >= 0 else -ctypes.get_errno()


def _system_call(number: int, *arguments: Any) -> int:
    return _call(
        "syscall",
        ctypes.c_long(number),
        *(ctypes.c_long(one) if isinstance(one, int) else one for one in arguments),
    )


def _any_family() -> int:
    found = [
        _call("socket", family, kind, 0)
        for family in range(2, 46)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)
    ]
    others = [one for one in found if one != -errno.EPERM]
    return max(others, default=-errno.EPERM)


def _socketpair() -> int:
    tipc = 30  # the one family besides AF_UNIX that has connected pairs
    return _call("socketpair", tipc, socket.SOCK_STREAM, 0, (ctypes.c_int * 2)())


def _32_bit_socket() -> int:
    """`socket()` by its 32-bit number: another table of calls than the filter's."""
    if platform.machine() != "x86_64":
        return -errno.ENOSYS
    # push rbx; mov eax, 359; mov ebx, AF_INET; mov ecx, SOCK_STREAM; xor edx, edx;
    # int 0x80; pop rbx; ret
    code = bytes.fromhex("53 b867010000 bb02000000 b901000000 31d2 cd80 5b c3")
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())


def _x32_socket() -> int:
    if platform.machine() != "x86_64":
        return -errno.ENOSYS
    return _system_call(0x40000000 | 41, socket.AF_INET, socket.SOCK_STREAM, 0)


_NOBODY = b"\x01\x00\x00vstk-nobody-listens-here"
"""An address of Linux's abstract AF_UNIX names: nobody answers there."""


def _local_socket() -> int:
    return _call("socket", socket.AF_UNIX, socket.SOCK_DGRAM, 0)


def _connect() -> int:
    return _call("connect", _local_socket(), _NOBODY, len(_NOBODY))


def _send_to() -> int:
    arguments = (b"x", ctypes.c_size_t(1), 0, _NOBODY, len(_NOBODY))
    return _call("sendto", _local_socket(), *arguments)


def _send_message() -> int:
    # A message header of zeros: no address and no data.
    return _call("sendmsg", _local_socket(), ctypes.create_string_buffer(64), 0)


def _send_messages() -> int:
    return _call("sendmmsg", _local_socket(), ctypes.create_string_buffer(64), 1, 0)


def _bind() -> int:
    return _call("bind", _local_socket(), b"\x01\x00", 2)


def _listen() -> int:
    return _call("listen", _call("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0), 1)


def _accept(name: str, *flags: int) -> int:
    listening = _call("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0)
    return _call(name, listening, None, None, *flags)


def _io_uring() -> int:
    return _system_call(425, 4, ctypes.create_string_buffer(120))


def _trace() -> int:
    return _call("ptrace", 0, 0, None, None)  # PTRACE_TRACEME


def _memory(name: str) -> int:
    """Copy one byte between two places of this process as if it were another one."""
    one, other = ctypes.create_string_buffer(1), ctypes.create_string_buffer(1)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(one), 1)
    there = (ctypes.c_size_t * 2)(ctypes.addressof(other), 1)
    one_each = ctypes.c_ulong(1)
    return _call(name, os.getpid(), here, one_each, there, one_each, ctypes.c_ulong(0))


def _borrow_descriptor() -> int:
    process = _system_call(434, os.getpid(), 0)  # pidfd_open
    return process if process < 0 else _system_call(438, process, process, 0)


def _program() -> tuple[bytes, Any]:
    name = os.fsencode(sys.executable)
    return name, (ctypes.c_char_p * 6)(name, b"-I", b"-S", b"-c", b"pass", None)


def _execute() -> int:
    return _call("execve", *_program(), None)


def _execute_at() -> int:
    number = {"x86_64": 322, "aarch64": 281}.get(platform.machine())
    if number is None:
        return -errno.ENOSYS
    return _system_call(number, -100, *_program(), None, 0)


WAYS_OUT: Mapping[str, WayOut] = {
    "a socket of any family": WayOut(_any_family),
    "a pair of sockets": WayOut(_socketpair),
    "a socket by its 32-bit number": WayOut(_32_bit_socket),
    "a socket by its x32 number": WayOut(_x32_socket),
    "io_uring": WayOut(_io_uring),
    "connect": WayOut(_connect, tried=_NO_SUCH_PLACE),
    "sendto": WayOut(_send_to, tried=_NO_SUCH_PLACE),
    "sendmsg": WayOut(_send_message, tried=_NO_SUCH_PLACE),
    "sendmmsg": WayOut(_send_messages, tried=_NO_SUCH_PLACE),
    "bind": WayOut(_bind),
    "listen": WayOut(_listen, tried=_UNCONNECTED),
    "accept": WayOut(lambda: _accept("accept"), tried=_UNCONNECTED),
    "accept4": WayOut(lambda: _accept("accept4", 0), tried=_UNCONNECTED),
    "ptrace": WayOut(_trace),
    "process_vm_readv": WayOut(lambda: _memory("process_vm_readv")),
    "process_vm_writev": WayOut(lambda: _memory("process_vm_writev")),
    "pidfd_getfd": WayOut(_borrow_descriptor),
    "a program (execve)": WayOut(_execute, workers_only=True),
    "a program (execveat)": WayOut(_execute_at, workers_only=True),
}
"""The system calls by which data could leave a process, by what each one opens."""
