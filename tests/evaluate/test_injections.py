"""Copies with a text put in, and what heads learn from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vstk.evaluate import injections, metrics, train_heads
from vstk.types import Turn

from .records import FACETS, relabelled, yes
from .test_fit import likely, made_up

_, RECORDS = made_up(2)


@given(
    st.lists(st.sampled_from(["system", "user", "assistant", "tool"]), min_size=1, max_size=6),
    st.text(min_size=1, max_size=20).filter(str.strip),
    st.integers(0, 10**6),
)
def test_a_copy_says_what_its_original_says_and_one_thing_more(
    roles: list[str], said: str, number: int
) -> None:
    turns = tuple(Turn(role=role, text=said) for role in roles)
    record = replace(RECORDS[0], id=f"a:{number}", turns=turns)

    made = injections.copies([record], one_in=1)

    if not {"user", "assistant"} & set(roles):
        assert made.records == ()
    if {"user", "assistant"} <= set(roles):
        assert len(made.records) == 1
    for copy in made.records:
        changed = [
            (old, new) for old, new in zip(record.turns, copy.turns, strict=True) if old != new
        ]
        ((old, new),) = changed
        assert new.role == old.role in {"user", "assistant"}
        assert said in new.text
        assert len(new.text) > len(said)
        assert copy.annotations == record.annotations


def test_the_same_conversations_lead_to_the_same_copies_whatever_stands_beside_them() -> None:
    records = [replace(RECORDS[i % 2], id=f"a:{i}") for i in range(800)]

    made = injections.copies(records, one_in=8)
    alone = injections.copies(records[400:], one_in=8)

    assert 60 < len(made.records) < 140
    assert [records[of].id for of in made.of] == [one.id.split("#")[0] for one in made.records]
    assert [one for one in made.records if one in alone.records] == list(alone.records)
    assert len({one.id for one in made.records} | {one.id for one in records}) == 800 + len(made.of)


def test_a_copy_of_another_text_has_another_id() -> None:
    one = injections.copies([RECORDS[0]], one_in=1)
    turns = (Turn(role="user", text="something else"),)
    other = injections.copies([replace(RECORDS[0], turns=turns)], one_in=1)

    assert one.records[0].id != other.records[0].id


def test_heads_learn_to_look_past_what_copies_have_put_in() -> None:
    """Harm and what is put in move states alike, in part; the rest of harm is its own."""
    states, records = made_up(300)
    harm = np.array([bool(one.annotations[0].labels["harmful_values"]) for one in records])
    states[harm, :, :2, 20:22] += 2.5
    put_in = states.copy()
    put_in[:, :, :2, 20] += 2.5
    of = list(range(0, 300, 4))

    plain = train_heads.train(states, records, FACETS)
    taught = train_heads.train(np.concatenate([states, put_in[of]]), records, FACETS, copies_of=of)

    unseen = [i for i in range(300) if i not in of]
    moved = {
        name: np.abs(
            likely(heads, "harmful_values", put_in[unseen])
            - likely(heads, "harmful_values", states[unseen])
        ).mean()
        for name, heads in (("plain", plain), ("taught", taught))
    }
    assert moved["taught"] < 0.6 * moved["plain"]
    assert taught.heads.meta["conversations"] == 300
    assert taught.heads.meta["copies"] == len(of)


def test_a_copy_is_in_the_fold_of_its_original() -> None:
    """Labels that states say nothing of: whoever has seen a copy would know them."""
    states, records = made_up(240)
    drawn = np.random.default_rng(9).random(240) > 0.5
    records = [
        relabelled(one, harmful_values=yes(is_so))
        for one, is_so in zip(records, drawn, strict=True)
    ]
    of = list(range(240))

    heads = train_heads.train(np.concatenate([states, states]), records, FACETS, copies_of=of)

    auc = heads.cross_validation.features["harmful_values"].auc
    assert auc is not None
    assert 0.3 < auc < 0.7
    assert metrics.auc(drawn, likely(heads, "harmful_values", states)[:, 0]) > 0.8


def test_the_texts_that_are_inserted_stay_what_the_shipped_heads_were_trained_on() -> None:
    whole = json.dumps(injections.texts(), ensure_ascii=False).encode()

    assert {kind: len(many) for kind, many in injections.texts().items()} == {
        "instructions": 36,
        "small_talk": 12,
        "remarks": 16,
    }
    assert hashlib.sha256(whole).hexdigest()[:16] == "82d2335fb91a0e2d"
