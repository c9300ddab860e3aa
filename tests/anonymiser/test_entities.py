"""Names by spaCy's weights: what spaCy itself would find, whatever is read together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.ner import SpacyPipeline
from vstk.anonymiser.spacy_batch_decoder import BatchDecoder
from vstk.errors import ModelUnverified

WORDS = (
    *("Maria", "Keller", "maria", "O'Brien", "van", "der", "Berg", "Dr.", "Smith's", "JOHN"),
    *("moved", "to", "Berlin", "in", "May", "2021", "from", "the", "United", "States", "of"),
    *("America", "Acme", "Corp.", ",", "and", ".", "paid", "$", "300", "million", "\n", "  ", "\t"),
    *("zxqv", "李", "é", "don't", "e.g.", "U.N.", "New", "York", "Times", "second", "7:30", "pm"),
)
texts = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


@pytest.fixture(scope="module")
def nlp(pipeline_path):
    import spacy

    import vstk.anonymiser.presidio  # noqa: F401

    return spacy.load(pipeline_path)


@given(st.lists(texts, max_size=6))
@settings(max_examples=60, deadline=None)
def test_it_finds_what_spacy_finds(nlp, written):
    decoder = BatchDecoder(nlp.get_pipe("ner"))
    wanted = [
        [(ent.start, ent.end, ent.label_) for ent in doc.ents]
        for doc in nlp.pipe(written, disable=["tagger", "parser", "lemmatizer"])
    ]

    assert decoder.entities([nlp.make_doc(text) for text in written]) == wanted


def test_what_else_is_read_changes_nothing(pipeline_path):
    written = [
        f"{who} of {where} wrote to us about {what}."
        for who in ("Maria Keller", "The mayor", "Acme Corp.", "jean dupont")
        for where in ("Berlin", "the United States of America", "nowhere in particular")
        for what in ("the bill", "Dr. Anna van der Berg", "May 2021")
    ]
    together = SpacyPipeline(pipeline_path).spans(written, Deadline(60))
    alone = SpacyPipeline(pipeline_path)
    one_by_one = [alone.spans([text], Deadline(60))[0] for text in reversed(written)]

    assert together == one_by_one[::-1]
    assert any(together)


def test_words_of_a_log_are_forgotten_in_time(pipeline_path, monkeypatch):
    monkeypatch.setattr("vstk.anonymiser.ner.SEGMENTS_PER_MEMORY_ZONE", 40)
    pipeline = SpacyPipeline(pipeline_path)
    written = [f"Qvzx{number}word lives in Berlin with Maria Keller." for number in range(100)]
    before = [pipeline.spans([text], Deadline(60))[0] for text in written]

    vocabulary = pipeline._nlp.vocab.strings
    kept = sum(f"Qvzx{number}word" in vocabulary for number in range(100))
    again = SpacyPipeline(pipeline_path).spans(written, Deadline(60))

    assert kept <= 41
    assert before == again


def test_a_recognizer_of_another_form_is_left_to_spacy(nlp):
    assert BatchDecoder.supports(nlp.get_pipe("ner"))
    assert not BatchDecoder.supports(nlp.get_pipe("parser"))
    assert not BatchDecoder.supports(nlp.get_pipe("tagger"))
    assert not BatchDecoder.supports(object())


@pytest.mark.parametrize("label", [None, "ORG"])
def test_a_pipeline_that_cannot_find_people_is_refused(label, tmp_path):
    blank = _blank("de", label)
    blank.to_disk(tmp_path / "pipeline")

    with pytest.raises(ModelUnverified, match="cannot find people"):
        SpacyPipeline(tmp_path / "pipeline")


def test_a_pipeline_for_chinese_is_given_the_characters(tmp_path):
    blank = _blank("zh", "PERSON")
    ruler = blank.add_pipe("entity_ruler", config={"overwrite_ents": True})
    ruler.add_patterns([{"label": "PERSON", "pattern": [{"TEXT": one} for one in "李明"]}])
    blank.to_disk(tmp_path / "pipeline")

    (found,) = SpacyPipeline(tmp_path / "pipeline").spans(["昨天李明来过。"], Deadline(60))

    assert (2, 4, "PERSON") in found


def _blank(language, label):
    import vstk.anonymiser.presidio  # noqa: F401, I001 - Presidio first
    import spacy

    blank = spacy.blank(language)
    if label:
        blank.add_pipe("ner").add_label(label)
    blank.initialize()
    return blank
