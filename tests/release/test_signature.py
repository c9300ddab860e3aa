"""Who stands for the numbers."""

import json

import pytest

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.release.signature import new_key, sign, verify


@pytest.fixture
def signed(tmp_path):
    release = tmp_path / "release.json"
    release.write_text('{"tables": []}')
    public = new_key(tmp_path / "key.pem")
    return release, public, sign(release, tmp_path / "key.pem")


def test_a_signed_release_is_the_one_that_was_signed(signed):
    release, public, signature = signed

    verify(release, public)
    assert signature.name == "release.json.sig"
    assert json.loads(signature.read_text())["public_key"] == public


def test_one_changed_number_is_noticed(signed):
    release, public, _ = signed
    release.write_text('{"tables": [1]}')

    with pytest.raises(InputUnreadable, match="not what the holder"):
        verify(release, public)


def test_the_key_inside_a_signature_proves_nothing(signed, tmp_path):
    release, public, _ = signed
    other = new_key(tmp_path / "other.pem")
    sign(release, tmp_path / "other.pem")

    verify(release, other)
    with pytest.raises(InputUnreadable):
        verify(release, public)


def test_a_key_file_is_its_owners_alone_and_is_never_overwritten(signed, tmp_path):
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(OutputUnwritable):
        new_key(tmp_path / "key.pem")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "x", "signature": "AA=="}'])
def test_what_is_no_signature_is_told_so(signed, text):
    release, public, signature = signed
    signature.write_text(text)

    with pytest.raises(InputUnreadable, match="not a signature"):
        verify(release, public)


def test_what_is_no_key_is_told_so(signed):
    release, _, _ = signed

    with pytest.raises(InputUnreadable, match="public key"):
        verify(release, "short")
    with pytest.raises(InputUnreadable, match="Ed25519"):
        sign(release, release)
