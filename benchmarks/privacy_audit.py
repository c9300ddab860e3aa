"""A black-box audit of the release: how well can one person be seen in it?

    python benchmarks/privacy_audit.py --quick        # under two minutes
    python benchmarks/privacy_audit.py --trials 20000 # on demand

Two logs that differ by one person go through the real `vstk.release.draw`,
again and again. An attacker who knows everything but whether that person is in
the log learns, on one half of the releases, the direction and the threshold
that tell the two logs apart best; on the other half the errors are counted.
Clopper-Pearson limits of both error rates bound from below what the release
gives away. The bound must not be above the claim, and it must be above it when
the code is broken on purpose, in four ways.

The claim is checked as a Gaussian trade-off (mu = sqrt(2 rho)), which needs ten
to twenty times fewer trials than epsilon at a small delta. The bound on epsilon
is that mu at the policy's delta; `assumption_free_lower_bound` is what the error
rates alone prove, whatever the shape of the noise.

Exit code 0 if the claim stands and every planted bug is caught, otherwise 1.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from unittest.mock import patch

import numpy as np
from _release import release
from membership_attack import Verdict, attack, gaussian_epsilon

from vstk.policy import Privacy, TableShare
from vstk.release import ContributionBounds, TableSpec, bounds, flags, mechanism, noisy_release
from vstk.release.estimate import Noised
from vstk.types import LabelledConversation, RowKey

KEYS = tuple(RowKey(letter, letter) for letter in "abcdefgh")
CONFIDENCE, DELTA = 0.99, 1e-6
POLICY = Privacy(
    unit="person",
    max_conversations_read=4,
    max_conversations_counted=2,
    l2_clip=Decimal("1.5"),
    rho=Decimal("0.5"),
    rho_cap=Decimal("0.5"),
    delta=Decimal(str(DELTA)),
    period="all",
    max_margin_points=Decimal(100),
    tables=(
        TableShare(name="ai_categories", budget_share=4),
        TableShare(name="response_types", budget_share=3),
        TableShare(name="watch_list", budget_share=2),
    ),
)
SPECS = (
    TableSpec(name="ai_categories", title="", level="category", keys=KEYS, facet="ai_value"),
    TableSpec(
        name="response_types",
        title="",
        level="label",
        keys=KEYS,
        facet="response_type",
        single=True,
    ),
    TableSpec(
        name="watch_list",
        title="",
        level="group",
        keys=(RowKey("harmful_values", ""), RowKey("jailbreak_attempt", "")),
        project=flags({"harmful_values": ["yes"], "jailbreak_attempt": ["yes"]}),
    ),
)


def _conversation(unit: str, number: int, values: str, response: str) -> LabelledConversation:
    return LabelledConversation(
        unit_id=unit,
        key=f"{unit}-{number:04d}",
        labels={
            "ai_value": tuple(values),
            "response_type": (response,),
            "harmful_values": ("yes",) if "h" in values else (),
            "jailbreak_attempt": ("yes",) if "g" in values else (),
        },
    )


def crowd(people: int = 40) -> list[LabelledConversation]:
    """Everybody else: more conversations each than are read, two labels in balance."""
    return [
        _conversation(f"person{n}", m, "a" if m % 2 else "b", "a" if m % 2 else "b")
        for n in range(people)
        for m in range(6)
    ]


# One for each bound there is: an audit sees only what its person exercises.
CANARIES: dict[str, list[LabelledConversation]] = {
    "one label, many conversations": [_conversation("canary", m, "b", "b") for m in range(60)],
    "every label in every conversation": [
        _conversation("canary", m, "abcdefgh", "b") for m in range(60)
    ],
    "the watch list": [_conversation("canary", m, "gh", "h") for m in range(4)],
}


def published(log: Sequence[LabelledConversation], trials: int) -> np.ndarray:
    """Every number of `trials` releases of one log: trials x numbers."""
    numbers = []
    for _ in range(trials):
        tables = release(log, SPECS, POLICY)
        numbers.append(
            [tables[0].denominator, *(row.count for table in tables for row in table.rows)]
        )
    return np.array(numbers)


@contextmanager
def no_bound() -> Iterator[None]:
    """A person counts for as many conversations as they had."""

    def keep(
        conversations: Sequence[LabelledConversation], limits: ContributionBounds
    ) -> dict[str, list[LabelledConversation]]:
        units: dict[str, list[LabelledConversation]] = {}
        for found in conversations:
            units.setdefault(found.unit_id, []).append(found)
        return units

    def unit_vector(
        conversations: Sequence[LabelledConversation], spec: TableSpec, limit: bounds.Bound
    ) -> dict[int, int]:
        counts = Counter(c for found in conversations for c in spec.cells(found))
        return {cell: bounds.QUANTUM * count for cell, count in counts.items()}

    with (
        patch.object(bounds, "bound_contributions", keep),
        patch.object(bounds, "unit_vector", unit_vector),
    ):
        yield


@contextmanager
def scale_halved() -> Iterator[None]:
    """Half the noise that was paid for. `draw` itself would refuse such a scale."""

    def draw(vector: Sequence[int], *, l2: float, rho: Decimal) -> mechanism.Drawn:
        scale = mechanism.gaussian_scale(rho, l2=l2) / 2
        values = mechanism._gaussian(len(vector), scale)(list(vector))
        return mechanism.Drawn(tuple(values), scale, float(rho))

    with patch.object(mechanism, "draw", draw):
        yield


@contextmanager
def bound_after_looking_at_labels() -> Iterator[None]:
    """Of each person the conversations with the commonest labels are kept."""

    def keep(
        conversations: Sequence[LabelledConversation], limits: ContributionBounds
    ) -> dict[str, list[LabelledConversation]]:
        common = Counter(v for found in conversations for v in found.labels["ai_value"])
        units: dict[str, list[LabelledConversation]] = {}
        for found in conversations:
            units.setdefault(found.unit_id, []).append(found)
        return {
            unit: sorted(found, key=lambda c: (-common[c.labels["ai_value"][0]], c.key))[
                : limits.max_read
            ]
            for unit, found in units.items()
        }

    with patch.object(bounds, "bound_contributions", keep):
        yield


@contextmanager
def unnoised_denominator() -> Iterator[None]:
    """The number of conversations is published as it is."""

    def exact(units: bounds.Units, limits: ContributionBounds, rho: Decimal) -> Noised:
        return Noised(bounds.population(units, limits) / bounds.QUANTUM, 1.0)

    with patch.object(noisy_release, "_population", exact):
        yield


BUGS: dict[str, tuple[Callable[[], AbstractContextManager[None]], str]] = {
    "no_bound": (no_bound, "one label, many conversations"),
    "scale_halved": (scale_halved, "every label in every conversation"),
    "bound_after_looking_at_labels": (
        bound_after_looking_at_labels,
        "one label, many conversations",
    ),
    "unnoised_denominator": (unnoised_denominator, "the watch list"),
}


def audit(trials: int, canaries: Sequence[str] = tuple(CANARIES)) -> Verdict:
    """The most that any of the made-up persons can be seen, at `CONFIDENCE` for all."""
    others = crowd()
    each = 1 - (1 - CONFIDENCE) / len(canaries)
    without = published(others, trials)
    verdicts = [
        attack(without, published([*others, *CANARIES[name]], trials), confidence=each, delta=DELTA)
        for name in canaries
    ]
    return Verdict(max(v.mu for v in verdicts), max(v.epsilon for v in verdicts))


def audit_broken(bug: str, trials: int) -> Verdict:
    """The same with a bug planted, for the person who exercises what it breaks."""
    plant, canary = BUGS[bug]
    with plant():
        return audit(trials, [canary])


def power(trials: int, mu: float, *, runs: int = 100, numbers: int = 19) -> float:
    """How often an audit of this size catches a release that is truly so far off."""
    random = np.random.default_rng(7)
    each = 1 - (1 - CONFIDENCE) / len(CANARIES)
    claim = math.sqrt(2 * float(POLICY.rho))
    caught = 0
    for _ in range(runs):
        without, with_ = random.normal(size=(2, trials, numbers))
        with_[:, 0] += mu
        caught += attack(without, with_, confidence=each, delta=DELTA).mu > claim
    return caught / runs


def main() -> int:
    """Run the audit and print one line of JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 releases of each log")
    parser.add_argument("--trials", type=int, help="releases of each log")
    arguments = parser.parse_args()
    trials = arguments.trials or (1_000 if arguments.quick else 10_000)
    begun = time.monotonic()
    claimed_mu = math.sqrt(2 * float(POLICY.rho))
    found = audit(trials)
    print(f"as it is: mu >= {found.mu:.3f}, claim {claimed_mu:.3f}", file=sys.stderr)
    caught = {}
    bounds_of_bugs = {}
    for bug in BUGS:
        verdict = audit_broken(bug, trials)
        caught[bug] = verdict.mu > claimed_mu
        bounds_of_bugs[bug] = round(verdict.mu, 3)
        print(f"{bug}: mu >= {verdict.mu:.3f}, caught: {caught[bug]}", file=sys.stderr)
    result = {
        "claimed": round(mechanism.epsilon(POLICY.rho, POLICY.delta), 4),
        "lower_bound": round(gaussian_epsilon(found.mu, DELTA), 4),
        "planted_bugs_caught": caught,
        "claimed_mu": round(claimed_mu, 4),
        "lower_bound_mu": round(found.mu, 4),
        "planted_bugs_mu": bounds_of_bugs,
        "assumption_free_lower_bound": round(found.epsilon, 4),
        "delta": DELTA,
        "confidence": CONFIDENCE,
        "trials_per_log": trials,
        "power": {
            "noise_halved": power(trials, 2 * claimed_mu),
            "noise_smaller_by_a_third": power(trials, 1.5 * claimed_mu),
            "false_alarm": power(trials, claimed_mu),
        },
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(json.dumps(result))
    return 0 if found.mu <= claimed_mu and all(caught.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
