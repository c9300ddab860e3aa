"""Learning on made-up hidden states in which the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from vstk.evaluate import AnnotatorLabels, GoldConversation, metrics, ridge, train_heads
from vstk.extract import heads as heads_file
from vstk.types import Turn

from .records import KEYS

WIDTH = 24
TASKS = ("finance", "chit-chat")


def made_up(count: int, *, seed: int = 1) -> tuple[np.ndarray, list[GoldConversation]]:
    """Conversations whose states say, with some noise, which labels they have.

    The lower layer says what is harmful, the upper one all else.
    """
    random = np.random.default_rng(seed)
    states = random.normal(size=(count, 2, 6, WIDTH)).astype(np.float32)
    hint = states[:, -1, 1] + 0.2 * random.normal(size=(count, WIDTH))
    hint[:, 7] = states[:, 0, 1, 7] + 0.2 * random.normal(size=count)
    records = [
        GoldConversation(
            id=f"{'ab'[i % 2]}:{i}",
            turns=(
                Turn(role="user", text=f"question {i // 2}"),
                Turn(role="assistant", text="answer"),
            ),
            annotations=(
                AnnotatorLabels(
                    subjectivity="high" if row[0] > 0 else "objective",
                    task=TASKS[int(row[1] > 0)],
                    ai_value=tuple(key for key, z in zip(KEYS, row[2:5], strict=True) if z > 0.8),
                    human_value=KEYS[:1] if i < 3 else (),
                    response_type="strong-resistance" if row[5] > 0.5 else "mild-support",
                    jailbreak_attempt=bool(row[6] > 1),
                    harmful_values=bool(row[7] > 0.7),
                ),
            ),
        )
        for i, row in enumerate(hint)
    ]
    return states, records


@pytest.fixture(scope="module")
def learned() -> tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads]:
    states, records = made_up(240)
    return states, records, train_heads.fit(states, records, categories=KEYS)


def likely(heads: train_heads.FittedHeads, facet: str, states: np.ndarray) -> np.ndarray:
    """As the extractor applies a head."""
    in_an_audit = heads_file.Heads(
        meta={},
        facets={name: heads_file.FacetHead(**vars(head)) for name, head in heads.facets.items()},
        mean=heads.mean,
        scale=heads.scale,
        blocks=heads.blocks,
        paired=heads.paired,
        directions=heads.directions,
    )
    return np.stack([in_an_audit.read(one)[facet] for one in states])


def test_heads_find_the_labels_of_conversations_they_have_not_seen(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    _, _, heads = learned
    states, records = made_up(300, seed=2)
    true = train_heads.targets(records, KEYS)

    for facet in ("subjectivity", "task", "response_type"):
        labels, flags = true[facet]
        assert heads.facets[facet].labels == labels
        found = likely(heads, facet, states).argmax(axis=1)
        assert np.mean(found == flags.argmax(axis=1)) > 0.8
    for facet in ("ai_value", "harmful_values"):
        _, flags = true[facet]
        found = likely(heads, facet, states) >= heads.facets[facet].thresholds
        assert np.mean(found == flags) > 0.85


def test_each_facet_is_read_on_the_layer_that_has_it(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    _, _, heads = learned

    lower, upper = (
        {
            facet: sum(
                np.abs(head.weight[:, i * WIDTH : (i + 1) * WIDTH]).sum()
                for i, (layer, _) in enumerate(heads.blocks)
                if layer == wanted
            )
            for facet, head in heads.facets.items()
        }
        for wanted in (0, 1)
    )
    assert lower["harmful_values"] > 0 == upper["harmful_values"]
    assert upper["ai_value"] > 0 == lower["ai_value"]


def test_an_audit_reads_heads_as_their_training_does(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    states, _, heads = learned

    for facet in heads.facets:
        said = [
            [one.probability for one in found.answers if one.facet == facet]
            for found in heads.read(states[:20])
        ]
        assert np.array(said) == pytest.approx(likely(heads, facet, states[:20]), abs=1e-4)


def test_cross_validation_foretells_how_new_conversations_fare(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    _, _, heads = learned
    states, records = made_up(400, seed=3)
    flags = train_heads.targets(records, KEYS)["ai_value"][1] > 0

    found = likely(heads, "ai_value", states) >= heads.facets["ai_value"].thresholds

    said = heads.cross_validation["features"]["ai_categories"]["micro_f1"]
    assert 2 * np.sum(found & flags) / (np.sum(found) + np.sum(flags)) == pytest.approx(
        said, abs=0.08
    )


def test_a_label_of_few_positives_gets_its_share_and_is_never_counted(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    states, _, heads = learned

    head = heads.facets["human_value"]

    assert heads.meta["prior_only"]["human_value"] == list(KEYS)
    assert not head.weight.any()
    assert np.all(head.thresholds > 1)
    assert likely(heads, "human_value", states)[0, 0] == pytest.approx(3.5 / 241)


def test_answers_to_one_question_are_never_on_both_sides_of_a_fold() -> None:
    _, records = made_up(100)

    folds = train_heads.assign_folds(records, seed=5)

    assert np.all(folds[0::2] == folds[1::2])
    assert len(set(folds)) == train_heads.FOLDS


def test_the_same_conversations_give_the_same_heads(
    learned: tuple[np.ndarray, list[GoldConversation], train_heads.FittedHeads],
) -> None:
    states, records, heads = learned

    again = train_heads.fit(states, records, categories=KEYS)

    assert np.array_equal(again.facets["task"].weight, heads.facets["task"].weight)
    assert again.meta == heads.meta


def kernel_of(x: np.ndarray) -> np.ndarray:
    return np.asarray(ridge.inner_products(x.astype(np.float32)))


def test_out_of_fold_scores_are_those_of_refitting_without_the_fold() -> None:
    random = np.random.default_rng(0)
    raw = random.normal(size=(60, 8))
    x = ridge.standard(raw)[0]
    true = (random.random((60, 2)) < 0.4).astype(np.float32)
    folds = np.arange(60) % 5

    (scores,) = ridge.out_of_fold(kernel_of(raw), true, folds, [0.01]).values()

    for fold in range(5):
        out = folds == fold
        direct = ridge.held_out(kernel_of(raw), true, np.flatnonzero(~out), 0.01 * 60 / sum(~out))
        assert scores[out] == pytest.approx(direct[out], abs=1e-3)
        model = Ridge(alpha=0.01 * 60 * 8).fit(x[~out], true[~out])
        assert scores[out] == pytest.approx(model.predict(x[out]), abs=1e-2)


def test_planes_give_the_scores_that_products_give() -> None:
    random = np.random.default_rng(0)
    raw = [random.normal(size=(40, 8)) for _ in range(2)]
    x = [ridge.standard(one)[0] for one in raw]
    true = (random.random((40, 3)) < 0.4).astype(np.float32)
    recipe = ridge.Hyperparameters(vectors=(1, 3), penalty=0.01)
    kernel = ridge.mixed_kernel([kernel_of(one) for one in raw], recipe)

    weight, level = ridge.coefficients(x, kernel, true, recipe)

    expected = ridge.held_out(kernel, true, np.arange(40), 0.01)
    assert np.concatenate(x, axis=1) @ weight.T + level == pytest.approx(expected, abs=1e-3)


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(1, 12))
def test_products_of_quadratic_terms_are_squares_of_products(seed, count, kept):
    x = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    vectors, values = ridge.components(x @ x.T, kept)
    directions = (vectors / np.sqrt(values)).T @ x

    terms = ridge.quadratic_terms(x, directions)

    assert directions @ directions.T == pytest.approx(np.eye(len(values)), abs=1e-2)
    assert terms @ terms.T / terms.shape[1] == pytest.approx(
        ridge.quadratic_products(x @ x.T, kept), abs=1e-2
    )


def quarrels(count: int, *, seed: int) -> tuple[np.ndarray, list[GoldConversation]]:
    """Conversations that are harmful where both sides mean the same, whatever that is."""
    states, records = made_up(count, seed=seed)
    directions = np.random.default_rng(4).normal(size=(2, WIDTH)).astype(np.float32)
    meant = np.random.default_rng(seed).normal(size=(count, 2, 2)).astype(np.float32)
    states[:, -1, :2] = meant @ directions
    return states, [
        replace(one, annotations=(replace(one.annotations[0], harmful_values=bool(is_so)),))
        for one, is_so in zip(records, meant[:, 0, 0] * meant[:, 1, 0] > 0.2, strict=True)
    ]


def test_what_only_both_sides_together_say_is_learned() -> None:
    heads = train_heads.fit(*quarrels(300, seed=1), categories=KEYS)
    states, records = quarrels(200, seed=2)
    flags = train_heads.targets(records, KEYS)["harmful_values"][1][:, 0] > 0

    found = likely(heads, "harmful_values", states)[:, 0]

    assert metrics.auc(flags, found) > 0.85
    assert heads.cross_validation["features"]["harmful_values"]["auc"] > 0.85


def test_where_nothing_varies_each_label_gets_about_its_share() -> None:
    states, records = made_up(24)
    states[:] = 1

    heads = train_heads.fit(states, records, categories=KEYS)

    for facet in ("task", "response_type"):
        share = train_heads.targets(records, KEYS)[facet][1].mean(axis=0)
        assert likely(heads, facet, states[:1])[0] == pytest.approx(share, abs=0.2)
