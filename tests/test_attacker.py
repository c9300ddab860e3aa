"""What an attacker can learn: the odds, and that no sentence reassures where nothing protects."""

import math

import numpy as np
import pytest
from click.testing import CliRunner

from vstk.attacker import meaning, posterior
from vstk.cli import main
from vstk.policy import find
from vstk.types import Guarantee


def promise(epsilon: float, unit: str = "person (account id)") -> Guarantee:
    return Guarantee(unit=unit, epsilon=epsilon, delta="0.000001", rho="0.1", neighbouring="n")


@pytest.mark.parametrize(
    ("epsilon", "prior", "expected"),
    [(0.0, 0.01, 0.01), (2.0, 0.01, 0.06945), (2.0, 0.5, 0.88080), (100.0, 0.01, 1.0)],
)
def test_odds_grow_by_e_to_the_epsilon(epsilon: float, prior: float, expected: float) -> None:
    assert posterior(prior, epsilon, 0.0) == pytest.approx(expected, abs=1e-5)


def test_delta_is_added_and_makes_the_even_bound_that_of_kairouz_oh_and_viswanath() -> None:
    epsilon, delta = 1.5, 0.02

    even = (math.exp(epsilon) + delta) / (1 + math.exp(epsilon))
    assert posterior(0.5, epsilon, delta) == pytest.approx(even)


@pytest.mark.parametrize("prior", [0.01, 0.5])
def test_no_accusation_after_gaussian_noise_is_right_more_often(prior: float) -> None:
    """Noise of one mechanism at its own epsilon: every threshold at which somebody is accused."""
    epsilon, delta, sigma = 2.0, 1e-3, 1.585  # delta(epsilon) of N(0, sigma) with sensitivity 1
    random = np.random.default_rng(3)
    there = random.random(400_000) < prior
    seen = there + random.normal(0, sigma, there.size)
    for threshold in np.quantile(seen, [0.5, 0.9, 0.99]):
        accused = seen > threshold
        assert there[accused].mean() <= posterior(prior, epsilon, delta)


def test_a_sentence_names_the_chance_before_and_after_rounded_up() -> None:
    rare, even = meaning(promise(2.0)).odds

    assert (rare.before, rare.after) == ("1 in 100", "7 in 100")
    assert (even.before, even.after) == ("1 in 2", "88.1 in 100")
    assert rare.sentence == (
        "An attacker who gives a certain person a chance of 1 in 100 of being in the logs can "
        "raise this to at most 7 in 100 by reading the tables."
    )


@pytest.mark.parametrize("unit", ["person (account id)", "conversation", "network address (x)"])
@pytest.mark.parametrize("epsilon", [8.01, 24.0, 100.69, 1e6])
def test_above_eight_nothing_reassures(epsilon: float, unit: str) -> None:
    said = " ".join(meaning(promise(epsilon, unit)).sentences)

    assert said.startswith("No meaningful protection")
    for reassuring in ("little", "limit", "at most", "protects", "hide"):
        assert reassuring not in said.replace("No meaningful protection", "")


@pytest.mark.parametrize(
    ("epsilon", "strength"),
    [(1.0, "strong"), (1.01, "moderate"), (4.01, "weak"), (8.0, "weak"), (8.01, "none")],
)
def test_strength_follows_from_epsilon(epsilon: float, strength: str) -> None:
    assert meaning(promise(epsilon)).strength == strength


def test_policy_check_says_what_a_policy_protects_and_what_not() -> None:
    said = CliRunner().invoke(main, ["policy", "check", "default"], catch_exceptions=False)

    assert "a chance of 1 in 100 of being in the logs can raise this to at most" in said.output
    assert "Valid. SHA-256" in said.output


def test_policy_check_of_a_policy_without_protection(tmp_path) -> None:
    text = find("default").read_text(encoding="utf-8")
    policy = tmp_path / "weak.yaml"
    changed = [
        line.split(":")[0] + ": 50" if line.strip().startswith(("rho:", "rho_cap:")) else line
        for line in text.splitlines()
    ]
    policy.write_text("\n".join(changed) + "\n", encoding="utf-8")

    said = CliRunner().invoke(main, ["policy", "check", str(policy)], catch_exceptions=False)

    assert said.exit_code == 0, said.output
    assert "No meaningful protection" in said.output
    assert "practically certain" in said.output
    assert "little" not in said.output
