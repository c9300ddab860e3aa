"""Scores become probabilities and thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from vstk.evaluate import calibrate
from vstk.heads.math import sigmoid, softmax


def test_exclusive_labels_are_calibrated_as_by_multinomial_regression() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(300, 3))
    label = (scores + random.normal(size=(300, 3))).argmax(axis=1)

    matrix, offset = calibrate.multinomial(scores, np.eye(3)[label], penalty=0.05)

    reference = LogisticRegression(C=1 / (0.05 * 300), max_iter=1000).fit(scores, label)
    assert softmax(scores @ matrix + offset) == pytest.approx(
        reference.predict_proba(scores), abs=0.01
    )


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_a_line_turns_scores_into_probabilities_that_hold(share: float) -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(4000, 2))
    truth = 1.5 * scores + np.log(share / (1 - share))
    true = (random.random(truth.shape) < sigmoid(truth)).astype(float)

    slope, offset = calibrate.platt_lines(scores, true)

    assert slope == pytest.approx(1.5, abs=0.35)
    assert offset == pytest.approx(np.log(share / (1 - share)), abs=0.35)


def test_unbiased_thresholds_find_each_label_as_often_as_it_was_given() -> None:
    random = np.random.default_rng(0)
    sure = random.random((200, 4))
    true = np.asarray(random.random((200, 4)) < [0.0, 0.1, 0.5, 1.0], dtype=float)

    cut = calibrate.unbiased_thresholds(sure, true)

    assert list((sure >= cut).sum(axis=0)) == list(true.sum(axis=0))


def test_class_offsets_at_full_strength_let_each_label_win_its_share() -> None:
    random = np.random.default_rng(0)
    sure = softmax(random.normal(size=(2000, 3)) + np.array([0.0, 1.0, 2.0]))
    true = np.eye(3)[random.choice(3, size=2000, p=[0.5, 0.3, 0.2])]

    divisors = calibrate.class_offsets(sure, true, 1.0)

    won: Sequence[float] = np.bincount((sure / divisors).argmax(axis=1)) / 2000
    assert won == pytest.approx(true.mean(axis=0), abs=0.02)
    assert calibrate.class_offsets(sure, true, 0.0) == pytest.approx(np.ones(3))
