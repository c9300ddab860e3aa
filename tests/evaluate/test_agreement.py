from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from vstk.evaluate import GoldConversation, evaluate, render
from vstk.types import Answer

from .records import KEYS, perfect

FEATURES = {
    "ai_categories": {"micro_f1", "macro_f1", "prevalence_mae_points"},
    "response_group": {"kappa"},
    "response_type": {"kappa"},
    "subjective": {"kappa", "auc"},
    "task": {"kappa"},
    "harmful_values": {"kappa", "auc", "average_precision"},
    "jailbreak_attempt": {"kappa", "auc", "average_precision"},
}


def test_a_labeller_that_says_what_an_annotator_said_scores_as_the_other_annotator(
    two: list[GoldConversation],
) -> None:
    result = evaluate(two, [perfect(one) for one in two], categories=KEYS, seconds=8.0)

    assert result["conversations"] == 4
    assert result["seconds_per_conversation"] == 2.0
    assert {name: set(result["features"][name]) for name in FEATURES} == FEATURES
    for feature, figures in result["annotators"].items():
        for name, theirs in figures.items():
            alone = 0.0 if name == "prevalence_mae_points" else 1.0
            assert result["features"][feature][name] == pytest.approx((theirs + alone) / 2)
    assert result["annotators"]["ai_categories"]["micro_f1"] == pytest.approx(6 / 7)
    assert result["annotators"]["response_group"]["kappa"] == 1.0
    assert result["annotators"]["response_type"]["kappa"] < 1.0


def test_the_document_is_json_without_nan(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one) for one in two], categories=KEYS)

    text = json.dumps(result, allow_nan=False)

    assert "human_categories" in text


def test_one_annotator_has_nobody_to_agree_with(two: list[GoldConversation]) -> None:
    one = [replace(each, annotations=each.annotations[:1]) for each in two]

    result = evaluate(one, [perfect(each) for each in one], categories=KEYS)

    assert result["annotators"] == {}
    assert result["features"]["ai_categories"]["micro_f1"] == 1.0


def test_a_refused_conversation_is_counted_and_not_scored(two: list[GoldConversation]) -> None:
    predictions = [perfect(one) for one in two]

    result = evaluate(two, [None, *predictions[1:]], categories=KEYS)

    assert (result["conversations"], result["not_labelled"]) == (3, 1)


def test_a_question_left_unanswered_is_a_disagreement(two: list[GoldConversation]) -> None:
    silent = [replace(perfect(one), answers=()) for one in two]

    result = evaluate(two, silent, categories=KEYS)

    assert result["features"]["task"]["kappa"] == 0.0
    assert result["features"]["ai_categories"]["micro_f1"] == 0.0


def test_labels_below_a_category_are_not_scored(two: list[GoldConversation]) -> None:
    leaf = Answer(facet="ai_value", label=f"{KEYS[0]}/precision", probability=0.9, chosen=True)
    plain = [perfect(one) for one in two]
    deeper = [replace(one, answers=(*one.answers, leaf)) for one in plain]

    assert evaluate(two, deeper, categories=KEYS) == evaluate(two, plain, categories=KEYS)


def test_facets_that_gold_has_no_keys_of_are_not_scored(two: list[GoldConversation]) -> None:
    plain = [perfect(one) for one in two]
    leaf = Answer(facet="ai_leaf", label="any", probability=0.9, chosen=True)
    more = [replace(each, answers=(*each.answers, leaf)) for each in plain]

    assert evaluate(two, more, categories=KEYS) == evaluate(two, plain, categories=KEYS)


def test_counts_of_a_label_add_up_to_the_conversations(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one, annotator=1) for one in two], categories=KEYS)

    for labels in result["confusions"].values():
        for counts in labels.values():
            assert sum(v for k, v in counts.items() if k.endswith("tives")) == 4
    pleasure = result["confusions"]["ai_value"]["personal/pleasure-and-enjoyment"]
    assert (pleasure["true_positives"], pleasure["false_positives"]) == (0.5, 0.5)
    assert pleasure["specificity"] == pytest.approx(3 / 3.5)
    assert result["confusions"]["ai_value"]["social"]["true_positives"] == 2
    assert result["confusions"]["subjectivity"]["subjective"]["true_positives"] == 3
    assert result["confusions"]["response_type"]["resistance"]["true_positives"] == 1


def test_both_ways_of_answering_yes_or_no_mean_the_same(two: list[GoldConversation]) -> None:
    plain = [perfect(one) for one in two]
    both = [
        replace(
            one,
            answers=tuple(
                part
                for answer in one.answers
                for part in (
                    answer,
                    replace(
                        answer,
                        label="no",
                        probability=1 - answer.probability,
                        chosen=not answer.chosen,
                    ),
                )
                if part.label != "no" or answer.facet == "harmful_values"
            ),
        )
        for one in plain
    ]

    assert evaluate(two, both, categories=KEYS) == evaluate(two, plain, categories=KEYS)


def test_the_table_has_the_annotators_beside_the_labeller(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one) for one in two], categories=KEYS, seconds=2.0)

    lines = render(result).splitlines()

    assert lines[0].split() == ["feature", "measure", "labeller", "annotators"]
    row = next(line for line in lines if line.startswith("AI values"))
    assert row.split()[-2:] == ["0.93", "0.86"]
    assert lines[-1] == "4 conversations, 0.50 s each"
    assert np.all([len(line) <= 100 for line in lines])
