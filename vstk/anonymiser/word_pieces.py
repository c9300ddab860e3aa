"""BERT's WordPiece tokeniser, with offsets into the text.

It does the same as `BertNormalizer`, `BertPreTokenizer` and `WordPiece` of the package
`tokenizers` with `lowercase` and without `strip_accents` set; a test compares them. That
package is not used because it requires an HTTP client.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_CLS, _SEP, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_MAX_WORD_CHARACTERS = 100
"""Characters from which a word is unknown as a whole, as in the original."""

_IDEOGRAPHS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)
"""Ranges of characters that are words of their own, as in the original."""


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters or digits, or one punctuation mark, and its pieces."""

    start: int
    """Offset in the text, in characters."""

    end: int
    """Offset after its last character."""

    ids: tuple[int, ...]
    """Numbers of its pieces in the vocabulary; at least one."""


class WordPieces:
    """Splits texts into words, and words into pieces of a vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Args:
        vocabulary: the pieces in order of their numbers; those that continue a word
            begin with `##`.

        Raises:
            ValueError: if it lacks a special token.
        """
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        try:
            self.first_id, self.last_id = self._ids[_CLS], self._ids[_SEP]
            self._unknown = self._ids[_UNKNOWN]
        except KeyError as missing:
            raise ValueError(f"the vocabulary has no {missing}") from None

    def words(self, text: str) -> list[Word]:
        """The words of a text in order, without the special tokens."""
        words: list[Word] = []
        letters: list[str] = []
        start = end = 0
        for at, character in enumerate(text):
            folded, kind = _fold(character)
            if kind == "letter":
                if not letters:
                    start = at
                letters.append(folded)
                end = at + 1
            elif kind != "nothing":
                if letters:
                    words.append(Word(start, end, self._pieces("".join(letters))))
                    letters = []
                if kind == "word":
                    words.append(Word(at, at + 1, self._pieces(folded)))
        if letters:
            words.append(Word(start, end, self._pieces("".join(letters))))
        return words

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _MAX_WORD_CHARACTERS:
            return (self._unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._ids.get(prefix + word[start:end])
                if number is not None:
                    break
            else:
                return (self._unknown,)
            pieces.append(number)
            start = end
        return tuple(pieces)


@lru_cache(maxsize=10_000)
def _fold(character: str) -> tuple[str, str]:
    """A character in lower case without accents, and its kind.

    The kind is `letter` (part of a word), `word` (a word of its own), `space`, or
    `nothing` (left out).
    """
    category = unicodedata.category(character)
    if character in "\t\n\r":
        return " ", "space"
    if character in "\0\ufffd" or category in ("Cc", "Cf", "Cn", "Co"):
        return "", "nothing"
    if character.isspace():
        return " ", "space"
    code = ord(character)
    if any(first <= code <= last for first, last in _IDEOGRAPHS):
        return character, "word"
    folded = "".join(
        part
        for part in unicodedata.normalize("NFD", character)
        if unicodedata.category(part) != "Mn"
    ).lower()
    if not folded:
        return "", "nothing"
    is_ascii_mark = code < 128 and not character.isalnum()
    return folded, "word" if is_ascii_mark or category.startswith("P") else "letter"
