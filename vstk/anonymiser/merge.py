"""From what many recognisers say to spans that do not overlap."""

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
    """Findings in order, none overlapping: where two do, both are covered.

    The surer one gives the kind. Nothing of a placeholder that we issued is
    covered again; what merely looks like one is.
    """
    ours = (
        [match.span() for match in PLACEHOLDER.finditer(text) if match.group() in issued]
        if issued
        else []
    )
    result: list[PiiFinding] = []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        finding = _trim(finding, text)
        if finding.end <= finding.start:
            continue
        if ours:
            after = bisect_right(ours, finding.start, key=itemgetter(1))
            if after < len(ours) and ours[after][0] < finding.end:
                continue
        if result and finding.start < result[-1].end:
            last = result.pop()
            surer = max(last, finding, key=lambda f: (f.score, f.end - f.start))
            finding = PiiFinding(
                last.start, max(last.end, finding.end), surer.entity, surer.score, surer.layer
            )
        result.append(finding)
    return result


def _trim(finding: PiiFinding, text: str) -> PiiFinding:
    """Names without the marks around them; other findings as they are."""
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
