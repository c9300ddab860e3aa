"""A policy, and the tables of a release."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from vstk.policy import Privacy, TableShare
from vstk.release import TableSpec, flags
from vstk.types import RowKey

LETTERS = tuple(RowKey(letter, letter.upper()) for letter in "abcdefghij")


@pytest.fixture
def privacy() -> Callable[..., Privacy]:
    def make(**changed: object) -> Privacy:
        tables = changed.pop("tables", ("ai_categories", "response_types", "watch_list"))
        settings: dict[str, object] = {
            "unit": "person",
            "max_conversations_read": 20,
            "max_conversations_counted": 3,
            "l2_clip": Decimal("1.5"),
            "rho": Decimal("0.5"),
            "rho_cap": Decimal("2"),
            "delta": Decimal("0.000001"),
            "period": "quarter",
            "max_margin_points": Decimal("100"),
            "tables": [
                TableShare(name=table, budget_share=10) if isinstance(table, str) else table
                for table in tables
            ],
        }
        return Privacy.model_validate(settings | changed)

    return make


@pytest.fixture
def specs() -> tuple[TableSpec, ...]:
    return (
        TableSpec(
            name="ai_categories",
            title="Values of the assistant",
            level="category",
            keys=LETTERS,
            facet="ai_value",
        ),
        TableSpec(
            name="response_types",
            title="Response types",
            level="label",
            keys=LETTERS[:4],
            facet="response_type",
            single=True,
        ),
        TableSpec(
            name="watch_list",
            title="Watch list",
            level="group",
            keys=(RowKey("harmful_values", "Harmful"), RowKey("jailbreak_attempt", "Jailbreak")),
            project=flags({"harmful_values": ["yes"], "jailbreak_attempt": ["yes"]}),
        ),
    )
