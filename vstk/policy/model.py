"""The sections of a policy document, version 2, with the checks of each."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import (
    Field,
    model_validator,
)

from vstk.policy.privacy import Privacy
from vstk.policy.section import Exact, Section


class Examples(Section):
    """Texts that a pattern is tested on when the policy is loaded."""

    match: tuple[str, ...] = Field(
        min_length=1, description="Texts that the pattern must match completely."
    )
    no_match: tuple[str, ...] = Field(
        default=(), description="Texts in which the pattern must not match."
    )


class Recognizer(Section):
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


class Scrub(Section):
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


class Extract(Section):
    """Which model labels the conversations, and how much of each it reads."""

    model: str = Field(description="The model that labels conversations (manifest id).")
    sheet: str = Field(description="The question sheet, a file in `policies/sheets/`.")
    window: int = Field(
        ge=128,
        le=8192,
        description="How many tokens of a conversation the model reads. A larger window takes "
        "longer. The share of the text that was read is recorded.",
    )


class StoreRules(Section):
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


class Policy(Section):
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
