"""Conversations in which the assistant says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vstk.evaluate import GoldConversation, metrics, model_selection, train_heads
from vstk.types import Turn

from .records import KEYS
from .test_fit import likely, made_up


def unanswered(count: int, *, seed: int) -> tuple[np.ndarray, list[GoldConversation]]:
    """Prompts without a reply, which ask to drop the rules where the user's mean says so."""
    states, records = made_up(count, seed=seed)
    states[:, :, 1:3] = 0
    asks = states[:, -1, 0, 5] > 0.3
    return states, [
        replace(
            one,
            id=f"c:{i}",
            turns=(Turn(role="user", text=f"prompt {i}"),),
            annotations=(replace(one.annotations[0], jailbreak_attempt=bool(asks[i])),),
        )
        for i, one in enumerate(records)
    ]


def test_prompts_without_a_reply_teach_what_users_want_and_nothing_about_replies() -> None:
    answered, records = made_up(160)
    prompts, more = unanswered(120, seed=3)
    heads = train_heads.fit(np.concatenate([answered, prompts]), [*records, *more], categories=KEYS)
    unseen, true = unanswered(100, seed=8)

    flags = np.array([one.annotations[0].jailbreak_attempt for one in true])
    assert metrics.auc(flags, likely(heads, "jailbreak_attempt", unseen)[:, 0]) > 0.85
    for found in heads.read(unseen):
        of_reply = [a for a in found.answers if a.facet in model_selection.OF_REPLY]
        assert [a.label for a in of_reply if a.chosen] == ["no-values"]
        assert {a.probability for a in of_reply if not a.chosen} == {0}


def test_prompts_without_a_reply_leave_thresholds_about_replies_alone() -> None:
    """A quarter more conversations without any value must not make values rarer to be found."""
    states, records = made_up(240)
    prompts, more = unanswered(60, seed=3)

    alone = train_heads.fit(states, records, categories=KEYS)
    beside = train_heads.fit(np.concatenate([states, prompts]), [*records, *more], categories=KEYS)

    share = {
        name: np.mean(likely(heads, "ai_value", states) >= heads.facets["ai_value"].thresholds)
        for name, heads in (("alone", alone), ("beside", beside))
    }
    assert share["beside"] == pytest.approx(share["alone"], rel=0.1)


def test_figures_about_replies_do_not_count_where_there_is_none() -> None:
    states, records = made_up(240)
    prompts, more = unanswered(60, seed=3)
    every, both = [*records, *more], np.concatenate([states, prompts])

    result = train_heads.fit(both, every, categories=KEYS).cross_validation

    bins = {
        facet: sum(b["answers"] for b in result["calibration"][facet]["bins"])
        for facet in ("harmful_values", "jailbreak_attempt")
    }
    assert bins == {"harmful_values": 240, "jailbreak_attempt": 300}
