from __future__ import annotations

import pytest

from vstk.anonymiser.finding import PiiFinding
from vstk.anonymiser.surname_extension import extend_surnames


def stretched(text: str, name: str, entity: str = "PERSON") -> str:
    at = text.index(name)
    (found,) = extend_surnames(text, [PiiFinding(at, at + len(name), entity, 0.6, "ner")])
    return text[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("Jisoo Song asked me about this.", "Jisoo", "Jisoo Song"),
        ("this is what mariel porter told me", "mariel", "mariel porter"),
        ("SO THAT DAISUKE GOTO UNDERSTANDS IT", "DAISUKE", "DAISUKE GOTO"),
        ("I was talking with Seem Jaakkola about it.", "Jaakkola", "Seem Jaakkola"),
    ],
)
def test_a_word_beside_a_name_belongs_to_it(text, found, whole):
    assert stretched(text, found) == whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("maria will come too", "maria"),
        ("Maria Keller said so", "Maria Keller"),
        ("we asked Maria The Great", "Maria"),
        ("Could Jaakkola come?", "Jaakkola"),
        ("MARIA SAID SO", "MARIA"),
    ],
)
def test_a_word_of_the_sentence_does_not(text, found):
    assert stretched(text, found) == found


def test_a_place_is_left_as_it_is():
    assert stretched("in Jisoo Song street", "Jisoo", "LOCATION") == "Jisoo"
