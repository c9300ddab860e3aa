"""The word pieces are those of the package `tokenizers`, with the same offsets."""

from __future__ import annotations

import json

import pytest
from tokenizers import Tokenizer

from vstk.anonymiser.word_pieces import WordPieces

from .talks import FRESH_TURNS, PII_MODEL

pytestmark = pytest.mark.skipif(not PII_MODEL.is_dir(), reason="vstk models pull rampart-q4-1.4.0")

ODD_TEXTS = (
    "",
    " \n\t ",
    "Ärger in İstanbul, ß ﬁ x\u0301y naïve—dash “q” 😀 a_b ™ ½ ² o'Neill",
    "\u200bzero\u200dwidth \x00\x07a\x85b\u2028c \ufffd",
    "한국어 日本語テキスト 我叫李晓明，电话13800138000 𠀀",
    "हिन्दी ภาษาไทย العربية עברית Ελληνικά русский",
    "€5 $x ^`~|+<=>@#%&*()[]{}\\/ --flag=1 C:\\Users\\maria",
    "x" * 101 + " " + "y" * 100,
)


@pytest.fixture(scope="module")
def word_pieces():
    return WordPieces((PII_MODEL / "vocab.txt").read_text("utf-8").splitlines())


@pytest.fixture(scope="module")
def original():
    loaded = Tokenizer.from_file(str(PII_MODEL / "tokenizer.json"))
    loaded.no_padding()
    loaded.no_truncation()
    return loaded


def test_pieces_and_offsets_are_the_original_ones(word_pieces, original):
    turns = [json.loads(line)["text"] for line in FRESH_TURNS.read_text("utf-8").splitlines()]
    for text in (*ODD_TEXTS, *turns):
        words = word_pieces.words(text)
        wanted = original.encode(text, add_special_tokens=False)

        assert [number for word in words for number in word.ids] == wanted.ids
        starts = [
            offsets[0]
            for number, offsets in enumerate(wanted.offsets)
            if number == 0 or wanted.word_ids[number] != wanted.word_ids[number - 1]
        ]
        assert [word.start for word in words] == starts
        assert all(word.end > word.start and word.ids for word in words)


def test_the_special_tokens_are_those_of_the_original(word_pieces, original):
    assert word_pieces.first_id == original.token_to_id("[CLS]")
    assert word_pieces.last_id == original.token_to_id("[SEP]")


def test_a_vocabulary_without_special_tokens_is_refused():
    with pytest.raises(ValueError, match="CLS"):
        WordPieces(["a", "b"])
