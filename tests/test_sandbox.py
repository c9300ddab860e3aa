"""No process of an audit reaches a network: not in Python, not in C, not in a program it starts.

Every attempt succeeds in a process that is not sealed, so that its failure shows the seal.
"""

import functools
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.kernel import needs_seccomp
from vstk import sandbox
from vstk.pipeline.offline_proof import WAYS_OUT

REFUSED = "vstk.sandbox.SocketRefused: no process of vstk opens a socket"
REFUSED_CONNECTION = "vstk.sandbox.SocketRefused: no process of vstk opens a connection"
REFUSED_PROGRAM = "vstk.sandbox.ProgramRefused: no process of vstk starts a program"
REFUSED_BY_KERNEL = "PermissionError: [Errno 1]"

IN_C = """
import ctypes, os, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", PORT, bytes([127, 0, 0, 1]))
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
    "a program": ("import subprocess; SEAL; subprocess.run([sys.executable, '-V'])", REFUSED_PROGRAM),
    "a command of the shell": ("import os; SEAL; os.system('exit 0')", REFUSED_PROGRAM),
    "a program in place of this one": (
        "import os; SEAL; os.execv(sys.executable, [sys.executable, '-V'])",
        REFUSED_PROGRAM,
    ),
}  # fmt: skip
KERNEL_ATTEMPTS = {
    "a socket in C": ("SEAL; call(libc.socket, 2, 1, 0)", REFUSED_BY_KERNEL),
    "a socket of IPv6 in C": ("SEAL; call(libc.socket, 10, 1, 0)", REFUSED_BY_KERNEL),
    "a connection in C of a socket that was open before": (
        "one = socket.socket(); SEAL; call(libc.connect, one.fileno(), address, 16)",
        REFUSED_BY_KERNEL,
    ),
    "a message in C from a socket that was open before": (
        "one = socket.socket(type=socket.SOCK_DGRAM); SEAL\n"
        "call(libc.sendto, one.fileno(), b'text', ctypes.c_size_t(4), 0, address, 16)",
        REFUSED_BY_KERNEL,
    ),
    "a thread that began before": (
        """
started, sealed, found = threading.Event(), threading.Event(), []
def later():
    started.set(); sealed.wait(); found.append(libc.socket(2, 1, 0))
one = threading.Thread(target=later); one.start(); started.wait()
SEAL; sealed.set(); one.join()
if found[0] < 0:
    raise PermissionError(1, "refused")
""",
        REFUSED_BY_KERNEL,
    ),
    "a program that C code starts": (
        """
program = "import socket; socket.create_connection((b'127.0.0.1', PORT))"
SEAL
sys.exit(1 if libc.system(f'{sys.executable} -c "{program}"'.encode()) else 0)
""",
        REFUSED_BY_KERNEL,
    ),
}


def run(code: str, *, sealed: bool, port: int) -> subprocess.CompletedProcess[str]:
    code = f"import socket, struct, sys\nfrom vstk.sandbox import seal, seal_worker\n{IN_C}\n{code}"
    code = code.replace("SEAL", "seal()" if sealed else "pass").replace("PORT", str(port))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


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
            pytest.param(*attempt, id=name, marks=needs_seccomp)
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


@functools.cache
def verdicts(seal: str) -> dict[str, str]:
    """What a process finds that calls this function first: way out -> verdict."""
    code = f"""
from vstk.pipeline.offline_proof import in_c
from vstk.sandbox import seal, seal_worker
{seal}
for name, verdict in in_c(worker=True).items():
    print(name, verdict, sep="\\t")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t") for line in done.stdout.splitlines())


@needs_seccomp
@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_way_out_is_open_to_other_processes_and_refused_to_sealed_ones(way):
    """Containers and kernels lack some calls; then only the refusal can be shown."""
    assert verdicts("seal_worker()")[way] == "refused"
    if not WAYS_OUT[way].workers_only:
        assert verdicts("seal()")[way] == "refused"
    if (unsealed := verdicts("")[way]) != "open":
        pytest.skip(f"{unsealed} on this machine without the seal, too")


@needs_seccomp
def test_the_parent_may_still_start_workers():
    found = {verdicts("seal()")[way] for way in WAYS_OUT if WAYS_OUT[way].workers_only}

    assert found == {"open"}


HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_of_the_calls_are_those_of_the_kernels_headers(machine):
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    text = HEADERS[machine].read_text()
    stated = {
        name: int(number) for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)\s", text)
    }
    _, column = sandbox._ARCHITECTURES[machine]
    calls = {
        **sandbox._NETWORK_CALLS,
        **sandbox._PROGRAM_CALLS,
        **sandbox._FAMILY_CALLS,
        "sendto": sandbox._SENDTO,
        "seccomp": sandbox._SECCOMP,
    }

    assert {name: numbers[column] for name, numbers in calls.items()} == {
        name: stated[name] for name in calls
    }


CORE_DUMP = """
import resource, signal
SEAL
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGSEGV)
status = os.waitpid(child, 0)[1]
print(resource.getrlimit(resource.RLIMIT_CORE)[0], libc.prctl(3, 0, 0, 0, 0), os.WCOREDUMP(status))
"""


@needs_seccomp
def test_a_sealed_process_leaves_no_core_dump(port):
    assert run(CORE_DUMP, sealed=True, port=port).stdout.split() == ["0", "0", "False"]
    free = run(CORE_DUMP, sealed=False, port=port).stdout.split()
    assert free[1] == "1"


@needs_seccomp
def test_sealing_twice_changes_nothing(port):
    code = "print(seal(), seal(), seal_worker(), seal_worker(), seal())"

    assert run(code, sealed=True, port=port).stdout.split() == ["True"] * 5


def test_a_sealed_process_still_has_local_sockets_and_workers(port):
    code = """
import multiprocessing
SEAL
one, other = socket.socketpair()
one.sendall(b"text")
assert other.recv(4) == b"text"
with multiprocessing.get_context("fork").Pool(1) as pool:
    assert pool.apply(abs, [-3]) == 3
with multiprocessing.get_context("spawn").Pool(1) as pool:
    assert pool.apply(abs, [-3]) == 3
"""
    done = run(code, sealed=True, port=port)

    assert done.returncode == 0, done.stderr


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
