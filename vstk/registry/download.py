"""Run the programs that download: curl for single files, pip for Python packages.

vstk opens no connection itself. Both run as separate processes, with the mirror, proxy
and certificate settings of the machine. pip only transports: a wheel is downloaded,
opened as an archive and deleted; it is never installed or imported.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vstk.registry.manifest import HuggingFace, Manifest, Packages

CHUNK = 1 << 20
"""Bytes that are copied at a time."""

_HUGGING_FACE = "https://huggingface.co"


class SourceFailed(Exception):
    """One source did not deliver the model; the next one may."""


class MonotonicProgress:
    """Progress that never runs backwards, although a wheel is smaller than its content.

    Args:
        progress: called with the bytes that are here and the bytes that there will be.
        total: size of the model in bytes.
    """

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._shown = 0

    def __call__(self, bytes: int) -> None:
        """Report how many bytes are here."""
        self._shown = min(max(bytes, self._shown), self._total)
        if self._progress is not None:
            self._progress(self._shown, self._total)


def download_file(
    source: HuggingFace, manifest: Manifest, folder: Path, progress: MonotonicProgress
) -> Path:
    """Download one file of a Hugging Face repository with curl, continuing a partial one.

    Returns:
        The file, in `folder`; its hash is not checked here.

    Raises:
        SourceFailed: curl is missing, or reports an error.
    """
    curl = shutil.which("curl")
    if curl is None:
        raise SourceFailed("curl is not installed")
    endpoint = os.environ.get("HF_ENDPOINT", _HUGGING_FACE).rstrip("/")
    url = f"{endpoint}/{source.huggingface}/resolve/{source.revision}/{source.file}"
    file = folder / "file"
    if size_on_disk(file) >= manifest.bytes:
        return file
    command = [
        *(curl, "--silent", "--show-error", "--fail", "--location", "--proto", "=https"),
        *("--connect-timeout", "5", "--speed-limit", "1000", "--speed-time", "30"),
        *("--continue-at", "-", "--output", str(file), url),
    ]
    problem = _run(command, folder, lambda: progress(size_on_disk(file)))
    if "byte ranges" in problem or "resume" in problem:
        # Some proxies cannot continue a download: start again from the first byte.
        file.unlink(missing_ok=True)
        problem = _run(command, folder, lambda: progress(size_on_disk(file)))
    if problem:
        raise SourceFailed(problem)
    return file


@contextmanager
def downloaded_wheels(
    packages: Sequence[str], source: Packages, folder: Path, progress: Callable[[int], None]
) -> Iterator[list[zipfile.ZipFile]]:
    """Download packages with pip, lend their wheels as open archives, and delete them.

    pip's temporary files lie in `folder` too, so that a pull needs free space on one disk
    only and its progress can be measured. pip keeps no copy in its cache.

    Args:
        packages: `name==version` each; the archives come in the same order.
        source: says which Python version to ask for.
        folder: for the wheels and the log of pip.
        progress: called with the bytes that pip has downloaded so far.

    Raises:
        SourceFailed: pip reports an error, or a wheel is missing or damaged.
    """
    wheels = folder / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    command = [
        # -P: a file pip.py in the current folder must not be taken for pip.
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"),
        *("--disable-pip-version-check", "--no-cache-dir", "--retries", "2"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(wheels)),
        *(("--python-version", source.python) if source.python else ()),
        *packages,
    ]
    problem = _run(command, folder, lambda: progress(size_on_disk(wheels)), TMPDIR=str(wheels))
    if problem:
        raise SourceFailed(problem)
    found = {_normalised(path.name.partition("-")[0]): path for path in wheels.glob("*.whl")}
    with ExitStack() as stack:
        try:
            yield [
                stack.enter_context(zipfile.ZipFile(found[_normalised(package.partition("==")[0])]))
                for package in packages
            ]
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
            raise SourceFailed(f"{' or '.join(packages)} is not one complete wheel") from None
    shutil.rmtree(wheels, ignore_errors=True)


def size_on_disk(path: Path) -> int:
    """Bytes in a file, or in all files of a folder, while another process writes to it."""
    if path.is_file():
        return path.stat().st_size
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _normalised(name: str) -> str:
    """A package's name as packaging tools compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(
    command: list[str], folder: Path, while_running: Callable[[], None], **environment: str
) -> str:
    """Run a program to its end; returns its last error message, empty when it succeeded."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | environment,
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    while_running()
        finally:
            process.kill()
            process.wait()
    if process.returncode == 0:
        return ""
    lines = log.read_text(errors="replace").splitlines()
    if any("connection broken by" in line for line in lines):
        return "no connection to the package index"
    complaints = [line for line in lines if line.startswith(("ERROR: ", "curl: "))]
    return (complaints or ["it gave no reason"])[-1].removeprefix("ERROR: ").rstrip(". ")[:200]
