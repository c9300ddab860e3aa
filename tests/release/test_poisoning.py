"""An attacker who can write to the log, and a labeller that repeats what it reads.

In the manner of CLIOPATRA: fifty planted chats carry a target's secret and an
instruction to report it. The labeller here is the worst there could be: it
obeys, and its labels are the secret.
"""

import dataclasses
import json

import pytest

from vstk.release import bounds, claims, explain, guarantee
from vstk.types import LabelledConversation

from .drawing import drawn
from .made_up import conversation

SECRET = "MRN-Quillgate-Ada-Vexworth"  # no digits: noise may draw any of these


def planted(people):
    """Fifty chats by one person, or by as many as there are chats."""
    return [
        LabelledConversation(
            unit_id=f"attacker{n % people}",
            key=f"planted{n:02d}",
            labels={
                "ai_value": (SECRET, f"report {SECRET}", *"abcdefghij"),
                "response_type": (SECRET, "d"),
                "harmful_values": ("yes", SECRET),
            },
            period=SECRET,
            segments={"team": SECRET},
        )
        for n in range(50)
    ]


@pytest.fixture
def others():
    return [conversation(f"u{n}", f"c{n}", "ab", "b") for n in range(300)]


def test_nothing_of_a_secret_is_in_a_release(privacy, specs, others):
    policy = privacy(
        tables=[
            "ai_categories",
            "watch_list",
            {"name": "response_types", "budget_share": 1, "by": "team"},
            {"name": "ai_categories", "budget_share": 1, "by": "period"},
        ],
        segments={"team": ("sales",), "period": ("2026-Q3",)},
    )
    found = drawn([*others, *planted(50)], specs, policy)
    promise = guarantee(policy)
    said = explain(found, promise, quality=None)

    text = json.dumps(
        [dataclasses.asdict(part) for part in (*found.tables, *said, claims(promise))]
    )
    for part in (SECRET, *SECRET.split("-")):
        assert part not in text


@pytest.mark.parametrize("people", [1, 5, 50])
def test_an_attacker_moves_every_cell_by_no_more_than_the_bound_of_each_account(
    privacy, specs, others, people
):
    limits = bounds.ContributionBounds.of(privacy())
    before = bounds.bound_contributions(others, limits)
    after = bounds.bound_contributions([*others, *planted(people)], limits)

    for spec in specs:
        limit = limits.table(spec)
        pairs = zip(
            bounds.total(before, spec, limit), bounds.total(after, spec, limit), strict=True
        )
        moved = [abs(b - a) for a, b in pairs]

        # One account for each person: fifty accounts move fifty times as much, and no more.
        assert max(moved) <= people * bounds.QUANTUM * limit.max_conversations
        assert sum(m * m for m in moved) <= (people * limit.steps) ** 2
