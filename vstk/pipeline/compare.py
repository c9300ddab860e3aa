"""Compare two releases, or two tables of one release. Spends no privacy budget."""

from __future__ import annotations

from pathlib import Path

from vstk import release as releases
from vstk import report
from vstk.errors import OutputUnwritable
from vstk.files import write_atomic
from vstk.pipeline.release import read_release
from vstk.pipeline.report_words import words_of
from vstk.types import Comparison, Release


def compare(
    before: Path, after: Path, out: Path | None, *, across_instruments: bool = False
) -> Comparison:
    """Compare two releases row by row; writes `comparison.html`, `.json` and `.csv` into `out`.

    Spends nothing: it is arithmetic on published numbers.

    Raises:
        PolicyInvalid: different instruments made them, and that was not allowed.
    """
    one, other = read_release(before), read_release(after)
    found = releases.compare(one, other, across_instruments=across_instruments)
    if out is None:
        return found
    both = None
    if one.manifest.get("ledger_entry") != other.manifest.get("ledger_entry"):
        rho, epsilon, delta = releases.combined(one.guarantee, other.guarantee)
        both = (f"{rho:f}", epsilon, f"{delta:f}")
    names = [f"{release.dataset}, {release.period}" for release in (one, other)]
    if names[0] == names[1]:
        names = [f"{name} ({word})" for name, word in zip(names, ("before", "after"), strict=True)]
    _write(found, (names[0], one), (names[1], other), out, both=both)
    return found


def between(release_json: Path, one: str, other: str, out: Path) -> Comparison:
    """Compare two tables of one release, such as those of two teams, by their names.

    Raises:
        InputUnreadable: either is not in the release, or they share no row.
    """
    release = read_release(release_json)
    found = releases.between(release, one, other)
    titles = {table.name: table.title for table in release.tables}
    _write(found, (titles[one], release), (titles[other], release), out, both=None)
    return found


def _write(
    found: Comparison,
    before: tuple[str, Release],
    after: tuple[str, Release],
    out: Path,
    *,
    both: tuple[str, float, str] | None,
) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(
            f"'{out}' cannot be made ({error.strerror}).",
            remedy="give `--out` a folder that you may write to.",
        ) from None
    files = report.compared(found, before, after, both=both, words=words_of(after[1]))
    for name, text in files.items():
        write_atomic(out / name, text)
