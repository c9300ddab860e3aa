"""What other libraries release of the same population; run by release_utility.py.

    python benchmarks/release_peers.py PEER POPULATION.npz

Every peer counts the distinct people per value, with at most 20 values a person
drawn at random, at user-level epsilon and delta. Prints value -> noised count of
the values released, as JSON. The interpreter may be one of a separate virtual
environment: nothing of vstk is imported here.
"""

from __future__ import annotations

import json
import math
import sys

import numpy as np

MOST = 20


def kept(users: np.ndarray, values: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """At most `MOST` values of each person, at random."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(users))
    users, values = users[order], values[order]
    by_user = np.argsort(users, kind="stable")
    users, values = users[by_user], values[by_user]
    first = np.searchsorted(users, users, side="left")
    chosen = np.arange(len(users)) - first < MOST
    return users[chosen], values[chosen]


def opendp_flat(
    users: np.ndarray, values: np.ndarray, size: int, epsilon: float, delta: float
) -> dict[int, float]:
    """A thresholded discrete Gaussian on one flat histogram."""
    import opendp.combinators as combinators
    import opendp.domains as domains
    import opendp.measurements as measurements
    import opendp.metrics as metrics
    from opendp.mod import enable_features

    enable_features("contrib")
    l2 = math.sqrt(MOST)

    def measurement(scale: float, threshold: int) -> object:
        return measurements.make_gaussian_threshold(
            domains.map_domain(domains.atom_domain(T="String"), domains.atom_domain(T="i64")),
            metrics.l02inf_distance(metrics.absolute_distance(T="f64")),
            scale=scale,
            threshold=threshold,
        )

    def cost(scale: float, threshold: int) -> tuple[float, float]:
        # Half of delta for the threshold, half for the conversion of rho.
        rho, selected = measurement(scale, threshold).map((MOST, l2, 1.0))  # type: ignore[attr-defined]
        gaussian = measurements.make_gaussian(
            domains.atom_domain(T="i64"),
            metrics.absolute_distance(T="f64"),
            scale=1 / math.sqrt(2 * rho),
        )
        profile = combinators.make_zCDP_to_approxDP(gaussian)
        return combinators.make_fix_delta(profile, delta / 2).map(1.0)[0], selected

    low, high = 1.0, 10_000.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle, 10**6)[0] > epsilon else (low, middle)
    bottom, top = 1, 10**6
    while bottom < top:
        middle_t = (bottom + top) // 2
        small = cost(high, middle_t)[1] <= delta / 2
        bottom, top = (bottom, middle_t) if small else (middle_t + 1, top)
    counts = np.bincount(values, minlength=size)
    exact = {str(v): int(c) for v, c in enumerate(counts) if c}
    # One above the threshold that is paid for: opendp 0.16 leaves out the mass at it.
    released = measurement(high, bottom + 1)(exact)  # type: ignore[operator]
    return {int(v): float(c) for v, c in released.items()}


def python_dp(
    users: np.ndarray, values: np.ndarray, size: int, epsilon: float, delta: float
) -> dict[int, float]:
    """Google's Gaussian partition selection, then a Gaussian count, half of the budget each."""
    from pydp.algorithms.numerical_mechanisms import GaussianMechanism
    from pydp.algorithms.partition_selection import create_partition_strategy

    select = create_partition_strategy("gaussian", epsilon / 2, delta / 2, MOST)
    noise = GaussianMechanism(epsilon / 2, delta / 2, math.sqrt(MOST))
    counts = np.bincount(values, minlength=size)
    return {
        v: float(noise.add_noise(float(c)))
        for v, c in enumerate(counts)
        if c and select.should_keep(int(c))
    }


def pipeline_dp(
    users: np.ndarray, values: np.ndarray, size: int, epsilon: float, delta: float
) -> dict[int, float]:
    """PipelineDP on its local backend, private partitions."""
    import pipeline_dp

    budget = pipeline_dp.NaiveBudgetAccountant(total_epsilon=epsilon, total_delta=delta)
    engine = pipeline_dp.DPEngine(budget, pipeline_dp.LocalBackend())
    parameters = pipeline_dp.AggregateParams(
        metrics=[pipeline_dp.Metrics.PRIVACY_ID_COUNT],
        noise_kind=pipeline_dp.NoiseKind.GAUSSIAN,
        max_partitions_contributed=MOST,
        max_contributions_per_partition=1,
        partition_selection_strategy=pipeline_dp.PartitionSelectionStrategy.GAUSSIAN_THRESHOLDING,
    )
    extractors = pipeline_dp.DataExtractors(
        privacy_id_extractor=lambda row: row[0],
        partition_extractor=lambda row: row[1],
        value_extractor=lambda row: 0,
    )
    rows = list(zip(users.tolist(), values.tolist(), strict=True))
    result = engine.aggregate(rows, parameters, extractors)
    budget.compute_budgets()
    return {int(v): float(metrics.privacy_id_count) for v, metrics in result}


PEERS = {"opendp_flat": opendp_flat, "python_dp": python_dp, "pipeline_dp": pipeline_dp}


def main() -> None:
    """Run one peer on one population."""
    name, path = sys.argv[1:]
    population = np.load(path)
    users, values = kept(population["users"], population["values"], int(population["seed"]))
    released = PEERS[name](
        users,
        values,
        int(population["size"]),
        float(population["epsilon"]),
        float(population["delta"]),
    )
    print(json.dumps(released))


if __name__ == "__main__":
    main()
