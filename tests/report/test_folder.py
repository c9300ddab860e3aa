"""A report appears whole, or not at all, and never over something else."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.words import write_report
from vstk.errors import OutputUnwritable
from vstk.pipeline import release as release_
from vstk.report import check, to_json
from vstk.types import Release


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_folder_holds_the_page_the_document_and_the_tables(
    release: Release, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "report"

    files = write_report(release, out)

    assert files[0] == out / "report.html"
    assert all(path.is_file() for path in files)
    assert sorted(path.name for path in out.iterdir()) == [
        "release.json",
        "report.html",
        "tables",
        "values_frequencies.csv",
        "values_tree.csv",
    ]
    assert len(list((out / "tables").iterdir())) == len(release.tables)
    assert os.listdir(out.parent) == ["report"]


def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    one = write_report(release, tmp_path / "one")
    two = write_report(release, tmp_path / "two")

    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_an_empty_folder_is_filled(release: Release, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    write_report(release, tmp_path / "out")

    assert (tmp_path / "out" / "report.html").is_file()


def test_the_working_directory_itself_can_be_filled(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    files = write_report(release, Path())

    assert all(path.is_file() for path in files)
    assert os.listdir(tmp_path) == ["here"]


def test_a_folder_that_cannot_be_moved_is_filled_from_inside(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mounted"
    out.mkdir()

    def busy(self: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "rename", busy)

    write_report(release, out)

    assert sorted(path.name for path in out.iterdir())[:2] == ["release.json", "report.html"]
    assert not [name for name in everything(tmp_path) if "/." in f"/{name}"]


def test_the_same_report_may_be_rendered_again(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_report(release, out)
    before = everything(tmp_path)
    (out / "report.html").write_text("an older rendering")

    write_report(release, out)

    assert everything(tmp_path) == before
    assert "an older rendering" not in (out / "report.html").read_text()


def test_a_release_of_an_earlier_version_keeps_its_bytes_when_it_is_rendered_again(
    release: Release, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    document = json.loads(to_json(release))
    for table in document["tables"]:
        for row in table["rows"]:
            del row["found_low"], row["found_high"]
    out.mkdir()
    earlier = json.dumps(document, indent=2, ensure_ascii=False).encode()
    (out / "release.json").write_bytes(earlier)

    release_.render(out / "release.json", out)

    assert (out / "release.json").read_bytes() == earlier
    assert (out / "report.html").is_file()


def test_another_release_is_never_overwritten(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_report(release, out)
    before = (out / "release.json").read_bytes()

    with pytest.raises(OutputUnwritable, match="already holds another report") as refusal:
        write_report(replace(release, period="2026-Q4"), out)

    assert (out / "release.json").read_bytes() == before
    assert "Fix: " in str(refusal.value)


@pytest.mark.parametrize("other", ["notes.txt", ".hidden", "tables/mine.csv"])
def test_a_folder_with_other_files_is_left_alone(
    release: Release, tmp_path: Path, other: str
) -> None:
    out = tmp_path / "out"
    write_report(release, out)
    (out / other).write_text("mine")
    before = everything(tmp_path)

    with pytest.raises(OutputUnwritable, match="other files"):
        write_report(release, out)

    assert everything(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_left_alone(release: Release, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(OutputUnwritable, match="is a file"):
        write_report(release, tmp_path / "out")

    assert (tmp_path / "out").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named_with_a_fix(release: Release) -> None:
    with pytest.raises(OutputUnwritable, match="cannot be written") as refusal:
        write_report(release, Path("/proc/vstk-report"))

    assert refusal.value.exit_code == 3
    assert "--out" in refusal.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_and_left_empty(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    tmp_path.chmod(0o500)

    try:
        with pytest.raises(OutputUnwritable):
            write_report(release, out)
        assert os.listdir(out) == []
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("fails_at", [1, 2, 6])
def test_a_disk_that_fills_up_midway_leaves_nothing(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    written = 0
    honest = os.fsync

    def full(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written >= fails_at:
            raise OSError(28, "No space left on device")
        honest(descriptor)

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OutputUnwritable, match="No space left"):
        write_report(release, tmp_path / "out")

    assert everything(tmp_path) == []


def test_a_place_for_a_report_passes_the_check_and_is_left_as_it_was(
    release: Release, tmp_path: Path
) -> None:
    write_report(release, tmp_path / "earlier")
    (tmp_path / "empty").mkdir()
    before = everything(tmp_path)

    for out in ("earlier", "empty", "absent", "absent/deeper"):
        check(tmp_path / out)

    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("file", "is a file"),
        ("file/below", "cannot be"),
        ("notes", "already holds something else"),
        ("mixed", "holds other files"),
        ("/proc/vstk-report", "cannot be written"),
    ],
)
def test_a_place_that_would_be_refused_later_is_refused_by_the_check(
    release: Release, tmp_path: Path, out: str, says: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.txt").write_text("mine")
    write_report(release, tmp_path / "mixed")
    (tmp_path / "mixed" / "notes.txt").write_text("mine")

    with pytest.raises(OutputUnwritable, match=says):
        check(tmp_path / out)
