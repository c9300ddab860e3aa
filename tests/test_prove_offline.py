"""`vstk doctor --prove-offline` finds nothing open in a sealed process, and what is open in others."""

import re
import subprocess
import sys

import pytest

from tests.support.kernel import needs_seccomp
from tests.support.quick_model import TINY


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
    return [line for line in done.stdout.splitlines() if re.match(r"\w+ (this|a|threads|net|no)", line)]  # fmt: skip


@needs_seccomp
def test_the_doctor_proves_that_nothing_gets_out(home, tiny_weights):
    lines = doctor("", home)

    assert len(lines) >= 8
    assert [line for line in lines if not line.startswith("True")] == []
    assert any(re.search(r"a worker: (\d+) of \1 ways", line) for line in lines)


@needs_seccomp
@pytest.mark.parametrize(
    ("broken", "found"),
    [
        pytest.param(
            "sandbox.seal = lambda: True\nsandbox.seal_worker = lambda: True",
            [
                "this process, Python: a socket (IPv4)",
                "this process, system call: a socket of any family: open",
                "this process leaves no core dump: no",
                "a worker: system call: a socket of any family: open",
            ],
            id="no lock",
        ),
        pytest.param(
            "sandbox._seal_in_kernel = lambda **_: True",
            [
                "this process, system call: a socket of any family: open",
                "a worker: system call: a program (execve): open",
            ],
            id="no filter in the kernel",
        ),
        pytest.param(
            "import threading\nsandbox._ALL_THREADS = 0\n"
            "threading.Thread(target=threading.Event().wait, daemon=True).start()",
            ["threads of this process without the seccomp filter"],
            id="a filter of one thread only",
        ),
        pytest.param(
            "sandbox._refuse = lambda *_: None",
            ["this process, Python: a program: open"],
            id="no hook in Python",
        ),
        pytest.param(
            "sandbox._forbid_core_dumps = lambda: None",
            ["this process leaves no core dump: no", "a worker leaves no core dump: no"],
            id="core dumps",
        ),
        pytest.param(
            "sandbox.seal_worker = sandbox.seal",
            ["a worker: system call: a program (execve): open"],
            id="workers that may start programs",
        ),
        pytest.param(
            "import socket\nif __name__ == '__main__':\n    left_open = socket.socket()",
            ["network sockets that were open before the seal: 1"],
            id="a socket that was open before",
        ),
    ],
)
def test_the_doctor_notices_a_seal_that_does_not_hold(home, tiny_weights, broken, found):
    failed = [line for line in doctor(broken, home) if line.startswith("False")]

    for text in found:
        assert any(text in line for line in failed), failed


def test_the_doctor_says_where_only_python_is_stopped(home, tiny_weights):
    broken = "import platform\nplatform.machine = lambda: 'riscv64'"
    failed = [line for line in doctor(broken, home) if line.startswith("False")]

    assert any("only Python code is refused the network" in line for line in failed)
