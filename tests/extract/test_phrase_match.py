"""Stemming of words, and phrases found by stems or word for word."""

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from vstk.extract.phrase_match import ExactPhrases, StemmedPhrases
from vstk.extract.stemming import word_families, word_family


@pytest.mark.parametrize(
    "forms",
    [
        "respect respectful respectfully respecting",
        "clarity clear clearly",
        "honest honesty honestly",
        "safe safety safely",
        "privacy private",
        "creative creativity creation create",
        "accuracy accurate accurately",
        "organization organisation organize organise",
        "ethics ethical ethically",
        "humility humble",
        "humor humour",
    ],
)
def test_forms_of_a_word_are_one_family(forms):
    assert len({word_family(word) for word in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("consent", "consistency"),
        ("authenticity", "authority"),
        ("patience", "patients"),
        ("community", "communication"),
        ("optimism", "optimization"),
    ],
)
def test_words_that_only_look_alike_are_not(one, other):
    assert word_family(one) != word_family(other)


PAIRS = {
    # pair: whether `family` joins it, whether Snowball's stemmer for English does
    "honest honesty": (True, False),
    "clear clarity": (True, False),
    "humble humility": (True, False),
    "safe safety": (True, False),
    "private privacy": (True, False),
    "accurate accuracy": (True, False),
    "organise organize": (True, False),
    "humor humour": (True, False),
    "respect respectful": (True, True),
    "creative creativity": (True, True),
    "ethics ethical": (True, True),
    "compassion compassionate": (False, False),
    "patience patients": (False, False),
    "community communication": (False, False),
}


@pytest.mark.parametrize(("pair", "joined"), PAIRS.items(), ids=PAIRS)
def test_families_beside_the_stems_of_snowball(pair, joined):
    """Why vstk has rules of its own: Snowball keeps eight pairs of these value words apart."""
    stem = snowballstemmer.stemmer("english").stemWord
    one, other = pair.split()

    assert (word_family(one) == word_family(other), stem(one) == stem(other)) == joined


def test_small_words_do_not_count_unless_there_are_no_others():
    assert word_families("honesty about limits") == word_families("limits, honesty")
    assert word_families("of the") == {"of", "the"}


def test_a_phrase_is_found_where_all_its_words_are():
    lexicon = StemmedPhrases(
        {"a/privacy": ["privacy"], "b/clear-words": ["clear words", "plainness"]}
    )

    counts = lexicon.counts(["Clearly: keep your private words private.", "Your words, clear."])

    assert counts == {"a/privacy": 2, "b/clear-words": 2}
    assert lexicon.counts(["plainly"]) == {"b/clear-words": 1}
    assert lexicon.counts(["nothing of the sort"]) == {}


@given(st.lists(st.text(max_size=200), max_size=3))
def test_whatever_is_read_only_keys_come_out(texts):
    lexicon = StemmedPhrases({"key-one": ["care"], "key-two": ["good cheer"], "key-three": ["!"]})

    assert lexicon.counts(texts).keys() <= {"key-one", "key-two"}


def test_new_words_are_found_word_for_word_and_no_other_way():
    phrases = ExactPhrases({"zest": "zest", "self-reliance": "self-reliance"})

    assert phrases.find(["Zest, and self reliance."]) == ["self-reliance", "zest"]
    assert phrases.find(["zestful reliance on self"]) == []


def test_what_the_scrub_puts_in_place_of_a_name_is_nobodys_word():
    lexicon = StemmedPhrases({"family": ["family"], "location": ["location"]})

    assert lexicon.counts(["<FAMILY_1> lives in <LOCATION_12>."]) == {}
    assert lexicon.counts(["<PERSON_1> and the family"]) == {"family": 1}
    assert ExactPhrases({"family": "family"}).find(["<FAMILY_1>"]) == []
