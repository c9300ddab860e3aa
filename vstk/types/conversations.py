"""What an audit holds before a release: conversations, labels, rejects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]

UnitKind = Literal["account", "api_key", "ip_hash", "file", "none"]
"""What identifies a person in a log, strongest first. `none`: nothing does."""

Facet = str
"""Key of what a label is about: a facet of the question sheet, a leaf below one, or a new value.
Which there are is data; extraction and store refuse any other at run time."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Source:
    """Where a record stands. Shown on the operator's screen, never stored."""

    file: str
    line: int
    """1-based line; for formats that are one document, the 1-based item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message by one side."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One exchange as the log holds it. Raw personal data: never written."""

    source: Source
    id: str
    """The log's own id, or one derived from the content when it has none."""

    user: str | None
    """The log's own id of the person; `None` where it carries none."""

    unit_kind: UnitKind
    started_at: datetime | None
    turns: tuple[Turn, ...]
    model: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubbedConversation:
    """A conversation after the scrub: still personal data, never written."""

    source: Source
    key: str
    """Keyed hash of the conversation's id: 32 hex digits."""

    unit_id: str
    """Keyed hash of the person's id: 32 hex digits."""

    language: str
    """ISO 639-1 code found offline, e.g. `en`."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One label with how sure the model is of it."""

    facet: Facet
    label: str
    """A key of the question sheet or of the taxonomy; nothing else exists."""

    probability: float
    """0..1, calibrated where the model has a calibration."""

    chosen: bool
    """Whether it passed its threshold, and so is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What the model read out of one conversation: closed labels only."""

    key: str
    unit_id: str
    answers: tuple[Answer, ...]
    seen_share: float
    """Share of the conversation's tokens that the window held, 0..1."""

    tokens: int
    """Tokens evaluated for this conversation."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Observation:
    """One label of one conversation, in words agreed on beforehand.

    Nothing here was written by a log or a model: two observations differ in
    nothing that an outsider could not have written down before the audit.
    """

    unit_id: str
    conversation: str
    """Keyed hash of the conversation."""

    facet: Facet
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledConversation:
    """A conversation as the release sees it: keys and labels."""

    unit_id: str
    key: str
    labels: Mapping[Facet, tuple[str, ...]]
    """Chosen labels by facet. A facet that is absent has no label."""

    period: str | None = None
    """The start time rounded to the policy's period, e.g. `2026-Q3`."""

    segments: Mapping[str, str] = field(default_factory=dict)
    """Declared segment -> declared value or `other`."""


RejectStep = Literal["read", "scrub", "extract"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Reject:
    """A record that could not be used: counted, passed over, never quoted."""

    source: Source
    step: RejectStep
    reason: str
    """A reason code such as `not-json`: closed vocabulary, no content."""


OnReject = Callable[[Reject], None]
