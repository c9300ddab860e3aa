"""What is published: tables of noised numbers, a release, a comparison of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vstk.errors import FrameUnavailable

if TYPE_CHECKING:
    import pandas

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

    def records(self) -> list[dict[str, Any]]:
        """Every row as a dictionary: `table`, then the fields of `Row`."""
        return [{"table": self.name} | asdict(row) for row in self.rows]

    def to_frame(self) -> pandas.DataFrame:
        """The records as a pandas DataFrame.

        Raises:
            FrameUnavailable: pandas is not installed.
        """
        return _frame(self.records())


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

    def table(self, name: str) -> Table:
        """The table of this name.

        Raises:
            KeyError: there is none; the message names those that there are.
        """
        found = {table.name: table for table in self.tables}
        if name not in found:
            raise KeyError(f"no table '{name}'; there are: {', '.join(found)}")
        return found[name]

    def records(self) -> list[dict[str, Any]]:
        """The records of all tables, in the order of the release."""
        return [record for table in self.tables for record in table.records()]

    def to_frame(self) -> pandas.DataFrame:
        """The records of all tables as a pandas DataFrame.

        Raises:
            FrameUnavailable: pandas is not installed.
        """
        return _frame(self.records())


def _frame(records: list[dict[str, Any]]) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError:
        raise FrameUnavailable from None
    return pandas.DataFrame.from_records(records)
