"""A whole release under stubbed noise: its numbers, and its text, stay what they are.

All forms of table are in it, over the labels of 3,000 made-up conversations, once for a whole
log and once for a sample. Noise is replaced by zero, so that a changed hash means a change
of the code. `NUMBERS` may change only with a decision to publish other numbers; `TEXT`
changes with every sentence of the release. A field that is absent from `release.json` where it
is false (`not_measurable`) changes neither.
"""

import hashlib
import json
import random
from decimal import Decimal

import pytest

from vstk import report, taxonomy
from vstk import sheet as sheets
from vstk.pipeline.table_catalogue import table_specs
from vstk.policy import Privacy
from vstk.release import claims, explain, guarantee, mechanism, not_published
from vstk.types import LabelledConversation, Release

from .drawing import drawn

NUMBERS = "ba52ab0b0d03a2e7"
TEXT = "4e8b49082da0edc5"


@pytest.fixture
def no_noise(monkeypatch):
    def draw(vector, *, l2, rho):
        return mechanism.Drawn(tuple(vector), mechanism.gaussian_scale(rho, l2=l2), float(rho))

    def select(weights, **_):
        return {word for word, weight in weights.items() if weight > 4 * 65536 // 10}

    monkeypatch.setattr(mechanism, "draw", draw)
    monkeypatch.setattr(mechanism, "select", select)


def policy(names):
    tables = [{"name": name, "budget_share": 10} for name in names]
    return Privacy.model_validate(
        {
            "unit": "person",
            "max_conversations_read": 20,
            "max_conversations_counted": 3,
            "l2_clip": Decimal("1.5"),
            "rho": Decimal(5),
            "rho_cap": Decimal(5),
            "delta": Decimal("0.000001"),
            "period": "quarter",
            "max_margin_points": Decimal(100),
            "tables": [
                *tables,
                {"name": "tasks", "budget_share": 5, "by": "team"},
                {"name": "ai_categories", "budget_share": 5, "by": "period"},
            ],
            "segments": {"team": ("a", "b"), "period": ("2026-Q1", "2026-Q2")},
            "new_values": {"lexicon": "values", "delta": Decimal("0.000000001")},
        }
    )


def conversations(sheet, known, words):
    """3,000 conversations of about 900 people, labelled at random from a fixed seed."""
    chance = random.Random(5)
    categories = [key.key for key in known.keys("category")]
    leaves = [key.key for key in known.keys("leaf")]
    labels_of = {
        question.facet: categories
        if isinstance(question.labels, str)
        else [label.key for label in question.labels]
        for question in sheet.facets
    }

    def some(labels, most):
        return tuple(sorted(chance.sample(labels, chance.randint(0, most))))

    def one(number):
        labels = {
            "subjectivity": (chance.choice(labels_of["subjectivity"]),),
            "task": (chance.choice(labels_of["task"]),),
            "response_type": (chance.choice(labels_of["response_type"]),),
            "ai_value": some(categories, 4),
            "human_value": some(categories, 2),
            "jailbreak_attempt": ("yes",) if chance.random() < 0.05 else (),
            "harmful_values": ("yes",) if chance.random() < 0.02 else (),
            "ai_leaf": some(leaves, 3),
            "human_leaf": some(leaves, 2),
            "new_value": some(list(words.phrases)[:40], 2),
        }
        return LabelledConversation(
            unit_id=f"{chance.randint(0, 900):032x}",
            key=f"{number:032x}",
            labels={facet: found for facet, found in labels.items() if found},
            period=chance.choice(["2026-Q1", "2026-Q2"]),
            segments={"team": chance.choice(["a", "b", "other"])},
        )

    return [one(number) for number in range(3000)]


def document(found, promise):
    return report.to_json(
        Release(
            schema=report.SCHEMA,
            dataset="d",
            period="p",
            guarantee=promise,
            manifest={},
            tables=found.tables,
            quality=None,
            not_published=not_published(found),
            explanation=explain(found, promise, quality=None),
            claims=claims(promise),
        )
    )


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_release_without_noise_has_the_numbers_and_the_text_that_it_had(no_noise):
    known, sheet = taxonomy.load("vstk-core"), sheets.load("sheet-2")
    words = taxonomy.words("values", known)
    specs = table_specs(sheet, known, words)
    privacy = policy([spec.name for spec in specs])
    log = conversations(sheet, known, words)
    promise = guarantee(privacy)

    texts = [
        document(drawn(log, specs, privacy, sampled=sampled), promise) for sampled in (False, True)
    ]

    numbers = [
        [
            (
                table["name"],
                table["level"],
                table["denominator"],
                table["bounds"],
                table["scale"],
                table["rho"],
                [[value for key, value in row.items() if key != "title"] for row in table["rows"]],
            )
            for table in json.loads(text)["tables"]
        ]
        for text in texts
    ]
    assert [len(tables) for tables in numbers] == [25, 25]
    assert digest(json.dumps(numbers)) == NUMBERS
    assert digest("".join(texts)) == TEXT
