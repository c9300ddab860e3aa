"""The nouns that cross from room to room, in flow order.

    Conversation -> ScrubbedConversation -> Extraction -> Observation -> Release

Only the first two hold text, and neither is ever written to disk. Everything
here is a frozen dataclass of the standard library: no room needs another room
to speak to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

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


LabelError = Literal["corrected", "in_interval", "not_known"]
"""What a table's intervals make of the labeller's errors."""


class RowKey(NamedTuple):
    """One cell of a published table: its key, and its name for people."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published number with its interval."""

    key: str
    title: str
    count: float
    """Noised mass, in people-conversations (may be negative: noise)."""

    share: float
    """count / the table's noised denominator, unclipped."""

    low: float
    high: float
    """95 % interval for the share, 0..1: noise, sampling and, unless the table
    says that it is not known, label error. That of `corrected` where there is one."""

    found_low: float | None = None
    found_high: float | None = None
    """95 % interval for the share that the labeller would find: noise and sampling alone."""

    corrected: float | None = None
    """The share after correction for label error, where that is known well."""

    residual: float | None = None
    """In a cross table: how far the pair is from independence, in standard
    deviations that include the noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one unit may add to a table."""

    weight: int
    """A unit counts for at most this many conversations."""

    l2: float
    """Greatest change of the table's vector by one unit, in conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One published vector: every key of it, zeros included."""

    name: str
    title: str
    level: str
    """What a row is: `domain`, `category`, `label`, `group`, ..."""

    estimand: str
    """In one sentence, what a share is a share of."""

    denominator: float
    """Noised number of conversations the shares refer to."""

    bounds: Bounds
    mechanism: str
    scale: float
    """Standard deviation of the noise on `count`."""

    rho: str
    """zCDP privacy loss of this table, as exact decimal text."""

    rows: tuple[Row, ...]
    label_error: LabelError = "not_known"
    """`corrected`: rows have a corrected share, and its interval. `in_interval`:
    intervals reach as far as the labeller's measured errors may have led.
    `not_known`: intervals are for the share that the labeller would find."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """The promise of a release."""

    unit: str
    """`person (account id)`, `conversation`, ...: who is protected as a whole."""

    epsilon: float
    delta: str
    rho: str
    neighbouring: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often the labeller was right about one label, in labelled conversations.

    Counts may be fractions where they are means over annotators.
    """

    true_positives: float
    false_negatives: float
    false_positives: float
    true_negatives: float

    def __post_init__(self) -> None:
        if min(getattr(self, name) for name in self.__dataclass_fields__) < 0:
            raise ValueError("the counts of a confusion cannot be negative")

    @property
    def sensitivity(self) -> float | None:
        """Share of conversations with the label in which it is found; `None` without any."""
        positives = self.true_positives + self.false_negatives
        return self.true_positives / positives if positives else None

    @property
    def specificity(self) -> float | None:
        """Share of conversations without the label in which it is not found."""
        negatives = self.true_negatives + self.false_positives
        return self.true_negatives / negatives if negatives else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well the labeller did on labelled conversations, per feature."""

    source: str
    """Which labelled conversations, and who labelled them."""

    conversations: int
    features: Mapping[str, Mapping[str, float]]
    annotators: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One topic of the explain sheet."""

    topic: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a report may say of a release, and what it never says."""

    may: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row in both of two releases."""

    table: str
    table_title: str
    level: str
    key: str
    title: str
    before: float
    after: float
    change: float
    """after - before, as shares 0..1."""

    low: float
    high: float
    """95 % interval of the change, for this row alone."""

    p_value: float
    changed: bool
    """Whether it is different at 5 % over all rows compared (Holm)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two releases, row by row."""

    differences: tuple[Difference, ...]
    instruments: tuple[str, ...]
    """Manifest entries that are not the same; empty for one instrument."""

    only_in_one: tuple[str, ...]
    """Tables and rows that cannot be compared."""

    rule: str = "Holm's step-down over all rows compared, 5 %."


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The noised numbers with their promise: what may leave the machine."""

    schema: str
    dataset: str
    period: str
    guarantee: Guarantee
    manifest: Mapping[str, str]
    """What made the numbers: ids and hashes, all configured or constant."""

    tables: tuple[Table, ...]
    quality: Quality | None
    not_published: tuple[str, ...]
    explanation: tuple[Statement, ...] = ()
    """The explain sheet, in the order of NIST SP 800-226."""

    claims: Claims = Claims()
