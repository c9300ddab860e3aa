"""Ages written beside a name that was found: "Wendell Tuttle, 66," and "Nolwenn (8)"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from vstk.anonymiser.finding import PiiFinding

_BESIDE = regex.compile(
    r" ?\((?P<v>1?\d?\d)\)|, ?(?P<v>[1-9]\d)(?= ?[,;)]|\.(?!\d)|$| and )"
    r"| (?:is|ist|was|turns|turned|wird|est|tiene|ha|tem|wordt)(?: now| only| erst)? (?P<v>1?\d?\d)(?= (?:and|und|et|y|e|en|but)\b|[,;.](?!\d)|$)"
)


def find_ages(text: str, findings: Iterable[PiiFinding]) -> Iterator[PiiFinding]:
    """Yield the numbers that stand beside a person's name as an age does."""
    for finding in findings:
        if finding.entity == "PERSON":
            age = _BESIDE.match(text, finding.end)
            if age and 0 < int(age["v"]) < 120:
                yield PiiFinding(*age.span("v"), "AGE", 0.7, "rule")
