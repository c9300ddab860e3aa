"""Words of annotators, learned from hidden states."""

from types import SimpleNamespace

import numpy as np

from vstk.evaluate import train_naming
from vstk.extract.fine_labels import NamingModel
from vstk.extract.stemming import word_families


def records(words):
    return [
        SimpleNamespace(annotations=(SimpleNamespace(ai_words=tuple(given)),)) for given in words
    ]


def test_a_word_is_likelier_where_states_are_like_those_it_was_named_for():
    random = np.random.default_rng(5)
    states = random.normal(size=(80, 12))
    states[:40, 0] += 4
    given = [["gentle kindness"] if n < 40 else ["precision", "cruelty"] for n in range(80)]

    found = train_naming.fit(
        states, records(given), word_families, known=lambda phrase: phrase != "cruelty", rank=2
    )

    assert found is not None
    assert set(found.words) == word_families("gentle kindness") | word_families("precision")
    assert found.phrases == {"gentle kindness": 40, "precision": 40}
    model = NamingModel(
        meta={"words": found.words},
        mean=found.mean,
        scale=found.scale,
        down=found.down,
        up=found.up,
        level=found.level,
        share=found.share,
    )
    [kind], [precise] = word_families("kindness"), word_families("precision")
    near, far = model.lift(states[:40].mean(axis=0)), model.lift(states[40:].mean(axis=0))
    assert near[kind] > 0.3 > 0 > far[kind]
    assert far[precise] > 0 > near[precise]


def test_without_words_nothing_is_learned():
    assert train_naming.fit(np.zeros((3, 2)), records([[], ["once"], []]), word_families) is None


def test_a_phrase_about_one_conversation_is_not_kept_word_for_word():
    given = [["kindness", "calm"], ["kind calmness"], ["kindness to Ms Keller"], ["calm"]]

    found = train_naming.fit(
        np.random.default_rng(1).normal(size=(4, 3)), records(given), word_families
    )

    assert found is not None
    assert found.phrases == {"calm": 2, "kind calmness": 1, "kindness": 1}
