"""Cross tables, trees, segments: other forms of table, the same promise."""

import dataclasses
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.errors import PolicyInvalid
from vstk.policy import Privacy
from vstk.release import (
    CrossSpec,
    TableSpec,
    TreeSpec,
    bounds,
    hierarchy,
    independence,
    mirroring,
    prepare,
    tree,
)
from vstk.release.table_specs import segmented
from vstk.types import LabelledConversation, RowKey

from .drawing import drawn, release

LEAVES = tuple(RowKey(leaf, leaf) for leaf in ("a1", "a2", "b1", "c1", "c2", "c3"))
TREE = TreeSpec(
    name="ai_tree",
    title="Values",
    facet="ai_value",
    levels=(("domain", tuple(RowKey(d, d) for d in "abc")), ("leaf", LEAVES)),
    parents={leaf.key: leaf.key[0] for leaf in LEAVES},
    parts=(1, 3),
)
TASKS = TableSpec(
    name="tasks",
    title="Tasks",
    level="label",
    keys=tuple(RowKey(t, t) for t in "xyz"),
    facet="task",
    single=True,
)
VALUES = TableSpec(
    name="ai_categories", title="Values", level="leaf", keys=LEAVES, facet="ai_value"
)
CROSS = CrossSpec(name="task_categories", title="Task and value", rows=TASKS, columns=VALUES)

rows = st.builds(
    lambda unit, key, labels, task, team: LabelledConversation(
        unit_id=unit,
        key=key,
        labels={"ai_value": tuple(labels), "task": (task,)},
        segments={"team": team},
    ),
    st.sampled_from("uv"),
    st.text("0123456789", min_size=1, max_size=2),
    st.lists(st.sampled_from([leaf.key for leaf in LEAVES]), max_size=6),
    st.sampled_from("xyz"),
    st.sampled_from(["sales", "law", "other"]),
)


def one(key="1", labels=(), task="x", team="sales", unit="u", period="2026-Q3"):
    return LabelledConversation(
        unit_id=unit,
        key=key,
        labels={"ai_value": tuple(labels), "task": (task,)},
        segments={"team": team},
        period=period,
    )


@pytest.mark.parametrize(
    "spec", [CROSS.flat, TREE.leaves, segmented(VALUES, "team", ("sales", "law"))]
)
@given(log=st.lists(rows, max_size=25))
@settings(max_examples=80, deadline=None)
def test_one_unit_changes_every_form_of_table_by_no_more_than_its_bound(spec, log):
    privacy = Privacy.model_validate(
        {
            "unit": "person", "max_conversations_read": 6, "max_conversations_counted": 3, "l2_clip": Decimal("1.2"),
            "rho": Decimal(1), "rho_cap": Decimal(1), "delta": Decimal("1e-6"), "period": "all",
            "max_margin_points": Decimal(100), "tables": [{"name": "tasks", "budget_share": 1}],
        }
    )  # fmt: skip
    limits = bounds.ContributionBounds.of(privacy)
    limit = limits.table(spec)
    for conversations in bounds.bound_contributions(log, limits).values():
        vector = bounds.unit_vector(conversations, spec, limit)

        assert sum(v * v for v in vector.values()) <= bounds.QUANTUM**2 * limit.square
        if spec.shared:
            # The L1 bound, which holds for sums of cells, and so for parents, too.
            assert sum(vector.values()) <= bounds.QUANTUM * limit.max_conversations


def test_a_vote_is_shared_over_the_pairs_of_a_conversation(privacy):
    limits = bounds.ContributionBounds.of(privacy())
    log = [one(labels=("a1", "b1")), one(key="2", labels=("a1",))]
    units = bounds.bound_contributions(log, limits)
    limit = limits.table(CROSS.flat)

    exact = bounds.total(units, CROSS.flat, limit)

    # One person counts once here: half of it is a1 with x, a quarter more, and a quarter b1.
    assert limit.max_conversations == 1
    assert exact[:3] == [bounds.QUANTUM * 3 // 4, 0, bounds.QUANTUM // 4]


def many(people=600):
    for n in range(people):
        task = "xyz"[n % 3]
        yield one(key=str(n), unit=str(n), task=task, labels=("a1",) if n % 2 else ("c2", "c3"))


def test_a_tree_is_published_level_by_level_and_its_levels_add_up(privacy):
    policy = privacy(tables=("ai_tree",), rho=Decimal(9), rho_cap=Decimal(9))

    found = drawn(many(), [TREE], policy)
    domains, leaves = found.tables

    assert (domains.name, leaves.name) == ("ai_tree-domain", "ai_tree-leaf")
    for domain in domains.rows:
        below = [row.count for row in leaves.rows if row.key[0] == domain.key]
        assert sum(below) == pytest.approx(domain.count, abs=1e-6)
    assert leaves.scale < float(3 / np.sqrt(2 * 9 * 0.9 * 0.75))
    assert sum(row.share for row in domains.rows) == pytest.approx(1)
    assert Decimal(domains.rho) + Decimal(leaves.rho) <= policy.rho
    assert found.omitted == ()


def test_two_passes_find_what_least_squares_finds():
    random = np.random.default_rng(3)
    parents = [[0, 0, 1, 2], [0, 0, 0, 1, 2, 2, 3, 3]]
    variances = [4.0, 2.0, 1.0]
    sums = [np.zeros((3, 8)), np.zeros((4, 8)), np.eye(8)]
    for leaf, middle in enumerate(parents[1]):
        sums[1][middle, leaf] = sums[0][parents[0][middle], leaf] = 1
    drawn = [random.normal(size=len(level)) * 5 for level in sums]

    estimates, spread, shared = hierarchy.enforce_consistency(parents, drawn, variances)

    design = np.vstack(sums)
    weight = np.diag(np.repeat(1 / np.array(variances), [3, 4, 8]))
    covariance = np.linalg.inv(design.T @ weight @ design)
    best = covariance @ design.T @ weight @ np.concatenate(drawn)
    for level, found, variance in zip(sums, estimates, spread, strict=True):
        assert found == pytest.approx(level @ best)
        assert variance == pytest.approx(np.diag(level @ covariance @ level.T))
    for level, with_root in zip(sums, shared, strict=True):
        assert with_root == pytest.approx((level @ covariance @ sums[0].T).sum(axis=1))


def test_pairs_that_go_together_are_found_and_others_are_not(privacy):
    policy = privacy(tables=("task_categories",), rho=Decimal(2), rho_cap=Decimal(2))
    log = [
        one(key=str(n), unit=str(n), task="xyz"[n % 3], labels=("a1",) if n % 3 == 0 else ("c2",))
        for n in range(900)
    ]

    [table] = release(log, [CROSS], policy)

    residuals = {row.key: row.residual for row in table.rows}
    assert residuals["x / a1"] > 10
    assert residuals["x / c2"] < -10
    assert abs(residuals["z / b1"]) < 5
    assert "p = 0.001" in table.note


def test_a_cross_table_of_hardly_any_pairs_is_not_published(privacy):
    policy = privacy(tables=("task_categories",), max_margin_points=Decimal(20))
    log = [one(key=str(n), unit=str(n), labels=("a1",) if n < 3 else ()) for n in range(900)]

    assert release(log, [CROSS], policy) == ()


def test_noise_alone_is_not_taken_for_association():
    """At 5 % per table, 100 tables without association: more than 12 would be 1 in 1,000."""
    random = np.random.default_rng(11)
    cells = false_tables = 0
    for _ in range(100):
        exact = random.multinomial(3000, np.full(60, 1 / 60)).reshape(10, 6)
        noisy = exact + random.normal(0, 15, exact.shape)
        tested = independence.independence_test(noisy, 15)
        cells += bool((abs(tested.residuals) > tested.critical).any())
        false_tables += tested.p_value <= 0.05

    assert cells <= 12
    assert false_tables <= 12


def test_tables_by_segment_have_only_the_declared_values(privacy):
    policy = privacy(
        tables=[{"name": "tasks", "budget_share": 1, "by": "team"}],
        segments={"team": ("sales", "law", "nobody")},
        rho=Decimal(9),
        rho_cap=Decimal(9),
        max_margin_points=Decimal(10),
    )
    log = [
        one(
            key=str(n), unit=str(n), task="x" if n % 4 else "y", team=["sales", "law", "odd"][n % 3]
        )
        for n in range(1200)
    ]

    found = drawn(log, [TASKS], policy)
    tables = found.tables

    assert [table.name for table in tables] == ["tasks__team-1-sales", "tasks__team-2-law"]
    assert tables[0].denominator == pytest.approx(400, abs=25)
    assert tables[0].rows[0].share == pytest.approx(0.75, abs=0.1)
    assert found.omitted == ()
    assert prepare([TASKS], policy, conversations=1200).tables[0].name == "tasks__team"


def test_a_cross_table_by_segment_is_refused(privacy):
    policy = privacy(
        tables=[{"name": "task_categories", "budget_share": 1, "by": "team"}],
        segments={"team": ("sales",)},
    )
    with pytest.raises(PolicyInvalid, match="by team"):
        prepare([CROSS], policy, conversations=100)


def test_mirroring_is_a_value_stated_and_shown_again():
    spec = mirroring(
        "mirroring", "Mirroring", stated=("human_value", "Stated"), mirrored=("ai_value", "Both")
    )
    same = dataclasses.replace(one(), labels={"human_value": ("a1", "b1"), "ai_value": ("b1",)})
    other = dataclasses.replace(one(), labels={"human_value": ("a1",), "ai_value": ("b1",)})

    assert spec.cells(same) == (0, 1)
    assert spec.cells(other) == (0,)
    assert spec.cells(one(labels=("a1",))) == ()


def test_a_tree_is_made_of_the_levels_there_are():
    domains = dataclasses.replace(
        VALUES,
        name="ai_domains",
        level="domain",
        keys=TREE.levels[0][1],
        project={leaf.key: leaf.key[0] for leaf in LEAVES},
    )
    categories = dataclasses.replace(VALUES, level="category")

    made = tree("ai_tree", "Values", [domains, categories], TREE.parents)

    assert made is not None
    assert [level for level, _ in made.levels] == ["domain", "category"]
    assert tree("ai_tree", "Values", [domains], TREE.parents) is None
    assert tree("ai_tree", "Values", [domains, categories], {}) is None
