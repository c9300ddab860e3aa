"""No process of an audit opens a socket: not in Python, not in C, not in a program it starts.

Every attempt succeeds in a process that is not sealed, so that its failure shows the seal.
"""

import errno
import platform
import socket
import subprocess
import sys

import pytest

from tests.support.quick_model import TINY

LINUX = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
in_kernel = pytest.mark.skipif(not LINUX, reason="the kernel's filter is for Linux")

REFUSED = "vstk.sandbox.SocketRefused: no process of vstk opens a socket"
REFUSED_CONNECTION = "vstk.sandbox.SocketRefused: no process of vstk opens a connection"
REFUSED_BY_KERNEL = "PermissionError: [Errno 1]"

IN_C = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""

ATTEMPTS = {
    "a socket": ("SEAL; socket.socket()", REFUSED),
    "a socket of IPv6": ("SEAL; socket.socket(socket.AF_INET6)", REFUSED),
    "a connection": ("SEAL; socket.create_connection(('127.0.0.1', PORT))", REFUSED_CONNECTION),
    "a connection of a socket that was open before": (
        "one = socket.socket(); SEAL; one.connect(('127.0.0.1', PORT))",
        REFUSED_CONNECTION,
    ),
    "a name": ("SEAL; socket.getaddrinfo('localhost', PORT)", REFUSED_CONNECTION),
    "a name, the old way": ("SEAL; socket.gethostbyname('localhost')", REFUSED_CONNECTION),
}
KERNEL_ATTEMPTS = {
    "a socket in C": (f"{IN_C}\nSEAL; call(libc.socket, 2, 1, 0)", REFUSED_BY_KERNEL),
    "a socket of IPv6 in C": (f"{IN_C}\nSEAL; call(libc.socket, 10, 1, 0)", REFUSED_BY_KERNEL),
    "a program that it starts": (
        "import subprocess; SEAL; subprocess.run([sys.executable, '-c', "
        "'import socket; socket.create_connection((\"127.0.0.1\", PORT))'], check=True)",
        REFUSED_BY_KERNEL,
    ),
}


def run(code: str, *, sealed: bool, port: int) -> subprocess.CompletedProcess[str]:
    code = code.replace("SEAL", "seal()" if sealed else "pass").replace("PORT", str(port))
    return subprocess.run(
        [sys.executable, "-c", f"import socket, sys\nfrom vstk.sandbox import seal\n{code}"],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def port():
    """A port of this machine on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        *(pytest.param(*attempt, id=name) for name, attempt in ATTEMPTS.items()),
        *(
            pytest.param(*attempt, id=name, marks=in_kernel)
            for name, attempt in KERNEL_ATTEMPTS.items()
        ),
    ],
)
def test_a_sealed_process_is_refused_what_another_may_do(code, failure, port):
    free = run(code, sealed=False, port=port)
    sealed = run(code, sealed=True, port=port)

    assert free.returncode == 0, free.stderr
    assert sealed.returncode == 1
    assert failure in sealed.stderr


@in_kernel
@pytest.mark.parametrize(
    "call",
    [
        pytest.param("libc.syscall(425, 4, ctypes.create_string_buffer(120))", id="io_uring_setup"),
        pytest.param("libc.syscall(0x40000000 | 41, 2, 1, 0)", id="the numbers of x32"),
    ],
)
def test_the_kernel_refuses_other_ways_to_a_socket(call, port):
    """Many kernels lack both; what they answer then is another error than a refusal."""
    code = f"{IN_C}\nSEAL\nprint({call}, ctypes.get_errno())"

    free = run(code, sealed=False, port=port).stdout.split()
    sealed = run(code, sealed=True, port=port).stdout.split()

    assert sealed == ["-1", str(errno.EPERM)]
    if free == sealed:
        pytest.skip("something outside refuses it already")


def test_a_sealed_process_still_has_local_sockets_and_workers(port):
    code = """
import multiprocessing
SEAL
one, other = socket.socketpair()
one.sendall(b"text")
assert other.recv(4) == b"text"
with multiprocessing.get_context("fork").Pool(1) as pool:
    assert pool.apply(abs, [-3]) == 3
"""
    done = run(code, sealed=True, port=port)

    assert done.returncode == 0, done.stderr


def doctor(before: str, home) -> list[str]:
    code = f"""
import sys
from vstk import sandbox
from vstk.pipeline.doctor import doctor
{before}
if __name__ == "__main__":
    for line, passed in doctor({str(TINY)!r}, prove_offline=True):
        print(passed, line)
"""
    # A file and not -c: the doctor's worker process imports the main module.
    (home.parent / "asked.py").write_text(code)
    done = subprocess.run(
        [sys.executable, home.parent / "asked.py"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if "socket" in line]


@in_kernel
def test_the_doctor_proves_that_nothing_opens_a_socket(home, tiny_weights):
    assert doctor("", home) == [
        "True Python cannot open a socket in this process",
        "True the kernel refuses sockets to libraries in C (seccomp)",
        "True a worker process cannot open a socket",
    ]


@in_kernel
@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("def nothing(): return True\nsandbox.seal = nothing", ["False", "False", "False"]),
        ("sandbox._seal_in_kernel = lambda: True", ["True", "False", "False"]),
        ("sandbox._refuse = lambda *_: None", ["True", "True", "True"]),
    ],
    ids=["no lock", "no filter in the kernel", "no hook in Python, which the kernel covers"],
)
def test_the_doctor_notices_a_seal_that_does_not_hold(home, tiny_weights, broken, found):
    assert [line.split()[0] for line in doctor(broken, home)] == found


BUILDERS = (
    "vstk.pipeline.calibrate:LogitReader",
    "vstk.pipeline.train:FeatureReader",
    "vstk.pipeline.evaluate:RawTextLabeller",
)


@pytest.mark.parametrize("builder", BUILDERS)
def test_whatever_reads_raw_text_is_sealed_before_it_reads(builder):
    module, name = builder.split(":")

    def built(before: str) -> subprocess.CompletedProcess[str]:
        code = f"""
import socket, sys
from vstk import sandbox
from {module} import {name}
{before}

class Opens:
    def extractor(self, **_):
        socket.socket()
        sys.exit(7)

{name}(Opens())()
"""
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert built("sandbox.seal = lambda: True").returncode == 7
    assert REFUSED in built("").stderr
