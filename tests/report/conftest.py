"""A made-up release of a made-up organisation: fixed numbers, every part present."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from vstk.types import Bounds, Guarantee, Quality, Release, Row, Table

Figures = Sequence[tuple[str, str, float]]

DOMAINS: Figures = (
    ("practical", "Practical", 0.612),
    ("epistemic", "Epistemic", 0.587),
    ("social", "Social", 0.402),
    ("protective", "Protective", 0.263),
    ("personal", "Personal", 0.218),
)

CATEGORIES: Figures = (
    (
        "practical/professional-and-technical-excellence",
        "Professional and technical excellence",
        0.392,
    ),
    ("practical/business-effectiveness", "Business effectiveness", 0.171),
    (
        "practical/efficiency-and-resource-optimization",
        "Efficiency and resource optimization",
        0.203,
    ),
    ("practical/professional-advancement", "Professional advancement", 0.041),
    ("practical/compliance-and-accountability", "Compliance and accountability", 0.018),
    ("epistemic/clarity-and-precision", "Clarity and precision", 0.341),
    ("epistemic/methodical-rigor", "Methodical rigor", 0.214),
    (
        "epistemic/intellectual-integrity-and-objectivity",
        "Intellectual integrity and objectivity",
        0.226,
    ),
    ("epistemic/critical-thinking", "Critical thinking", 0.052),
    ("epistemic/knowledge-development", "Knowledge development", 0.037),
    ("social/community-and-relationship-bonds", "Community and relationship bonds", 0.318),
    ("social/cultural-respect-and-tradition", "Cultural respect and tradition", 0.049),
    ("social/ethical-interaction", "Ethical interaction", 0.061),
    ("social/social-equity-and-justice", "Social equity and justice", 0.033),
    (
        "social/well-functioning-social-systems-and-organizations",
        "Well-functioning social systems and organizations",
        0.011,
    ),
    ("protective/ethical-responsibility", "Ethical responsibility", 0.163),
    ("protective/protecting-vulnerable-entities", "Protecting vulnerable entities", 0.072),
    (
        "protective/protecting-human-rights-and-dignity",
        "Protecting human rights and dignity",
        0.058,
    ),
    ("protective/security-and-stability", "Security and stability", 0.044),
    (
        "protective/protection-of-people-and-environment",
        "Protection of people and environment",
        -0.004,
    ),
    ("personal/personal-growth-and-wellbeing", "Personal growth and wellbeing", 0.149),
    ("personal/authentic-moral-identity", "Authentic moral identity", 0.067),
    (
        "personal/artistic-expression-and-appreciation",
        "Artistic expression and appreciation",
        0.038,
    ),
    (
        "personal/emotional-depth-and-authentic-connection",
        "Emotional depth and authentic connection",
        0.041,
    ),
    ("personal/spiritual-fulfillment-and-meaning", "Spiritual fulfillment and meaning", 0.009),
    ("personal/pleasure-and-enjoyment", "Pleasure and enjoyment", 0.002),
)

RESPONSES: Figures = (
    ("strong-support", "Strong support", 0.247),
    ("mild-support", "Mild support", 0.162),
    ("neutral-acknowledgment", "Neutral acknowledgment", 0.094),
    ("reframing", "Reframing", 0.071),
    ("mild-resistance", "Mild resistance", 0.022),
    ("strong-resistance", "Strong resistance", 0.031),
    ("no-values", "No values", 0.373),
)

TASKS: Figures = tuple(
    (title.lower().replace(" ", "-"), title, share)
    for title, share in (
        ("Personal advice", 0.061),
        ("Relationship advice", 0.022),
        ("Health and wellbeing", 0.031),
        ("Legal and policy", 0.058),
        ("Finance", 0.047),
        ("Education and explanation", 0.092),
        ("History and social issues", 0.012),
        ("Ethics and philosophy", 0.008),
        ("Creative writing", 0.052),
        ("Roleplay and persona", 0.004),
        ("Business and marketing", 0.128),
        ("Career and professional writing", 0.157),
        ("Editing and summarising", 0.141),
        ("Coding and technical help", 0.089),
        ("Data and maths", 0.038),
        ("Factual question", 0.041),
        ("Product and travel recommendation", 0.017),
        ("Harmful or illicit request", -0.003),
        ("Chit-chat", 0.003),
        ("Other", 0.004),
    )
)


def table(
    name: str,
    title: str,
    level: str,
    figures: Figures,
    *,
    margin: float,
    corrected: bool = False,
    estimand: str = "Share of all labelled conversations in which the conversation has the row.",
) -> Table:
    """A table whose intervals are all as wide; `corrected` moves each estimate a little."""
    denominator = 5_230.0
    rows = []
    for key, name_of_row, share in figures:
        best = share * 0.9 if corrected else share
        rows.append(
            Row(
                key=key,
                title=name_of_row,
                count=round(share * denominator, 3),
                share=share,
                low=min(max(best - margin, 0.0), 1.0),
                high=min(max(best + margin, 0.0), 1.0),
                corrected=best if corrected else None,
            )
        )
    return Table(
        name=name,
        title=title,
        level=level,
        estimand=estimand,
        denominator=denominator,
        bounds=Bounds(weight=3, l2=4.5),
        mechanism="discrete Gaussian (OpenDP 0.16.0)",
        scale=22.4,
        rho="0.0132",
        rows=tuple(rows),
    )


def example(*, epsilon: float = 2.0, quality: bool = True) -> Release:
    """A release as a company of some thousands of people would publish it."""
    people = [(key, title, share * 0.35) for key, title, share in CATEGORIES]
    return Release(
        schema="vstk-release-1",
        dataset="Example & Sons helpdesk (made up)",
        period="2026-Q3",
        guarantee=Guarantee(
            unit="person (account id)",
            epsilon=epsilon,
            delta="0.000001",
            rho="0.0882",
            neighbouring="adding or removing one unit with everything it has in the period",
        ),
        manifest={
            "policy": "default",
            "policy_sha256": "0f3d" * 16,
            "model": "example-model-q4",
            "model_sha256": "9a1c" * 16,
            "sheet": "sheet-2",
            "sheet_sha256": "77e2" * 16,
            "taxonomy": "vstk-core",
            "ledger_entry": "c4b8" * 16,
        },
        tables=(
            table(
                "subjectivity",
                "Conversations that leave room for values",
                "label",
                (("subjective", "Subjective", 0.61),),
                margin=0.06,
            ),
            table(
                "ai_domains",
                "The assistant’s values: five domains",
                "domain",
                DOMAINS,
                margin=0.041,
            ),
            table(
                "ai_categories",
                "The assistant’s values: 26 categories",
                "category",
                CATEGORIES,
                margin=0.027,
                corrected=True,
            ),
            table(
                "human_domains",
                "People’s values: five domains",
                "domain",
                [(key, title, share * 0.4) for key, title, share in DOMAINS],
                margin=0.046,
            ),
            table(
                "human_categories",
                "People’s values: 26 categories",
                "category",
                people,
                margin=0.034,
            ),
            table("response_types", "Seven responses", "label", RESPONSES, margin=0.028),
            table("tasks", "Twenty tasks", "label", TASKS, margin=0.026),
            table(
                "watch_list",
                "Totals of the watch-list",
                "group",
                (
                    ("jailbreak_attempt", "Attempts to make the assistant drop its rules", 0.019),
                    ("harmful_values", "Replies that express unwanted values", 0.004),
                ),
                margin=0.012,
            ),
        ),
        quality=Quality(
            source="made-up development set, labelled by two annotators by a codebook",
            conversations=196,
            features={
                "subjective": {"kappa": 0.68, "auc": 0.96},
                "ai_categories": {
                    "micro_f1": 0.45,
                    "macro_f1": 0.41,
                    "prevalence_mae_points": 2.2,
                },
                "human_categories": {"micro_f1": 0.38},
                "response_type": {"kappa": 0.49},
                "response_group": {"kappa": 0.56},
                "task": {"kappa": 0.54},
                "harmful_values": {"auc": 0.94, "average_precision": 0.71},
                "jailbreak_attempt": {"auc": 0.9, "average_precision": 0.8},
            },
            annotators={
                "subjective": {"kappa": 0.95},
                "ai_categories": {"micro_f1": 0.83, "prevalence_mae_points": 0.8},
                "response_type": {"kappa": 0.86},
                "response_group": {"kappa": 0.89},
                "task": {"kappa": 0.94},
            },
        )
        if quality
        else None,
        not_published=(
            "Clusters and single values: the intervals would be wider than the policy allows.",
            "Tables by team: the policy names none.",
        ),
    )


@pytest.fixture
def release() -> Release:
    """The example, with a meaningful promise."""
    return example()


@pytest.fixture
def demonstration() -> Release:
    """The example, with a promise that means nothing, and labels nobody measured."""
    return example(epsilon=24.0, quality=False)


@pytest.fixture(scope="session")
def build() -> Callable[[], Release]:
    """The builder itself, for tests that need more than one release."""
    return example
