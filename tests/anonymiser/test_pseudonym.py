from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vstk.anonymiser.pseudonym import keyed_hash, load_key
from vstk.errors import InputUnreadable, OutputUnwritable

KEY = bytes(range(32))


def test_a_key_is_made_once_and_read_back(tmp_path):
    path = tmp_path / "work" / "key"

    made = load_key(path)

    assert len(made) == 32
    assert load_key(path) == made
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_only_its_owner_reads_the_key(tmp_path):
    path = tmp_path / "key"

    load_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_of_another_length_is_refused(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"short")

    with pytest.raises(InputUnreadable, match="5 bytes"):
        load_key(path)


def test_a_place_that_cannot_hold_a_key_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputUnwritable):
        load_key(tmp_path / "file" / "key")


@given(st.text(), st.text())
def test_a_hash_stands_for_one_text(one, other):
    assert (keyed_hash(KEY, "unit", one) == keyed_hash(KEY, "unit", other)) == (one == other)


@given(st.text())
def test_a_person_and_a_conversation_of_one_name_have_different_hashes(text):
    hashed = keyed_hash(KEY, "unit", text)

    assert len(hashed) == 32
    assert hashed != keyed_hash(KEY, "conversation", text)
    assert hashed != keyed_hash(bytes(32), "unit", text)


def test_an_id_that_is_not_valid_unicode_has_a_hash():
    assert keyed_hash(KEY, "unit", "\ud800")
