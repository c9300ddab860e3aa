"""Conversations in which the assistant says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vstk.evaluate import GoldConversation, calibrated_answers, metrics, train_heads
from vstk.types import Answer, Turn

from .records import FACETS, relabelled, yes
from .test_fit import likely, made_up


def unanswered(count: int, *, seed: int) -> tuple[np.ndarray, list[GoldConversation]]:
    """Prompts without a reply, which ask to drop the rules where the user's mean says so."""
    states, records = made_up(count, seed=seed)
    states[:, :, 1:3] = 0
    asks = states[:, -1, 0, 5] > 0.3
    return states, [
        replace(
            relabelled(one, jailbreak_attempt=yes(asks[i])),
            id=f"c:{i}",
            turns=(Turn(role="user", text=f"prompt {i}"),),
        )
        for i, one in enumerate(records)
    ]


def test_prompts_without_a_reply_teach_what_users_want_and_nothing_about_replies() -> None:
    answered, records = made_up(160)
    prompts, more = unanswered(120, seed=3)
    heads = train_heads.train(np.concatenate([answered, prompts]), [*records, *more], FACETS)
    unseen, true = unanswered(100, seed=8)

    flags = np.array([bool(one.annotations[0].labels["jailbreak_attempt"]) for one in true])
    assert metrics.auc(flags, likely(heads, "jailbreak_attempt", unseen)[:, 0]) > 0.85


def test_prompts_without_a_reply_leave_thresholds_about_replies_alone() -> None:
    """A quarter more conversations without any value must not make values rarer to be found."""
    states, records = made_up(240)
    prompts, more = unanswered(60, seed=3)

    alone = train_heads.train(states, records, FACETS)
    mixed = train_heads.train(np.concatenate([states, prompts]), [*records, *more], FACETS)

    share = {
        name: np.mean(heads.heads.facets["ai_value"].choose(likely(heads, "ai_value", states)))
        for name, heads in (("alone", alone), ("mixed", mixed))
    }
    assert share["mixed"] == pytest.approx(share["alone"], rel=0.1)


def test_figures_about_replies_do_not_count_where_there_is_none() -> None:
    states, records = made_up(240)
    prompts, more = unanswered(60, seed=3)
    every, both = [*records, *more], np.concatenate([states, prompts])

    result = train_heads.train(both, every, FACETS).cross_validation

    bins = {
        facet: sum(b.answers for b in result.calibration[facet].bins)
        for facet in ("harmful_values", "jailbreak_attempt")
    }
    assert bins == {"harmful_values": 240, "jailbreak_attempt": 300}


@pytest.mark.parametrize("facet", ["ai_value", "response_type", "harmful_values"])
def test_where_the_assistant_is_silent_the_sheet_gives_the_answer(facet: str) -> None:
    spec = FACETS[facet]
    answers: list[list[Answer]] = [[], []]

    calibrated_answers.add(
        answers,
        spec,
        np.full((2, len(spec.keys)), 5.0),
        np.full(len(spec.keys), 0.5),
        np.array([True, False]),
    )

    silent, spoken = ([one.label for one in given if one.chosen] for given in answers)
    assert silent == (["no-values"] if facet == "response_type" else [])
    assert spoken
    assert {one.probability for one in answers[0] if not one.chosen} == {0.0}
