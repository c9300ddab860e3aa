"""What the kernel offers to these tests."""

import ctypes
import platform
import sys

import pytest

_NUMBER = {"x86_64": 317, "aarch64": 277}
_GET_ACTION_AVAIL, _ERRNO = 2, ctypes.c_uint32(0x00050000)


def has_seccomp() -> bool:
    """Whether a process may set a seccomp filter here; some containers forbid the call."""
    number = _NUMBER.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    call = ctypes.CDLL(None).syscall
    return call(ctypes.c_long(number), _GET_ACTION_AVAIL, 0, ctypes.byref(_ERRNO)) == 0


needs_seccomp = pytest.mark.skipif(
    not has_seccomp(), reason="no seccomp filter can be set on this machine"
)
