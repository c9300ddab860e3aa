"""The sections of a policy document, version 2, with the checks of each."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

Segment = Literal["team", "model", "language", "period"]
"""An attribute of conversations by which a table can be broken down."""


WeakestId = Literal["account", "api_key", "ip_hash"]
"""Kinds of ids that can count as a person, from the strongest to the weakest."""


class _Section(BaseModel):
    """A frozen section; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_not_boolean(cls, value: Any, info: ValidationInfo) -> Any:
        # YAML reads `yes` as a boolean, which would otherwise be accepted as the number 1.
        expected = cls.model_fields[info.field_name].annotation if info.field_name else None
        if isinstance(value, bool) and expected is not bool:
            raise ValueError("must be a number or text, not a boolean")
        return value


def _exact(value: Any) -> Any:
    """Convert the text of a number to a decimal, so that 0.1 is exactly one tenth."""
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ValueError("must be a number") from None
        if not number.is_finite():
            raise ValueError("must be a finite number")
        return number
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact)]


class Examples(_Section):
    """Texts that a pattern is tested on when the policy is loaded."""

    match: tuple[str, ...] = Field(
        min_length=1, description="Texts that the pattern must match completely."
    )
    no_match: tuple[str, ...] = Field(
        default=(), description="Texts in which the pattern must not match."
    )


class Recognizer(_Section):
    """A pattern for one kind of identifier that is specific to an organisation."""

    entity: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]{1,39}$",
        description="Name of the entity, for example `TICKET_ID`. Matches are replaced by "
        "placeholders with this name.",
    )
    pattern: str = Field(min_length=1, max_length=500, description="Regular expression.")
    context: tuple[str, ...] = Field(
        default=(), description="Words near a match that increase its score."
    )
    score: Exact = Field(
        default=Decimal("0.6"), ge=0, le=1, description="Confidence of a match, from 0 to 1."
    )
    examples: Examples = Field(
        description="Texts that the pattern is tested on when the policy is loaded."
    )


class Scrub(_Section):
    """How personal data is removed before the model reads a conversation."""

    languages: tuple[str, ...] = Field(
        min_length=1,
        description="Accepted languages, as ISO 639-1 codes. Conversations in other languages are "
        "set aside, because personal data cannot be removed from them reliably.",
    )
    ner_models: dict[str, str] = Field(
        default_factory=dict,
        description="The spaCy model (manifest id) that finds names in each accepted language. In "
        "a language without a model, only rules and word lists find names, and many are missed.",
    )
    pii_model: str | None = Field(
        default=None,
        description="The PII model (manifest id), a small network that finds names, addresses and "
        "numbers that the other recognizers miss. Without it, almost twice as many stay readable.",
    )
    profile: Literal["balanced", "strict"] = Field(
        description="How much is masked. `strict` masks every entity, including places, "
        "organisations and dates."
    )
    timeout_seconds: int = Field(
        ge=1,
        le=600,
        description="Time limit for one conversation, in seconds. Conversations that take longer "
        "are set aside.",
    )
    recognizers: tuple[Recognizer, ...] = Field(
        default=(),
        description="Patterns for identifiers of your organisation, in addition to the built-in "
        "recognizers.",
    )
    keep: tuple[str, ...] = Field(
        default=(),
        max_length=1000,
        description="Names of products and companies that stay readable, such as those of your "
        "organisation, in any letter case. Only a name that is found alone is kept: in an e-mail "
        "address or beside a person's name it is masked with the rest.",
    )

    @model_validator(mode="after")
    def _models_are_for_accepted_languages(self) -> Scrub:
        for language in self.ner_models:
            if language not in self.languages:
                raise ValueError(f"ner_models: `{language}` is not among the accepted languages")
        return self


class Extract(_Section):
    """Which model labels the conversations, and how much of each it reads."""

    model: str = Field(description="The model that labels conversations (manifest id).")
    sheet: str = Field(description="The question sheet, a file in `policies/sheets/`.")
    window: int = Field(
        ge=128,
        le=8192,
        description="How many tokens of a conversation the model reads. A larger window takes "
        "longer. The share of the text that was read is recorded.",
    )


class TableShare(_Section):
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


class NewValues(_Section):
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


class Privacy(_Section):
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


class StoreRules(_Section):
    """How labels are kept in the work folder."""

    encryption: Literal["required", "none"] = Field(
        default="none",
        description="Whether labels must be encrypted on disk. `required` needs "
        "`pip install 'vstk[encryption]'` and a key. `vstk doctor` names policies with `none`.",
    )
    keep_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="How many days labels may be kept. `vstk doctor` fails when older labels "
        "exist; `vstk purge --older-than` deletes them. Without this key there is no limit.",
    )


class Policy(_Section):
    """A whole policy document."""

    vstk_policy: Literal[2] = Field(description="Version of the policy format.")
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="Short name, recorded in every release.",
    )
    purpose: str = Field(min_length=10, description="What the audit is for, in plain language.")
    scrub: Scrub
    extract: Extract
    taxonomy: str = Field(description="A folder in `policies/taxonomies/`, or a path.")
    privacy: Privacy
    store: StoreRules = Field(default=StoreRules(), description="How labels are kept.")
    hash: str = Field(
        default="", exclude=True, description="SHA-256 of the document's bytes, in hexadecimal."
    )
    notes: tuple[str, ...] = Field(
        default=(), exclude=True, description="What was converted from version 1, key by key."
    )

    @property
    def model_ids(self) -> tuple[str, ...]:
        """Manifest ids of all weights that this policy needs, the largest last."""
        pii_model = (self.scrub.pii_model,) if self.scrub.pii_model else ()
        return (*self.scrub.ner_models.values(), *pii_model, self.extract.model)
