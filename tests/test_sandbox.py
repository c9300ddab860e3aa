"""No process of an audit opens a socket: the locks hold in Python, in C and in workers."""

import subprocess
import sys

import pytest

ATTEMPTS = {
    "a socket in Python": "import socket; socket.socket()",
    "a connection": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "a library in C": (
        "import ctypes; libc = ctypes.CDLL(None); fd = libc.socket(2, 1, 0);\n"
        "if fd < 0: raise SystemExit('refused')"
    ),
    "a program that it starts": (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "'import socket; socket.socket()'], check=True)"
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_a_sealed_process_opens_no_socket(attempt):
    sealed = subprocess.run(
        [sys.executable, "-c", f"from vstk.sandbox import seal; seal()\n{attempt}"],
        capture_output=True,
        timeout=60,
    )

    assert sealed.returncode != 0


@pytest.mark.parametrize("attempt", [ATTEMPTS["a socket in Python"], ATTEMPTS["a library in C"]])
def test_a_process_that_is_not_sealed_does(attempt):
    assert subprocess.run([sys.executable, "-c", attempt], timeout=60).returncode == 0


def test_the_doctor_proves_it():
    done = subprocess.run(
        [sys.executable, "-m", "vstk", "doctor", "--prove-offline", "--policy", "nothing.yaml"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "There is no policy file" in done.stdout


BUILDERS = (
    "vstk.pipeline.calibrate:LogitReader",
    "vstk.pipeline.train:FeatureReader",
    "vstk.pipeline.evaluate:RawTextLabeller",
)


@pytest.mark.parametrize("builder", BUILDERS)
def test_whatever_reads_raw_text_is_closed_off_before_it_reads(builder):
    module, name = builder.split(":")
    asked = f"""
import socket
from {module} import {name}

class Opens:
    def extractor(self, **_):
        socket.socket()

{name}(Opens())()
"""
    closed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert "SocketRefused" in closed.stderr
