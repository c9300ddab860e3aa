from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vstk.anonymiser.normalise import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain text, 12", "plain text, 12"),
        ("Jo\u200bhn", "John"),
        ("\u202eJohn\u202c", "John"),
        ("Ｊｏｈｎ＠ｘ．ｏｒｇ", "John@x.org"),
        ("J\u043ehn", "John"),
        ("Анна", "Анна"),
        ("a&#64;b &#x40; &amp;", "a@b @ &"),
        ("a%40b%2Ec", "a@b.c"),
        ("100%", "100%"),
        ("%ff", "%ff"),
        ("Jose\u0301", "José"),
        ("𝐉𝐨𝐡𝐧", "John"),
        ("a\u00a0b\x00c", "a bc"),
        ("ﬁn", "fin"),
    ],
)
def test_text_is_read_as_a_person_reads_it(written, read):
    assert normalise(written).text == read


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("&#64;%40\u0301\u200bﬁＡо"))))
def test_every_character_knows_where_it_came_from(raw):
    read = normalise(raw)

    spans = [read.original_span(at, at + 1) for at in range(len(read.text))]

    assert all(0 <= start < end <= len(raw) for start, end in spans)
    assert spans == sorted(spans)


@given(st.text())
def test_reading_twice_changes_nothing_that_one_reading_settled(raw):
    once = normalise(raw.replace("&", "").replace("%", "")).text

    assert normalise(once).text == once or "&" in once or "%" in once
