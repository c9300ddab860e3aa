"""What may be written to the store: hashes, keys and declared names, never text of a log.

Every field is checked before it is written. A refusal does not repeat the value, which
may be words of a log.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import get_args

from vstk.types import Extraction, Facet, RejectStep

_HASH = re.compile(r"[0-9a-f]{32}")
_FACET = re.compile(r"[a-z][a-z_]{0,31}")
_LABEL = re.compile(r"[a-z0-9]+(?:[-_/][a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
"""Of a segment or a setting."""

_SEGMENT_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,63}")
_PERIOD = re.compile(r"all|\d{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]|W[0-5]\d))?")
_REASON = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SETTING_VALUE = re.compile(r"[A-Za-z0-9_.:/+=-]{0,200}")


class ClosedVocabulary:
    """The labels and segment values that a conversation may have.

    Args:
        labels: every label of each facet; without it a label only has to look like a key.
        segments: every declared segment with its values, besides `other`; without it a
            value only has to be one plain word.
    """

    def __init__(
        self,
        labels: Mapping[Facet, Collection[str]] | None = None,
        segments: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._labels = None if labels is None else {k: frozenset(v) for k, v in labels.items()}
        self._segments = None if segments is None else {k: set(v) for k, v in segments.items()}

    def check(
        self, extraction: Extraction, period: str | None, segments: Mapping[str, str]
    ) -> None:
        """Refuse a conversation with anything outside the vocabulary.

        Raises:
            ValueError: a field is not of its form, or a value is not declared.
        """
        require(_HASH.fullmatch(extraction.key), "key is not a keyed hash")
        require(_HASH.fullmatch(extraction.unit_id), "unit_id is not a keyed hash")
        require(period is None or _PERIOD.fullmatch(period), "period is not a period")
        for answer in extraction.answers:
            if not answer.chosen:
                continue
            require(_FACET.fullmatch(answer.facet), "a facet is not a key")
            require(_LABEL.fullmatch(answer.label), "a label is not a key")
            if self._labels is not None:
                require(
                    answer.label in self._labels.get(answer.facet, ()),
                    "a label is not in its facet's vocabulary",
                )
        for name, value in segments.items():
            require(_NAME.fullmatch(name), "a segment is not a name")
            if self._segments is None:
                require(_SEGMENT_VALUE.fullmatch(value), "a segment's value is not a word")
                continue
            require(name in self._segments, "a segment is not declared")
            require(
                value == "other" or value in self._segments[name],
                "a segment's value is not declared",
            )


def check_reject(key: str, step: RejectStep, reason: str, unit_id: str | None) -> None:
    """Refuse a rejected conversation whose fields are not hashes and codes.

    Raises:
        ValueError: a field is not of its form.
    """
    require(_HASH.fullmatch(key), "key is not a keyed hash")
    require(unit_id is None or _HASH.fullmatch(unit_id), "unit_id is not a keyed hash")
    require(step in get_args(RejectStep), "a step does not exist")
    require(len(reason) <= 40 and _REASON.fullmatch(reason), "a reason is not a code")


def check_settings(settings: Mapping[str, str]) -> None:
    """Refuse settings that are not short names with hashes or versions.

    Raises:
        ValueError: a name or a value is not of its form.
    """
    for name, value in settings.items():
        require(
            _NAME.fullmatch(name) and _SETTING_VALUE.fullmatch(value),
            "a setting is not a short name with a hash or a version",
        )


def require(holds: object, problem: str) -> None:
    """Raise a ValueError that does not repeat the value, which may be a log's own words."""
    if not holds:
        raise ValueError(problem)
