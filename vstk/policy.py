"""A policy: what may be done, as a document that somebody signs.

Read strictly: an unknown key, a repeated key, a number that is not exact, or a
missing privacy parameter is an error. No privacy parameter has a default here,
because one that nobody wrote down is one that nobody decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from vstk.errors import PolicyInvalid
from vstk.paths import documents

Segment = Literal["team", "model", "language", "period"]
"""What a table can be published by."""


class _Section(BaseModel):
    """Frozen, and a misspelt key is an error rather than a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: Any) -> Any:
        """`yes` is a truth in YAML, and would pass for the number 1."""
        if isinstance(value, bool):
            raise ValueError("must be a number or a word, and is yes or no")
        return value


def _exact(value: Any) -> Any:
    """A number from its text, so that 0.1 is a tenth."""
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
    """Texts that a pattern is tested on when a policy is read."""

    match: tuple[str, ...] = Field(min_length=1, description="Must be found, whole.")
    no_match: tuple[str, ...] = Field(default=(), description="Must not be found.")


class Recognizer(_Section):
    """One kind of identifier of the organisation's own, as a pattern."""

    entity: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="What it is called, e.g. `TICKET_ID`."
    )
    pattern: str = Field(min_length=1, max_length=500, description="Regular expression.")
    context: tuple[str, ...] = Field(default=(), description="Words that make a finding likely.")
    score: Exact = Field(
        default=Decimal("0.6"), ge=0, le=1, description="How sure a finding is, 0..1."
    )
    examples: Examples = Field(description="What the pattern must and must not match.")


class Scrub(_Section):
    """How personal data is removed before the model reads."""

    languages: tuple[str, ...] = Field(
        min_length=1,
        description="Accepted languages (ISO 639-1). A conversation in another is "
        "set aside: what the scrub cannot read, it cannot make safe.",
    )
    ner_models: dict[str, str] = Field(
        default_factory=dict,
        description="Manifest ids of the spaCy pipelines that find names, by accepted language. In "
        "a language without one, names are found by rules and a list alone: many are missed.",
    )
    profile: Literal["balanced", "strict"] = Field(
        description="`strict` masks every entity, places and organisations included."
    )
    timeout_seconds: int = Field(
        ge=1, le=600, description="Time limit for one conversation; what takes longer is set aside."
    )
    recognizers: tuple[Recognizer, ...] = Field(
        default=(),
        description="Patterns of the organisation's own, beside those that come with vstk.",
    )

    @model_validator(mode="after")
    def _reads_what_it_accepts(self) -> Scrub:
        for language in self.ner_models:
            if language not in self.languages:
                raise ValueError(f"ner_models: `{language}` is not among the accepted languages")
        return self


class Extract(_Section):
    """Which model reads, and how much of a conversation."""

    model: str = Field(description="Manifest id of the weights.")
    sheet: str = Field(description="Question sheet, a file in `policies/sheets/`.")
    window: int = Field(
        ge=128,
        le=8192,
        description="Tokens of a conversation that the model reads. More costs time; "
        "how much of the text was seen is recorded.",
    )


class TableShare(_Section):
    """One table to publish, and its part of the budget."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", description="A table of the question sheet."
    )
    budget_share: int = Field(
        ge=1, le=1000, description="Part of the budget, relative to the others."
    )
    by: Segment | None = Field(
        default=None, description="Publish it once for each declared value of this segment."
    )

    @property
    def label(self) -> str:
        """What this entry is called in plans and in the names of its tables."""
        return self.name if self.by is None else f"{self.name}__{self.by}"


class NewValues(_Section):
    """Values outside the taxonomy, found among the words of a public list."""

    lexicon: str = Field(
        description="The list: `values` comes with vstk; or a text file with one lower-case "
        "word or phrase a line. What the taxonomy has is passed over."
    )
    delta: Exact = Field(
        gt=0,
        lt=Decimal("0.0001"),
        description="Probability that a word is named which one unit alone brought up.",
    )


class Privacy(_Section):
    """What the published numbers may give away about one unit."""

    unit: Literal["person", "conversation"] = Field(
        description="Unit of privacy: who is protected as a whole."
    )
    max_conversations_read: int = Field(
        ge=1, le=10_000, description="Of each unit, at most this many conversations are labelled."
    )
    max_conversations_counted: int = Field(
        ge=1, le=100, description="A unit counts for at most this many conversations."
    )
    l2_clip: Exact = Field(
        gt=0,
        le=10,
        description="L2 norm of a unit's vector in a table of several labels a conversation, "
        "as a multiple of `max_conversations_counted`; what is longer is shortened to it.",
    )
    rho: Exact = Field(gt=0, le=100, description="zCDP privacy loss of one release.")
    rho_cap: Exact = Field(gt=0, le=1000, description="The most a dataset may ever spend.")
    delta: Exact = Field(gt=0, lt=Decimal("0.001"), description="To state epsilon at.")
    period: Literal["month", "quarter", "year", "all"] = Field(
        description="Times are rounded to this before they are stored."
    )
    max_margin_points: Exact = Field(
        gt=0,
        le=100,
        description="Widest interval (half, in points) that a table may be published with.",
    )
    on_wide_table: Literal["stop", "omit"] = Field(
        default="stop",
        description="Where the plan finds tables wider than that: `stop` before anything is "
        "labelled or spent, or `omit` and give their budget to the others.",
    )
    tables: tuple[TableShare, ...] = Field(min_length=1, description="What is published.")
    segments: dict[
        Segment,
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=1)
        ],
    ] = Field(
        default={},
        description="Declared values of each segment. Only these are ever published, whether the "
        "log has them or not: values found in a log would tell that they are there.",
    )

    new_values: NewValues | None = Field(
        default=None,
        description="Where the table `new_values` looks for words, and what that may cost. "
        "Left out, nothing outside the taxonomy is sought.",
    )

    @property
    def delta_in_all(self) -> Decimal:
        """Delta of a release: that of stating epsilon, and that of finding new values."""
        return self.delta + (self.new_values.delta if self.new_values else 0)

    @model_validator(mode="after")
    def _is_consistent(self) -> Privacy:
        names = [table.label for table in self.tables]
        if len(set(names)) != len(names):
            raise ValueError("tables: a table is named twice")
        if any(table.by is not None and table.by not in self.segments for table in self.tables):
            raise ValueError(
                "tables: `by` names a segment whose values `segments` does not declare"
            )
        if ("new_values" in names) != (self.new_values is not None):
            raise ValueError("the table `new_values` and the section `new_values` need each other")
        if any(len(set(values)) != len(values) for values in self.segments.values()):
            raise ValueError("segments: a value is declared twice")
        if self.rho > self.rho_cap:
            raise ValueError("rho is greater than rho_cap")
        return self


class Policy(_Section):
    """The whole document."""

    vstk_policy: Literal[2] = Field(description="Version of this document's form.")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short name.")
    purpose: str = Field(min_length=10, description="What it is for, in plain words.")
    scrub: Scrub
    extract: Extract
    taxonomy: str = Field(description="Folder in `policies/taxonomies/`, or a path.")
    privacy: Privacy
    hash: str = Field(default="", exclude=True, description="SHA-256 of the document's bytes.")


class _Loader(yaml.SafeLoader):
    """YAML whose numbers arrive as text and whose repeated keys are errors."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise PolicyInvalid(
                f"A key is not a word (line {key_node.start_mark.line + 1}).",
                remedy="write a name there.",
            )
        if key in found:
            raise PolicyInvalid(
                f"Key '{key}' stands twice (line {key_node.start_mark.line + 1}).",
                remedy="keep one of the two.",
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: str(node.value))


def read_document(name: str, data: bytes) -> object:
    """What a YAML document says, its numbers with a point or an exponent as text.

    Raises:
        PolicyInvalid: it is not YAML, or a key stands twice.
    """
    try:
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise PolicyInvalid(
            f"'{name}' is not YAML{where}.", remedy="correct the file's form."
        ) from None


def names() -> list[str]:
    """The policies that come with vstk."""
    return sorted(path.stem for path in documents("policies").glob("*.yaml"))


def find(name_or_file: str) -> Path:
    """The file of a policy given by name or by path."""
    path = Path(name_or_file)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        if not path.is_file():
            raise PolicyInvalid(
                f"There is no policy file '{name_or_file}'.",
                remedy="give the path of a policy, or one of: " + ", ".join(names()) + ".",
            )
        return path
    if name_or_file not in names():
        raise PolicyInvalid(
            f"There is no policy '{name_or_file}'.",
            remedy="give the path of a policy, or one of: " + ", ".join(names()) + ".",
        )
    return documents("policies") / f"{name_or_file}.yaml"


def load(name_or_file: str) -> Policy:
    """Read and check a policy.

    Raises:
        PolicyInvalid: naming every wrong key, quoting none of its values.
    """
    path = find(name_or_file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PolicyInvalid(
            f"'{path}' cannot be read ({error.strerror}).", remedy="give yourself access to it."
        ) from None
    document = read_document(path.name, data)
    if not isinstance(document, dict) or "hash" in document:
        raise PolicyInvalid(
            f"'{path.name}' is not a policy, or states its own hash.",
            remedy="start from `vstk policy show default`.",
        )
    try:
        return Policy.model_validate(document | {"hash": hashlib.sha256(data).hexdigest()})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'policy'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise PolicyInvalid(
            f"'{path.name}' is not a valid policy: {wrong}.",
            remedy="correct these keys; `vstk policy show default` is an example, "
            "docs/reference/policy.md lists every key.",
        ) from None


def reference() -> str:
    """Every key of a policy with its range and meaning, as a Markdown table."""
    schema = Policy.model_json_schema()
    lines = ["| key | value | meaning |", "|---|---|---|"]
    for key, field, is_needed in _fields(schema, schema["$defs"], ""):
        if key == "hash":  # computed, and refused in a document
            continue
        value = _range(field) + ("" if is_needed else "; may be left out")
        lines.append(f"| `{key}` | {value} | {field.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _fields(
    section: dict[str, Any], sections: dict[str, Any], before: str
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for name, field in section["properties"].items():
        forms = (field.get("items", field), *field.get("anyOf", ()))
        inner = next((form["$ref"] for form in forms if "$ref" in form), None)
        if inner is None:
            yield before + name, field, name in section["required"]
            continue
        one = sections[inner.rpartition("/")[2]]
        if "items" in field or "anyOf" in field:
            yield before + name, field, name in section["required"]
        yield from _fields(one, sections, f"{before}{name}{'[]' if 'items' in field else ''}.")


def _range(field: dict[str, Any]) -> str:
    """What may stand there, in words."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    kind = kinds[0]
    if "$ref" in kind:
        return "section"
    if "const" in kind:
        return f"`{kind['const']}`"
    if "enum" in kind:
        return ", ".join(f"`{word}`" for word in kind["enum"])
    if kind.get("type") == "array":
        return "list"
    if kind.get("type") == "object":
        is_list = kind["additionalProperties"].get("type") == "array"
        return f"mapping of {'lists' if is_list else 'texts'}"
    if kind.get("type") == "string":
        return f"`{kind['pattern']}`" if "pattern" in kind else "text"
    bounds = [
        f"{sign} {kind[name]:.10g}"
        for name, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if name in kind
    ]
    number = "whole number" if kind.get("type") == "integer" else "number"
    return " ".join([number, ", ".join(bounds)]).strip()


if __name__ == "__main__":
    print(reference(), end="")
