"""A labeller that leans is set upright by labels, and one that knows little is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from vstk import sheet as sheets
from vstk.errors import InputUnreadable
from vstk.evaluate import GoldConversation
from vstk.evaluate.recalibrate import ModelLogits, Recalibrated, recalibrate
from vstk.types import RowKey, Turn

from .records import labels

KEYS = ("epistemic/clarity", "personal/joy", "personal/rare")
LEVELS = ("objective", "low", "moderate", "high")


def leaning(
    count: int = 240, *, is_branch: bool = False, asked: str = "question {}"
) -> Recalibrated:
    """Log-odds that know the truth, but are three too high and twice too sure."""
    random = np.random.default_rng(3)
    truth = random.normal(size=(count, 3)) * 2 - 1
    truth[:, 2] -= 5
    given = random.random(truth.shape) < 1 / (1 + np.exp(-truth))
    level = (truth[:, 0] > -1).astype(int) * 3
    records = [
        GoldConversation(
            id=f"a:{row}",
            turns=(Turn(role="user", text=asked.format(row)),),
            annotations=(
                labels(
                    subjectivity=(LEVELS[level[row]],),
                    ai_value=tuple(key for key, flag in zip(KEYS, given[row], strict=True) if flag),
                ),
            ),
        )
        for row in range(count)
    ]
    levels = np.stack([-truth[:, 0], truth[:, 0] * 0 + 3, truth[:, 0] * 0, truth[:, 0]], axis=1)
    return recalibrate(
        {
            "ai_value": ModelLogits(KEYS, "multi", 2 * truth + 3, np.full(3, 0.5), is_branch),
            "subjectivity": ModelLogits(LEVELS, "ordinal", levels, np.zeros(4), is_branch),
        },
        records,
        sheets.load("sheet-2").resolve([RowKey(key, key) for key in KEYS]),
    )


@pytest.fixture(scope="module")
def fitted() -> Recalibrated:
    return leaning()


def test_probabilities_mean_what_they_say_afterwards(fitted):
    for facet, most in (("ai_value", 0.05), ("subjectivity", 0.08)):
        before, after = (
            one.calibration[facet].expected_calibration_error
            for one in (fitted.before, fitted.after)
        )
        assert after < most < before


def test_found_shares_are_mended(fitted):
    before, after = (one.features["ai_categories"].known for one in (fitted.before, fitted.after))

    assert after["prevalence_mae_points"] < 3 < before["prevalence_mae_points"]
    assert after["micro_f1"] > before["micro_f1"]


def test_a_level_that_was_always_said_no_longer_is(fitted):
    assert fitted.before.features["subjective"].kappa < 0.5
    assert fitted.after.features["subjective"].kappa > 0.8


def test_a_label_too_rare_to_tell_keeps_what_it_had(fitted):
    line = fitted.lines["ai_value"]

    assert (line.slope[2], line.offset[2], line.thresholds[2]) == (1.0, 0.0, 0.5)
    assert 0.3 < line.slope[0] < 0.85


def test_branches_count_from_one_half():
    fitted = leaning(is_branch=True)

    assert fitted.lines["ai_value"].thresholds.tolist() == [0.5] * 3
    assert fitted.after.calibration["ai_value"].expected_calibration_error < 0.05


def test_a_handful_of_conversations_or_one_question_is_not_enough():
    with pytest.raises(InputUnreadable, match="19 labelled conversations"):
        leaning(19)
    with pytest.raises(InputUnreadable, match="too much alike"):
        leaning(40, asked="Hello.")
    assert leaning(20).lines
