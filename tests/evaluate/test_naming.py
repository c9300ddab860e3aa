"""Words of annotators, learned from hidden states."""

import numpy as np

from vstk.evaluate import train_naming
from vstk.extract.stemming import word_families


def test_a_word_is_likelier_where_states_are_like_those_it_was_named_for():
    random = np.random.default_rng(5)
    states = random.normal(size=(80, 12))
    states[:40, 0] += 4
    given = [["gentle kindness"] if n < 40 else ["precision", "cruelty"] for n in range(80)]

    found = train_naming.train(
        states, given, word_families, is_learned=lambda phrase: phrase != "cruelty", rank=2
    )

    assert found is not None
    assert set(found.meta["words"]) == word_families("gentle kindness") | word_families("precision")
    assert found.meta["phrases"] == {"gentle kindness": 40, "precision": 40}
    [kind], [precise] = word_families("kindness"), word_families("precision")
    near, far = found.lift(states[:40].mean(axis=0)), found.lift(states[40:].mean(axis=0))
    assert near[kind] > 0.3 > 0 > far[kind]
    assert far[precise] > 0 > near[precise]


def test_without_words_nothing_is_learned():
    assert train_naming.train(np.zeros((3, 2)), [[], ["once"], []], word_families) is None


def test_a_phrase_about_one_conversation_is_not_kept_word_for_word():
    given = [["kindness", "calm"], ["kind calmness"], ["kindness to Ms Keller"], ["calm"]]

    found = train_naming.train(np.random.default_rng(1).normal(size=(4, 3)), given, word_families)

    assert found is not None
    assert found.meta["phrases"] == {"calm": 2, "kind calmness": 1, "kindness": 1}
