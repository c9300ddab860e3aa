"""Do the 95 % intervals cover? Planted populations through the real release.

    python benchmarks/coverage.py --quick     # 300 populations
    python benchmarks/coverage.py             # 1,000
    python benchmarks/coverage.py --weak --populations 400

Every population has people with one to eight conversations, inclinations that
differ between people, and six labels from 0.5 % to 60 % of conversations. The
labeller's sensitivity and specificity are planted too, and known to the release
only through a validation set of 400 conversations. Four cases: all read and
labels taken as they are (the share the labeller finds); a sample of a larger
log; all read, corrected for label error (the share people would find); and both.

Then a labeller that is too weak to be corrected, another one in every
population, known through 184 conversations: it finds about 60 % of what is
there, and what it finds in vain is about as much as what it misses. Three cases:
in the log labels are as frequent as in those 184, half, and twice as frequent.
The target is the share that people would find, all read.
Prints coverage in percent per case and prevalence, and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from decimal import Decimal

import numpy as np
from _release import release

from vstk.policy import Privacy, TableShare
from vstk.release import Confusion, LabelErrors, TableSpec
from vstk.types import LabelledConversation, RowKey

PREVALENCES = (0.005, 0.02, 0.05, 0.1, 0.3, 0.6)
SENSITIVITY = (0.75, 0.85, 0.9, 0.7, 0.8, 0.95)
SPECIFICITY = (0.99, 0.98, 0.95, 0.98, 0.9, 0.9)
PEOPLE = 600
VALIDATED = 400
WEAK, WEAK_VALIDATED, FACTORS = 0.6, 184, {"as frequent": 1.0, "half": 0.5, "twice": 2.0}
CASES = ("noise", "noise and sampling", "noise and label error", "all three")
KEYS = tuple(RowKey(str(p), str(p)) for p in PREVALENCES)
SPEC = TableSpec(name="ai_categories", title="", level="category", keys=KEYS, facet="ai_value")


def policy(rho: Decimal) -> Privacy:
    """One table of several labels; the clip is out of the way, as a bias it is not noise."""
    return Privacy(
        unit="person",
        max_conversations_read=20,
        max_conversations_counted=3,
        l2_clip=Decimal("2.5"),
        rho=rho,
        rho_cap=rho,
        delta=Decimal("0.000001"),
        period="all",
        max_margin_points=Decimal(100),
        tables=(TableShare(name="ai_categories", budget_share=1),),
    )


Rates = tuple[float, ...] | np.ndarray


def population(
    random: np.random.Generator,
    prevalences: Rates = PREVALENCES,
    sensitivity: Rates = SENSITIVITY,
    specificity: Rates = SPECIFICITY,
) -> tuple[list[LabelledConversation], np.ndarray, np.ndarray]:
    """Labelled conversations, and the shares that labeller and people would find."""
    counts = np.minimum(random.geometric(0.5, PEOPLE), 8)
    owner = np.repeat(np.arange(PEOPLE), counts)
    prevalence = np.array(prevalences)
    inclined = random.beta(prevalence * 8, (1 - prevalence) * 8, (PEOPLE, len(KEYS)))
    true = random.random((len(owner), len(KEYS))) < inclined[owner]
    right = random.random(true.shape) < np.where(true, sensitivity, specificity)
    found = np.where(right, true, ~true)
    weights = np.minimum(counts, 3)[owner] / counts[owner]
    log = [
        LabelledConversation(
            unit_id=f"{person:06d}",
            key=f"{number:06d}",
            labels={"ai_value": tuple(key.key for key, has in zip(KEYS, row, strict=True) if has)},
        )
        for number, (person, row) in enumerate(zip(owner, found, strict=True))
    ]
    return log, *(np.average(labels, axis=0, weights=weights) for labels in (found, true))


def validation(
    random: np.random.Generator,
    sensitivities: Rates = SENSITIVITY,
    specificities: Rates = SPECIFICITY,
    size: int = VALIDATED,
) -> dict[str, Confusion]:
    """What a set of validated conversations says about the planted labeller."""
    confusions = {}
    for key, p, sensitivity, specificity in zip(
        KEYS, PREVALENCES, sensitivities, specificities, strict=True
    ):
        positives = int(random.binomial(size, p))
        hits = int(random.binomial(positives, sensitivity))
        passed = int(random.binomial(size - positives, specificity))
        confusions[key.key] = Confusion(
            true_positives=hits,
            false_negatives=positives - hits,
            false_positives=size - positives - passed,
            true_negatives=passed,
        )
    return confusions


def weak(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sensitivities and specificities of a labeller whose errors differ from label to label."""
    prevalence = np.array(PREVALENCES)
    found = random.beta(15 * WEAK, 15 * (1 - WEAK), len(KEYS))
    in_vain = prevalence * (1 - found) / (1 - prevalence) * np.exp(random.normal(0, 0.4, len(KEYS)))
    return found, 1 - np.minimum(in_vain, 0.5)


def run_weak(populations: int, rho: Decimal, seed: int = 2) -> dict[str, list[float]]:
    """Coverage with a labeller that cannot be corrected, per prevalence it was measured at."""
    covered = {case: np.zeros(len(KEYS)) for case in FACTORS}
    for number in range(populations):
        random = np.random.default_rng([seed, number])
        rates = weak(random)
        known = {"ai_categories": validation(random, *rates, WEAK_VALIDATED)}
        for case, factor in FACTORS.items():
            prevalences = np.minimum(factor * np.array(PREVALENCES), 0.95)
            log, _, true = population(random, prevalences, *rates)
            [table] = release(
                log, [SPEC], policy(rho), label_errors=LabelErrors(uncorrectable=known)
            )
            covered[case] += [
                row.low <= t <= row.high for row, t in zip(table.rows, true, strict=True)
            ]
    return {case: [round(100 * c / populations, 1) for c in covered[case]] for case in FACTORS}


def run(populations: int, rho: Decimal, seed: int = 1) -> dict[str, list[float]]:
    """Coverage of every case, per prevalence."""
    covered = {case: np.zeros(len(KEYS)) for case in CASES}
    truth = np.array(PREVALENCES)
    reachable = truth * SENSITIVITY + (1 - truth) * (1 - np.array(SPECIFICITY))
    for number in range(populations):
        random = np.random.default_rng([seed, number])
        log, found, true = population(random)
        known = {"ai_categories": validation(random)}
        targets = (found, reachable, true, truth)
        for case, target in zip(CASES, targets, strict=True):
            [table] = release(
                log,
                [SPEC],
                policy(rho),
                sampled=case in CASES[1::2],
                label_errors=LabelErrors(correctable=known) if case in CASES[2:] else None,
            )
            covered[case] += [
                row.low <= t <= row.high for row, t in zip(table.rows, target, strict=True)
            ]
    return {case: [round(100 * c / populations, 1) for c in covered[case]] for case in CASES}


def main() -> None:
    """Run all cases at two privacy losses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 populations")
    parser.add_argument("--populations", type=int)
    parser.add_argument("--weak", action="store_true", help="only the labeller that is weak")
    parser.add_argument("--rho", nargs="+", default=["0.25", "4"], metavar="RHO")
    arguments = parser.parse_args()
    populations = arguments.populations or (300 if arguments.quick else 1_000)
    begun = time.monotonic()
    result = {}
    for rho in arguments.rho:
        result[rho] = {} if arguments.weak else run(populations, Decimal(rho))
        result[rho] |= {
            f"weak labels, {case}": percents
            for case, percents in run_weak(populations, Decimal(rho)).items()
        }
        print(f"rho {rho}".ljust(26), *(f"{100 * p:6g}%" for p in PREVALENCES))
        for case, percents in result[rho].items():
            print(case.ljust(26), *(f"{percent:7.1f}" for percent in percents))
    seconds = round(time.monotonic() - begun, 1)
    print(json.dumps({"populations": populations, "coverage_percent": result, "seconds": seconds}))


if __name__ == "__main__":
    main()
