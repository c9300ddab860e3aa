"""The privacy section of a policy: unit, bounds, budget, tables, segments."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import (
    Field,
    model_validator,
)

from vstk.policy.section import Exact, Section

Segment = Literal["team", "model", "language", "period"]
"""An attribute of conversations by which a table can be broken down."""


WeakestId = Literal["account", "api_key", "ip_hash"]
"""Kinds of ids that can count as a person, from the strongest to the weakest."""


class TableShare(Section):
    """One table to publish, and its share of the privacy budget."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$",
        description="The table to publish, as the question sheet names it.",
    )
    budget_share: int = Field(
        ge=1,
        le=1000,
        description="The table's share of the budget, relative to the shares of the other tables.",
    )
    by: Segment | None = Field(
        default=None,
        description="Publish the table once for each declared value of this segment.",
    )

    @property
    def label(self) -> str:
        """The name of this entry in plans and of its tables: `name`, or `name__by`."""
        return self.name if self.by is None else f"{self.name}__{self.by}"


class NewValues(Section):
    """Search for values outside the taxonomy, limited to the words of a public list."""

    lexicon: str = Field(
        description="The word list: `values` (included with vstk), or a text file with one "
        "lower-case word or phrase per line. Words that the taxonomy contains are ignored."
    )
    delta: Exact = Field(
        gt=0,
        lt=Decimal("0.0001"),
        description="Maximum probability of publishing a word used by only one person.",
    )


class Privacy(Section):
    """How much the published numbers may reveal about one unit."""

    unit: Literal["person", "conversation"] = Field(
        description="The unit of privacy: what the guarantee protects as a whole."
    )
    weakest_id: WeakestId = Field(
        default="account",
        description="The weakest kind of id that counts as a person: `account`, `api_key` (a key "
        "that several people share counts as one person) or `ip_hash` (a network address). "
        "Records with a weaker id are set aside one by one. It is stated here and not found in "
        "the log, because one record would otherwise change what a release promises. Not used "
        "with `unit: conversation`.",
    )
    case_sensitive_ids: bool = Field(
        default=False,
        description="Whether ids that differ in upper and lower case alone belong to different "
        "people.",
    )
    max_conversations_read: int = Field(
        ge=1, le=10_000, description="Maximum number of conversations labelled per unit."
    )
    max_conversations_counted: int = Field(
        ge=1,
        le=100,
        description="Contribution bound: the number of conversations that a unit counts for at "
        "most in a table.",
    )
    l2_clip: Exact = Field(
        gt=0,
        le=10,
        description="L2 clipping norm for tables in which a conversation can have several labels, "
        "as a multiple of the contribution bound.",
    )
    rho: Exact = Field(gt=0, le=100, description="zCDP privacy loss (rho) of one release.")
    rho_cap: Exact = Field(
        gt=0, le=1000, description="Maximum total rho of all releases of a dataset."
    )
    delta: Exact = Field(
        gt=0, lt=Decimal("0.001"), description="Delta at which epsilon is reported."
    )
    delta_cap: Exact | None = Field(
        default=None,
        gt=0,
        lt=Decimal("0.001"),
        description="Maximum sum of the deltas of `new_values` over all releases of a dataset. "
        "Default: the value of `delta`.",
    )
    approvers: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")], ...] = Field(
        default=(),
        description="Public keys (Ed25519, base64) of the people who may approve changes of a "
        "dataset's limits with `vstk ledger approve`. Those in the policy of the dataset's first "
        "release stand.",
    )
    period: Literal["month", "quarter", "year", "all"] = Field(
        description="Times are rounded down to this period before they are stored."
    )
    max_margin_points: Exact = Field(
        gt=0,
        le=100,
        description="Largest planned margin of error with which a table may be published: half "
        "the width of the 95 % interval of a share of 50 %, in percentage points.",
    )
    on_wide_table: Literal["stop", "omit"] = Field(
        default="stop",
        description="What to do if a table's planned margin exceeds `max_margin_points`: `stop` "
        "without a release, or `omit` the table and divide its budget among the others. The "
        "noised number of conversations decides, and only its privacy loss is spent if there is "
        "no release.",
    )
    tables: tuple[TableShare, ...] = Field(min_length=1, description="The tables to publish.")
    segments: dict[
        Segment,
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=1)
        ],
    ] = Field(
        default={},
        description="The values of each segment. Exactly these values are published, whether or "
        "not they occur in the log, because a list of the values found in a log would itself "
        "reveal information.",
    )

    new_values: NewValues | None = Field(
        default=None,
        description="Settings of the table `new_values`. Without this section, vstk does not "
        "search for values outside the taxonomy.",
    )

    @property
    def unit_key(self) -> str:
        """Short name of the unit of privacy, under which the ledger adds up losses."""
        return self.unit if self.unit == "conversation" else f"{self.unit}:{self.weakest_id}"

    @property
    def total_delta_cap(self) -> Decimal:
        """The most that the deltas of `new_values` may add up to."""
        return self.delta if self.delta_cap is None else self.delta_cap

    @property
    def accepted_ids(self) -> tuple[str, ...] | None:
        """The kinds of ids that count as a unit; `None` where every record does."""
        if self.unit == "conversation":
            return None
        kinds = get_args(WeakestId)
        return tuple(kinds[: kinds.index(self.weakest_id) + 1])

    @property
    def delta_in_all(self) -> Decimal:
        """Delta of a release: the delta of epsilon plus the delta of `new_values`."""
        return self.delta + (self.new_values.delta if self.new_values else 0)

    @model_validator(mode="after")
    def _is_consistent(self) -> Privacy:
        names = [table.label for table in self.tables]
        if len(set(names)) != len(names):
            raise ValueError("tables: a table is listed twice")
        if any(table.by is not None and table.by not in self.segments for table in self.tables):
            raise ValueError(
                "tables: `by` names a segment whose values are not declared in `segments`"
            )
        if ("new_values" in names) != (self.new_values is not None):
            raise ValueError(
                "the table `new_values` and the section `new_values` require each other"
            )
        if any(len(set(values)) != len(values) for values in self.segments.values()):
            raise ValueError("segments: a value is declared twice")
        if self.new_values is not None and self.new_values.delta > self.total_delta_cap:
            raise ValueError("new_values.delta is greater than delta_cap, or than delta")
        if self.rho > self.rho_cap:
            raise ValueError("rho is greater than rho_cap")
        return self
