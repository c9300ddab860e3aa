"""Whole files: complete under their name or not there, whatever happens while they are written."""

from __future__ import annotations

import csv
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vstk import files
from vstk.errors import OutputUnwritable

INTERRUPTIONS = [
    (OSError(28, "No space left on device"), OutputUnwritable),
    (KeyboardInterrupt(), KeyboardInterrupt),
]


def half_then(error: BaseException) -> Callable[[Callable[[str], object]], None]:
    def fill(write: Callable[[str], object]) -> None:
        write("half")
        raise error

    return fill


@pytest.mark.parametrize("content", ["text: \ud83d", b"text: ?"])
def test_a_file_is_replaced_whole_and_is_for_its_owner_alone(
    tmp_path: Path, content: str | bytes
) -> None:
    path = tmp_path / "file"
    path.write_text("a longer text that stood here before")

    files.write_atomic(path, content)

    assert path.read_bytes() == b"text: ?"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["file"]


def test_a_shared_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.write_atomic(tmp_path / "file", "text", mode=files.SHARED)
    finally:
        os.umask(before)

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("error", "raised"), INTERRUPTIONS)
def test_an_interrupted_write_keeps_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException, raised: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with pytest.raises(raised):
        files.stream_atomic(path, half_then(error))

    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_process_killed_while_writing_leaves_no_partial_file(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from vstk import files

def fill(write):
    write("half" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)

files.stream_atomic(Path(sys.argv[1]), fill)
"""

    for before in (None, "old"):
        path = tmp_path / f"file-{before}"
        if before is not None:
            path.write_text(before)
        done = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60)

        assert done.returncode == -signal.SIGKILL
        assert (path.read_text() if path.exists() else None) == before


def test_a_folder_that_is_missing_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="cannot be written"):
        files.write_atomic(tmp_path / "absent" / "file", "text")


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "key"
    files.write_new_private(path, b"first")

    with pytest.raises(FileExistsError):
        files.write_new_private(path, b"second")

    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["key"]


def test_of_two_processes_that_create_a_file_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"

    def create_too_late() -> None:
        with files.creating(path) as file:
            file.write(b"second")
            path.write_bytes(b"first")

    with pytest.raises(FileExistsError):
        create_too_late()

    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links_serves_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def refuse(*_: object) -> None:
        if taken:
            path.write_bytes(b"first")
        raise OSError(errno.EPERM, "Operation not permitted")

    path = tmp_path / "key"
    monkeypatch.setattr(os, "link", refuse)

    if taken:
        with pytest.raises(FileExistsError):
            files.write_new_private(path, b"second")
    else:
        files.write_new_private(path, b"first")

    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["key"]


def test_a_table_is_for_its_owner_alone_and_reads_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = [(1, 'two\nlines, "quoted"'), (2, "half a pair: \ud83d")]

    files.write_csv_new(path, ("row", "text"), rows)

    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "text"],
            ["1", 'two\nlines, "quoted"'],
            ["2", "half a pair: ?"],
        ]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reviewers_work_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("work")

    with pytest.raises(OutputUnwritable, match="exists already"):
        files.write_csv_new(path, ("row",), [])

    assert path.read_text() == "work"


@pytest.mark.parametrize(("error", "raised"), INTERRUPTIONS)
def test_a_table_that_was_not_finished_is_not_there(
    tmp_path: Path, error: BaseException, raised: type[BaseException]
) -> None:
    def rows() -> Iterator[tuple[int, str]]:
        yield 1, "a text"
        raise error

    with pytest.raises(raised):
        files.write_csv_new(tmp_path / "sheet.csv", ("row", "text"), rows())

    assert list(tmp_path.iterdir()) == []
