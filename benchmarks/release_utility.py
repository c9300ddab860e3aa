"""How exact is a release, beside other libraries at the same privacy?

    python benchmarks/release_utility.py --quick                  # 10,000 people
    python benchmarks/release_utility.py --people 100000
    python benchmarks/release_utility.py --quick --peers /path/to/other/venv/bin/python

A made-up population in the shape of the published frequencies: 3,307 values in a
ragged tree of 5 / 26 / 266, five values in a fifth of all conversations and a
long tail that clusters by person, conversations per person log-normal (median
3). All tools get user-level epsilon 1 at delta 1e-6 for each row below; vstk
publishes through its real `release`.

- top50_relative_error: median error of the 50 commonest values released, each
  tool against what it says it estimates: vstk the share of conversations with a
  person counting for three at most, before clipping; the others the share of people
  with the value among all such pairs, before any bound. `vstk_top50_to_all_conversations`
  is against the share of all conversations, whoever had them: with few people, some
  of them heavy writers with tastes of their own, that is another number.
- values_released: values shown to be more than noise (false discovery rate 5 %, and
  `vstk_values_released_strict` with no false one 19 times in 20), or that passed a tool's
  own threshold.
- top100_recall: how many of the 100 truly commonest are among them.
- domain_error_points: mean error of the five domains' shares, in points.
- false_cells: share of cross tables (20 tasks x 26 categories, 3,000 people,
  tasks given out at random) with any pair called associated.

A peer that is not installed is `null`. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist

import numpy as np
from _release import release
from made_up_population import LEVELS, SIZES, Population, ancestors, log, population

from vstk.policy import Privacy, TableShare
from vstk.release import CrossSpec, TableSpec, TreeSpec, mechanism
from vstk.types import LabelledConversation, RowKey, Table

EPSILON, DELTA = 1.0, Decimal("0.000001")
PEERS = ("opendp_flat", "python_dp", "pipeline_dp")


def policy(table: str, *, weight: int) -> Privacy:
    """One table at epsilon 1; nobody's conversations are left unread."""
    rho = Decimal("0.0250")
    while mechanism.epsilon(rho, DELTA) > EPSILON:
        rho -= Decimal("0.00001")
    return Privacy(
        unit="person",
        max_conversations_read=10_000,
        max_conversations_counted=weight,
        l2_clip=Decimal("1.5"),
        rho=rho,
        rho_cap=rho,
        delta=DELTA,
        period="all",
        max_margin_points=Decimal(100),
        tables=(TableShare(name=table, budget_share=1),),
    )


def leaves(conversations: list[LabelledConversation]) -> Table:
    """Every leaf's share of conversations."""
    keys = tuple(RowKey(f"v{n}", "") for n in range(SIZES[-1]))
    spec = TableSpec(name="ai_leaves", title="", level="leaf", keys=keys, facet="ai_value")
    asked = policy("ai_leaves", weight=3)
    return release(conversations, [spec], asked)[0]


def domains(conversations: list[LabelledConversation], drawn: Population) -> Table:
    """Every domain's share of votes, from all levels of the tree."""
    keys = [
        tuple(RowKey(f"{level[0]}{n}", "") for n in range(size))
        for level, size in zip(("D", "C", "K", "v"), SIZES, strict=True)
    ]
    spec = TreeSpec(
        name="ai_tree",
        title="",
        facet="ai_value",
        levels=tuple(zip(LEVELS, keys, strict=True)),
        parents={
            below[n].key: above[parent].key
            for above, below, places in zip(keys, keys[1:], drawn.parents, strict=False)
            for n, parent in enumerate(places)
        },
        parts=(25, 20, 20, 35),
    )
    asked = policy("ai_tree", weight=1)
    return release(conversations, [spec], asked)[0]


def null_table(random: np.random.Generator, base: Population, people: int) -> Table:
    """A cross table of tasks that have nothing to do with categories."""
    tasks = tuple(RowKey(f"t{n}", "") for n in range(20))
    categories = tuple(RowKey(f"C{n}", "") for n in range(SIZES[1]))
    usual = random.dirichlet(np.full(20, 0.5), people)
    conversations = []
    ancestor = base.parents[1][base.parents[2]]
    starts = np.searchsorted(base.conversation, np.arange(len(base.owner) + 1))
    chosen = random.choice(base.people, people, replace=False)
    place = {int(person): n for n, person in enumerate(chosen)}
    for number in np.flatnonzero(np.isin(base.owner, chosen)):
        person = place[int(base.owner[number])]
        values = ancestor[base.value[starts[number] : starts[number + 1]]]
        conversations.append(
            LabelledConversation(
                unit_id=str(person),
                key=f"{number:08d}",
                labels={
                    "ai_value": tuple({f"C{v}" for v in values}),
                    "task": (f"t{random.choice(20, p=usual[person])}",),
                },
            )
        )
    spec = CrossSpec(
        name="task_categories",
        title="",
        rows=TableSpec(name="r", title="", level="", keys=tasks, facet="task", single=True),
        columns=TableSpec(name="c", title="", level="", keys=categories, facet="ai_value"),
    )
    asked = policy("task_categories", weight=1)
    return release(conversations, [spec], asked)[0]


def discovered(table: Table) -> tuple[set[int], set[int]]:
    """Leaves shown to be more than noise: at 5 % false ones, and without one."""
    z = np.array([row.count for row in table.rows]) / table.scale
    p = np.array([1 - NormalDist().cdf(value) for value in z])
    order = np.argsort(p)
    passing = np.flatnonzero(p[order] <= 0.05 * np.arange(1, len(p) + 1) / len(p))
    some = set(order[: passing[-1] + 1].tolist()) if len(passing) else set()
    return some, set(np.flatnonzero(p <= 0.05 / len(p)).tolist())


def of_vstk(conversations: list[LabelledConversation], drawn: Population) -> dict[str, float]:
    """All rows of the comparison for vstk."""
    table = leaves(conversations)
    share = np.array([row.share for row in table.rows])
    every = np.bincount(drawn.value, minlength=SIZES[-1]) / len(drawn.owner)
    per_person = np.bincount(drawn.owner)
    weight = (np.minimum(per_person, 3) / per_person)[drawn.owner]
    true = np.bincount(drawn.value, weights=weight[drawn.conversation], minlength=SIZES[-1])
    true /= weight.sum()
    some, strict = discovered(table)
    top = sorted(some, key=lambda v: -share[v])[:50]
    found = np.array([row.share for row in domains(conversations, drawn).rows])
    # A person's votes are worth one conversation, shared over theirs and over each one's values.
    size = np.bincount(drawn.conversation, minlength=len(drawn.owner))
    vote = 1 / size[drawn.conversation] / per_person[drawn.owner[drawn.conversation]]
    exact = np.bincount(ancestors(drawn)[drawn.value], weights=vote, minlength=5)
    return {
        "top50_relative_error": float(np.median(abs(share[top] - true[top]) / true[top])),
        "top50_to_all_conversations": float(np.median(abs(share[top] - every[top]) / every[top])),
        "values_released": len(some),
        "values_released_strict": len(strict),
        "top100_recall": len(some & set(np.argsort(-true)[:100].tolist())) / 100,
        "domain_error_points": float(100 * abs(found - exact / exact.sum()).mean()),
    }


def of_peer(name: str, interpreter: str, drawn: Population, seed: int) -> dict[str, float] | None:
    """The same rows for another library, or `None` if it is not installed."""
    pairs = np.unique(np.column_stack([drawn.owner[drawn.conversation], drawn.value]), axis=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "population.npz"
        np.savez(
            path,
            users=pairs[:, 0],
            values=pairs[:, 1],
            size=SIZES[-1],
            seed=seed,
            epsilon=EPSILON,
            delta=float(DELTA),
        )
        script = Path(__file__).with_name("release_peers.py")
        done = subprocess.run(
            [interpreter, str(script), name, str(path)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    released = {int(v): c for v, c in json.loads(done.stdout).items()}
    exact = np.bincount(pairs[:, 1], minlength=SIZES[-1]).astype(float)
    count = np.zeros(SIZES[-1])
    count[list(released)] = list(released.values())
    where = sorted(released, key=lambda v: -count[v])
    share, true = count / count.sum(), exact / exact[where].sum()
    top = where[:50]
    domain = ancestors(drawn)
    found = np.bincount(domain, weights=count, minlength=5) / count.sum()
    whole = np.bincount(domain, weights=exact, minlength=5) / exact.sum()
    return {
        "top50_relative_error": float(np.median(abs(share[top] - true[top]) / true[top])),
        "values_released": len(released),
        "top100_recall": len(set(released) & set(np.argsort(-exact)[:100].tolist())) / 100,
        "domain_error_points": float(100 * abs(found - whole).mean()),
    }


def main() -> None:
    """Compare, and print one line of JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three populations, 40 nulls")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--populations", type=int, help="repeat, and take medians")
    parser.add_argument("--nulls", type=int, help="cross tables without association")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    arguments = parser.parse_args()
    begun = time.monotonic()
    repeats = arguments.populations or (3 if arguments.quick else 5)
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ("vstk", *PEERS)}
    for seed in range(repeats):
        drawn = population(arguments.people, seed)
        rows["vstk"].append(of_vstk(log(drawn), drawn))
        for peer in PEERS:
            interpreter = sys.executable if peer == "opendp_flat" else arguments.peers
            found = of_peer(peer, interpreter, drawn, seed)
            if found is not None:
                rows[peer].append(found)
        print(json.dumps({name: found[-1:] for name, found in rows.items()}), file=sys.stderr)
    nulls = arguments.nulls or (40 if arguments.quick else 200)
    random = np.random.default_rng(99)
    base = population(10_000, 99)
    false = 0
    for _ in range(nulls):
        residuals = np.array([row.residual for row in null_table(random, base, 3_000).rows])
        critical = NormalDist().inv_cdf(1 - 0.05 / (2 * len(residuals)))
        false += bool((abs(residuals) > critical).any())
    result: dict[str, object] = {
        metric: {
            name: round(float(np.median([f[metric] for f in found])), 4) if found else None
            for name, found in rows.items()
        }
        for metric in (
            "top50_relative_error",
            "values_released",
            "top100_recall",
            "domain_error_points",
        )
    }
    result |= {
        f"vstk_{name}": round(float(np.median([found[name] for found in rows["vstk"]])), 4)
        for name in ("top50_to_all_conversations", "values_released_strict")
    }
    result |= {
        "false_cells": round(false / nulls, 4),
        "null_tables": nulls,
        "people": arguments.people,
        "populations": repeats,
        "epsilon": EPSILON,
        "delta": float(DELTA),
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
