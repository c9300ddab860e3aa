"""Each measure against scikit-learn's, which the product itself does not need."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from vstk.evaluate import metrics

SEEDS = st.integers(0, 10_000)


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_f1_is_that_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    true, found = (random.random((2, 30, 6)) < 0.2).astype(bool)
    true[0, 0] = True
    used = (true | found).any(axis=0)

    micro, macro = metrics.micro_f1(true, found), metrics.macro_f1(true, found)

    assert micro == pytest.approx(reference.f1_score(true, found, average="micro"))
    assert macro == pytest.approx(
        reference.f1_score(true[:, used], found[:, used], average="macro", zero_division=0)
    )


@given(SEEDS, st.integers(2, 5))
@settings(max_examples=50, deadline=None)
def test_kappa_is_that_of_scikit_learn(seed: int, labels: int) -> None:
    random = np.random.default_rng(seed)
    true, found = (list(map(str, random.integers(0, labels, 40))) for _ in range(2))

    assert metrics.kappa(true, found) == pytest.approx(reference.cohen_kappa_score(true, found))


@given(SEEDS, st.sampled_from([1, 10, 1000]))
@settings(max_examples=50, deadline=None)
def test_ranking_measures_are_those_of_scikit_learn_with_ties_too(seed: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    true = random.random(50) < 0.3
    true[:2] = (True, False)
    score = random.integers(0, steps, 50) / steps

    area, precision = metrics.auc(true, score), metrics.average_precision(true, score)

    assert area == pytest.approx(reference.roc_auc_score(true, score))
    assert precision == pytest.approx(reference.average_precision_score(true, score))


def test_what_the_data_cannot_say_is_not_a_number() -> None:
    none = np.zeros((4, 2), bool)
    score = np.array([0.1, 0.2, 0.3, 0.4])

    assert math.isnan(metrics.micro_f1(none, none))
    assert math.isnan(metrics.macro_f1(none, none))
    assert math.isnan(metrics.auc(none[:, 0], score))
    assert math.isnan(metrics.average_precision(none[:, 0], score))
    assert math.isnan(metrics.kappa(["a", "a"], ["a", "a"]))


def test_prevalence_error_is_in_points() -> None:
    true = np.array([[True, False], [True, False], [False, False], [False, False]])
    found = np.array([[True, False], [False, False], [False, False], [False, True]])

    # 50 % found as 25 %, and 0 % found as 25 %.
    assert metrics.prevalence_mae_points(true, found) == pytest.approx(25.0)


def test_probabilities_that_mean_what_they_say_have_no_calibration_error() -> None:
    score = np.repeat([0.25, 0.75], 4)
    true = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)

    assert metrics.expected_calibration_error(true, score) == pytest.approx(0.0)
    assert metrics.expected_calibration_error(~true, score) == pytest.approx(0.5)
    assert [one.answers for one in metrics.reliability(true, np.ones(8))] == [8]
