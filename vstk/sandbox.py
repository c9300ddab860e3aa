"""Seal this process: neither it nor a program that it starts can open a network socket.

There are two locks. Python's audit hook refuses every socket that Python code opens, on
any system. On Linux a seccomp filter also makes the kernel refuse `socket()` for every
family but AF_UNIX, so that libraries written in C are covered. The filter also refuses
`io_uring_setup()`, through which sockets could be opened without that call. Neither lock
can be undone.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine -> (AUDIT_ARCH, number of the system call `socket`), from linux/audit.h."""

_IO_URING_SETUP = 425
"""Number of the system call, the same on both machines."""

_X32_BIT = 0x40000000
"""Set in the numbers of x86-64's second calling convention (x32); unused on aarch64."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # refused calls fail with EPERM
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ARCHITECTURE_FIELD, _NUMBER_FIELD, _FIRST_ARGUMENT = 4, 0, 16
"""Offsets in the kernel's `struct seccomp_data`."""

_AF_UNIX = 1


class SocketRefused(RuntimeError):
    """Something tried to open a socket in a sealed process."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def seal() -> bool:
    """Refuse sockets from now on, in this process and in those that it starts.

    Returns:
        Whether the kernel enforces it too, as on Linux; otherwise only Python does.
    """
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
    # The two numbers after a jump's name: instructions to skip if it holds, and if not.
    instructions = (
        (_LOAD, 0, 0, _ARCHITECTURE_FIELD),
        (_JUMP_EQUAL, 0, 6, architecture),  # otherwise refuse: another calling convention
        (_LOAD, 0, 0, _NUMBER_FIELD),
        (_JUMP_AT_LEAST, 4, 0, _X32_BIT),
        (_JUMP_EQUAL, 3, 0, _IO_URING_SETUP),
        (_JUMP_EQUAL, 0, 3, socket_call),  # otherwise allow
        (_LOAD, 0, 0, _FIRST_ARGUMENT),  # the family
        (_JUMP_EQUAL, 1, 0, _AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    )
    program = _Program(len(instructions), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
