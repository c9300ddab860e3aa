"""Releases after an audit: release again from stored labels, read or render a release."""

from __future__ import annotations

from pathlib import Path

from vstk import report
from vstk.anonymiser import load_key
from vstk.errors import InputUnreadable
from vstk.pipeline.instrument import instrument
from vstk.pipeline.publish import AuditResult, publish
from vstk.pipeline.report_words import words_of
from vstk.pipeline.request import Places, Request
from vstk.policy import Policy
from vstk.types import Release


def release_again(
    request: Request,
    policy: Policy,
    places: Places,
    out: Path,
    *,
    model: str | None = None,
) -> AuditResult:
    """Release from the labels that an earlier audit stored in the work folder.

    Raises:
        OutputUnwritable: `out` cannot be written. Nothing was spent.
    """
    report.check(out)
    measured = instrument(policy, load_key(places.key), model=model)
    return publish(request, measured, places, out)


def render(release_json: Path, out: Path) -> list[Path]:
    """Write the report of a `release.json` again."""
    text = _text(release_json)
    release = report.from_json(text)
    return report.write(release, out, words=words_of(release), document=text)


def read_release(path: Path) -> Release:
    """Read a `release.json`.

    Raises:
        InputUnreadable: it cannot be read, or is not a release of a known schema.
    """
    return report.from_json(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputUnreadable(
            f"'{path}' cannot be read.",
            remedy="give the release.json that an audit wrote.",
        ) from None
