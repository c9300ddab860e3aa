"""Tables that people fill in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from vstk import handout
from vstk.errors import OutputUnwritable


def test_a_table_is_for_its_owner_alone_and_reads_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"

    handout.write(path, ("row", "text"), [(1, 'two\nlines, "quoted"'), (2, "half a pair: \ud83d")])

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["row", "text"], ["1", 'two\nlines, "quoted"'], ["2", "half a pair: ?"]]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reviewers_work_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("work")

    with pytest.raises(OutputUnwritable, match="there already"):
        handout.write(path, ("row",), [])

    assert path.read_text() == "work"


@pytest.mark.parametrize(
    ("met", "raised"),
    [
        (OSError(28, "No space left on device"), OutputUnwritable),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_table_that_was_not_finished_is_not_there(
    tmp_path: Path, met: BaseException, raised: type[BaseException]
) -> None:
    def rows() -> Iterator[tuple[int, str]]:
        yield 1, "a text"
        raise met

    with pytest.raises(raised):
        handout.write(tmp_path / "sheet.csv", ("row", "text"), rows())

    assert list(tmp_path.iterdir()) == []
