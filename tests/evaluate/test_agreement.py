from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vstk.errors import InputUnreadable
from vstk.evaluate import EvaluationResult, GoldConversation, evaluate, read, render
from vstk.facets import Facets
from vstk.types import Answer

from .records import FACETS, KEYS, POLITENESS, perfect, record, write

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
    result = evaluate(two, [perfect(one) for one in two], facets=FACETS, seconds=8.0)

    assert result.conversations == 4
    assert result.seconds_per_conversation == 2.0
    assert {name: set(result.features[name].known) for name in FEATURES} == FEATURES
    for feature, figures in result.annotators.items():
        for name, theirs in figures.known.items():
            alone = 0.0 if name == "prevalence_mae_points" else 1.0
            found = result.features[feature].known[name]
            assert found == pytest.approx((theirs + alone) / 2)
    assert result.annotators["ai_categories"].micro_f1 == pytest.approx(6 / 7)
    assert result.annotators["response_group"].kappa == 1.0
    kappa = result.annotators["response_type"].kappa
    assert kappa is not None
    assert kappa < 1.0


def test_the_document_is_read_back_as_it_was_written(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one) for one in two], facets=FACETS, seconds=1.0)

    document = json.loads(result.to_json(), parse_constant=pytest.fail)

    assert EvaluationResult.from_json(result.to_json()) == result
    assert document["schema"] == "vstk-evaluation-1"
    assert set(document["features"]["harmful_values"]) == FEATURES["harmful_values"]
    assert document["confusions"]["ai_value"]["social"]["sensitivity"] == 1.0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda one: one.pop("schema"), "schema"),
        (lambda one: one.update(schema="vstk-evaluation-0"), "schema"),
        (lambda one: one.update(secret=1), "secret"),
        (lambda one: one.update(conversations="4"), "conversations"),
        (lambda one: one.update(confusions=[]), "confusions"),
        (lambda one: one["features"]["task"].update(kappa="SECRET"), "features.task.kappa"),
        (lambda one: one["features"]["task"].update(kapa=0.5), "features.task.kapa"),
        (lambda one: one["confusions"]["task"]["other"].update(true_positives=-1), "negative"),
    ],
)
def test_a_document_of_another_form_is_refused_and_the_key_named(
    two: list[GoldConversation], change: Callable[[dict[str, Any]], object], named: str
) -> None:
    document = json.loads(evaluate(two, [perfect(one) for one in two], facets=FACETS).to_json())
    change(document)

    with pytest.raises(InputUnreadable) as caught:
        EvaluationResult.from_json(json.dumps(document), "x.quality.json")

    assert "'x.quality.json'" in caught.value.problem
    assert named in caught.value.problem
    assert "SECRET" not in str(caught.value)


def test_a_facet_is_measured_as_the_sheet_says(tmp_path: Path) -> None:
    facets = Facets((POLITENESS,))
    file = write(
        tmp_path / "gold.jsonl",
        *(record(str(n), {"is_polite": n < 2}, {"is_polite": n < 1}) for n in range(4)),
    )
    records = read(file, facets)

    result = evaluate(records, [perfect(one, facets) for one in records], facets=facets)

    assert result.features["politeness"].auc == pytest.approx((1.0 + 5 / 6) / 2)
    assert result.annotators["politeness"].known == {"kappa": 0.5}
    assert result.confusions["politeness"]["polite"].true_positives == 1.5
    row = next(line for line in render(result, facets).splitlines() if "kappa" in line)
    assert row.split() == ["Politeness", "kappa", "0.75", "0.50"]


def test_one_annotator_has_nobody_to_agree_with(two: list[GoldConversation]) -> None:
    one = [replace(each, annotations=each.annotations[:1]) for each in two]

    result = evaluate(one, [perfect(each) for each in one], facets=FACETS)

    assert result.annotators == {}
    assert result.features["ai_categories"].micro_f1 == 1.0


def test_a_refused_conversation_is_counted_and_not_scored(two: list[GoldConversation]) -> None:
    predictions = [perfect(one) for one in two]

    result = evaluate(two, [None, *predictions[1:]], facets=FACETS)

    assert (result.conversations, result.not_labelled) == (3, 1)


def test_a_question_left_unanswered_is_a_disagreement(two: list[GoldConversation]) -> None:
    silent = [replace(perfect(one), answers=()) for one in two]

    result = evaluate(two, silent, facets=FACETS)

    assert result.features["task"].kappa == 0.0
    assert result.features["ai_categories"].micro_f1 == 0.0


def test_labels_below_a_category_are_not_scored(two: list[GoldConversation]) -> None:
    leaf = Answer(facet="ai_value", label=f"{KEYS[0]}/precision", probability=0.9, chosen=True)
    plain = [perfect(one) for one in two]
    deeper = [replace(one, answers=(*one.answers, leaf)) for one in plain]

    assert evaluate(two, deeper, facets=FACETS) == evaluate(two, plain, facets=FACETS)


def test_facets_that_gold_has_no_keys_of_are_not_scored(two: list[GoldConversation]) -> None:
    plain = [perfect(one) for one in two]
    leaf = Answer(facet="ai_leaf", label="any", probability=0.9, chosen=True)
    more = [replace(each, answers=(*each.answers, leaf)) for each in plain]

    assert evaluate(two, more, facets=FACETS) == evaluate(two, plain, facets=FACETS)


def test_counts_of_a_label_add_up_to_the_conversations(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one, annotator=1) for one in two], facets=FACETS)

    for labels in result.confusions.values():
        for counts in labels.values():
            assert sum(asdict(counts).values()) == 4
    pleasure = result.confusions["ai_value"]["personal/pleasure-and-enjoyment"]
    assert (pleasure.true_positives, pleasure.false_positives) == (0.5, 0.5)
    assert pleasure.specificity == pytest.approx(3 / 3.5)
    assert result.confusions["ai_value"]["social"].true_positives == 2
    assert result.confusions["subjectivity"]["subjective"].true_positives == 3
    assert result.confusions["response_type"]["resistance"].true_positives == 1


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

    assert evaluate(two, both, facets=FACETS) == evaluate(two, plain, facets=FACETS)


def test_the_table_has_the_annotators_beside_the_labeller(two: list[GoldConversation]) -> None:
    result = evaluate(two, [perfect(one) for one in two], facets=FACETS, seconds=2.0)

    lines = render(result, FACETS).splitlines()

    assert lines[0].split() == ["feature", "measure", "labeller", "annotators"]
    row = next(line for line in lines if line.startswith("The assistant’s values"))
    assert row.split()[-2:] == ["0.93", "0.86"]
    assert lines[-1] == "4 conversations, 0.50 s each"
    assert np.all([len(line) <= 100 for line in lines])
