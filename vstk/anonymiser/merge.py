"""Merge the findings of all recognizers into spans that do not overlap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable
from operator import itemgetter

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.placeholders import PLACEHOLDER

_EDGE = " \t\r\n.,;:!?\"'“”‘’()[]{}<>*_`|#-–—/\\"
_TRIMMED_ENTITIES = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"})


def merge_findings(
    findings: Iterable[PiiFinding], text: str, issued: Container[str] = ()
) -> list[PiiFinding]:
    """Return non-overlapping findings in order of position.

    Overlapping findings become one that covers both and takes its entity from the one
    with the higher score. Findings that touch a placeholder in `issued` are dropped.
    """
    issued_spans = (
        [match.span() for match in PLACEHOLDER.finditer(text) if match.group() in issued]
        if issued
        else []
    )
    merged: list[PiiFinding] = []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        finding = _trim(finding, text)
        if finding.end <= finding.start:
            continue
        if issued_spans:
            following = bisect_right(issued_spans, finding.start, key=itemgetter(1))
            if following < len(issued_spans) and issued_spans[following][0] < finding.end:
                continue
        if merged and finding.start < merged[-1].end:
            last = merged.pop()
            likelier = max(last, finding, key=lambda f: (f.score, f.end - f.start))
            finding = PiiFinding(
                last.start,
                max(last.end, finding.end),
                likelier.entity,
                likelier.score,
                likelier.layer,
            )
        merged.append(finding)
    return merged


def _trim(finding: PiiFinding, text: str) -> PiiFinding:
    """Remove punctuation around names and dates; leave other findings unchanged."""
    if finding.entity not in _TRIMMED_ENTITIES:
        return finding
    value = text[finding.start : finding.end]
    start = finding.start + len(value) - len(value.lstrip(_EDGE))
    end = finding.end - (len(value) - len(value.rstrip(_EDGE)))
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    if (start, end) == (finding.start, finding.end):
        return finding
    return PiiFinding(start, end, finding.entity, finding.score, finding.layer)
