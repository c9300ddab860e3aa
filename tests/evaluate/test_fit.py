"""Learning on made-up hidden states in which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from vstk.evaluate import GoldConversation, metrics, ridge, train_heads
from vstk.evaluate.train_heads import TrainedHeads
from vstk.facets import Facets
from vstk.heads.math import quadratic_terms
from vstk.types import Turn

from .records import FACETS, KEYS, POLITENESS, labels, relabelled, yes

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
                labels(
                    subjectivity=("high" if row[0] > 0 else "objective",),
                    task=(TASKS[int(row[1] > 0)],),
                    ai_value=tuple(key for key, z in zip(KEYS, row[2:5], strict=True) if z > 0.8),
                    human_value=KEYS[:1] if i < 3 else (),
                    response_type=("strong-resistance" if row[5] > 0.5 else "mild-support",),
                    jailbreak_attempt=yes(row[6] > 1),
                    harmful_values=yes(row[7] > 0.7),
                ),
            ),
        )
        for i, row in enumerate(hint)
    ]
    return states, records


@pytest.fixture(scope="module")
def learned() -> tuple[np.ndarray, list[GoldConversation], TrainedHeads]:
    states, records = made_up(240)
    return states, records, train_heads.train(states, records, FACETS)


def likely(trained: TrainedHeads, facet: str, states: np.ndarray) -> np.ndarray:
    """Probabilities [conversations, labels], as an audit computes them."""
    return trained.heads.probabilities(states)[facet]


def test_heads_find_the_labels_of_conversations_they_have_not_seen(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    states, records = made_up(300, seed=2)
    true = train_heads.targets(records, FACETS)

    for facet in ("subjectivity", "task", "response_type"):
        assert learned[-1].heads.facets[facet].labels == FACETS[facet].keys
        found = likely(learned[-1], facet, states).argmax(axis=1)
        assert np.mean(found == true[facet].flags.argmax(axis=1)) > 0.8
    for facet in ("ai_value", "harmful_values"):
        found = learned[-1].heads.facets[facet].choose(likely(learned[-1], facet, states))
        assert np.mean(found == true[facet].flags) > 0.85


def test_each_facet_is_read_on_the_layer_that_has_it(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    heads = learned[-1].heads

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


def test_cross_validation_foretells_how_new_conversations_fare(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    _, _, trained = learned
    states, records = made_up(400, seed=3)
    flags = train_heads.targets(records, FACETS)["ai_value"].flags > 0

    found = trained.heads.facets["ai_value"].choose(likely(trained, "ai_value", states))

    foretold = trained.cross_validation.features["ai_categories"].micro_f1
    assert metrics.micro_f1(flags, found) == pytest.approx(foretold, abs=0.08)


def test_a_label_of_few_positives_gets_its_share_and_is_never_counted(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    states, _, trained = learned

    head = trained.heads.facets["human_value"]

    assert trained.rare["human_value"] == KEYS
    assert trained.heads.meta["prior_only"]["human_value"] == list(KEYS)
    assert not head.weight.any()
    assert np.all(head.thresholds > 1)
    assert likely(trained, "human_value", states)[0, 0] == pytest.approx(3.5 / 241)


def test_answers_to_one_question_are_never_on_both_sides_of_a_fold() -> None:
    _, records = made_up(100)

    folds = train_heads.assign_folds(records, seed=5)

    assert np.all(folds[0::2] == folds[1::2])
    assert len(set(folds)) == train_heads.FOLDS


def test_the_same_conversations_give_the_same_heads(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    states, records, trained = learned

    again = train_heads.train(states, records, FACETS).heads

    assert np.array_equal(again.facets["task"].weight, trained.heads.facets["task"].weight)
    assert again.meta == trained.heads.meta


def test_the_method_is_the_one_that_the_shipped_heads_were_trained_by(
    learned: tuple[np.ndarray, list[GoldConversation], TrainedHeads],
) -> None:
    """Figures of the first version of this module, on the same made-up states."""
    trained = learned[-1]
    heads, figures = trained.heads.facets, trained.cross_validation.features

    assert {
        facet: float(np.abs(head.weight.astype(float)).sum()) for facet, head in heads.items()
    } == pytest.approx(
        {
            "subjectivity": 10.5,
            "task": 12.1,
            "ai_value": 39.8,
            "human_value": 0.0,
            "response_type": 22.4,
            "jailbreak_attempt": 20.4,
            "harmful_values": 24.5,
        },
        abs=0.06,
    )
    assert figures["ai_categories"].known == pytest.approx(
        {"micro_f1": 0.7464, "macro_f1": 0.7458, "prevalence_mae_points": 0.1389}, abs=1e-3
    )
    assert figures["subjective"].known == pytest.approx({"kappa": 0.7583, "auc": 0.9457}, abs=1e-3)
    assert figures["harmful_values"].known == pytest.approx(
        {"kappa": 0.6987, "auc": 0.9321, "average_precision": 0.8419}, abs=1e-3
    )


def test_a_facet_of_the_sheet_is_learned_like_any_other() -> None:
    states, records = made_up(120)
    polite = states[:, -1, 1, 9] > 0.3
    file = [
        relabelled(one, politeness=("polite",) if is_so else ())
        for one, is_so in zip(records, polite, strict=True)
    ]

    trained = train_heads.train(states, file, Facets((*FACETS.values(), POLITENESS)))

    head = trained.heads.facets["politeness"]
    assert (head.kind, head.labels) == ("binary", ("polite",))
    assert metrics.auc(polite, likely(trained, "politeness", states)[:, 0]) > 0.9


def test_a_facet_without_labels_gets_no_head() -> None:
    states, records = made_up(60)

    trained = train_heads.train(states, records, Facets((*FACETS.values(), POLITENESS)))

    assert set(trained.heads.facets) == set(FACETS)


def kernel_of(x: np.ndarray) -> np.ndarray:
    return np.asarray(ridge.inner_products(x.astype(np.float32)))


def test_out_of_fold_scores_are_those_of_refitting_without_the_fold() -> None:
    random = np.random.default_rng(0)
    raw = random.normal(size=(60, 8))
    x = ridge.standardised(raw)[0]
    true = (random.random((60, 2)) < 0.4).astype(np.float32)
    folds = np.arange(60) % 5

    (scores,) = ridge.out_of_fold(kernel_of(raw), true, folds, [0.01]).values()

    for fold in range(5):
        out = folds == fold
        model = Ridge(alpha=0.01 * 60 * 8).fit(x[~out], true[~out])
        assert scores[out] == pytest.approx(model.predict(x[out]), abs=1e-2)


def test_coefficients_are_those_of_ridge_regression_on_weighted_vectors() -> None:
    random = np.random.default_rng(0)
    raw = [random.normal(size=(40, 8)) for _ in range(2)]
    x = [ridge.standardised(one)[0] for one in raw]
    true = (random.random((40, 3)) < 0.4).astype(np.float32)
    hyperparameters = ridge.Hyperparameters(vectors=(1, 3), penalty=0.01)
    kernel = ridge.mixed_kernel([kernel_of(one) for one in raw], hyperparameters.vectors)

    weight, intercept = ridge.coefficients(x, kernel, true, hyperparameters)

    weighted = np.concatenate([np.sqrt(1 / 4) * x[0], np.sqrt(3 / 4) * x[1]], axis=1)
    model = Ridge(alpha=0.01 * 40 * 8).fit(weighted, true)
    found = np.concatenate(x, axis=1) @ weight.T + intercept
    assert found == pytest.approx(model.predict(weighted), abs=1e-2)


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(1, 12))
def test_products_of_quadratic_terms_are_squares_of_products(seed, count, kept):
    x = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    vectors, values = ridge.components(x @ x.T, kept)
    directions = (vectors / np.sqrt(values)).T @ x

    terms = quadratic_terms(x, directions)

    assert directions @ directions.T == pytest.approx(np.eye(len(values)), abs=1e-2)
    assert terms @ terms.T / terms.shape[1] == pytest.approx(
        ridge.quadratic_kernel(x @ x.T, kept), abs=1e-2
    )


def quarrels(count: int, *, seed: int) -> tuple[np.ndarray, list[GoldConversation]]:
    """Conversations that are harmful where both sides mean the same, whatever that is."""
    states, records = made_up(count, seed=seed)
    directions = np.random.default_rng(4).normal(size=(2, WIDTH)).astype(np.float32)
    meant = np.random.default_rng(seed).normal(size=(count, 2, 2)).astype(np.float32)
    states[:, -1, :2] = meant @ directions
    return states, [
        relabelled(one, harmful_values=yes(is_so))
        for one, is_so in zip(records, meant[:, 0, 0] * meant[:, 1, 0] > 0.2, strict=True)
    ]


def test_what_only_both_sides_together_say_is_learned() -> None:
    heads = train_heads.train(*quarrels(300, seed=1), FACETS)
    states, records = quarrels(200, seed=2)
    flags = train_heads.targets(records, FACETS)["harmful_values"].flags[:, 0] > 0

    found = likely(heads, "harmful_values", states)[:, 0]

    assert metrics.auc(flags, found) > 0.85
    auc = heads.cross_validation.features["harmful_values"].auc
    assert auc is not None
    assert auc > 0.85


def test_where_nothing_varies_each_label_gets_about_its_share() -> None:
    states, records = made_up(24)
    states[:] = 1

    heads = train_heads.train(states, records, FACETS)

    for facet in ("task", "response_type"):
        share = train_heads.targets(records, FACETS)[facet].flags.mean(axis=0)
        assert likely(heads, facet, states[:1])[0] == pytest.approx(share, abs=0.2)
