"""Close this process off: it, and what it starts, cannot open a network socket.

Two locks. Python's audit hook stops every socket that Python code makes, on any
system. On Linux a seccomp filter has the kernel refuse `socket()` for every
family but AF_UNIX, so that a library in C is stopped too. Neither can be undone.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine -> (AUDIT_ARCH, number of the system call `socket`), linux/audit.h."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_AF_UNIX = 1


class SocketRefused(RuntimeError):
    """Something tried to open a socket in a closed process."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def seal() -> bool:
    """Refuse sockets from now on. Returns whether the kernel enforces it too."""
    sys.addaudithook(_refuse)
    return _seal_in_kernel()


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] != _AF_UNIX:
        raise SocketRefused("no process of vstk opens a socket")
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SocketRefused("no process of vstk opens a connection")


def _seal_in_kernel() -> bool:
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    architecture, socket_call = _ARCHITECTURES[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),  # another calling convention: none is needed
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_JUMP_EQUAL, 0, 3, socket_call),
        (_LOAD, 0, 0, 16),  # seccomp_data.args[0], the family
        (_JUMP_EQUAL, 1, 0, _AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
