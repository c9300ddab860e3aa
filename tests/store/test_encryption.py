"""An encrypted store is a store like any other, and unreadable without its key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from vstk.errors import OutputUnwritable
from vstk.store import Store, encryption
from vstk.types import Answer, Extraction

pytest.importorskip("sqlcipher3", reason="pip install 'vstk[encryption]'")

KEYS = ["0123456789abcdef" * 4, "a passphrase with \"quotes\" and 'more' and ü"]
SETTINGS = {"policy": "a" * 64}


def extraction(number: int) -> Extraction:
    answer = Answer(facet="task", label="personal-advice", probability=0.7, chosen=True)
    unit = f"{number % 5:032x}"
    return Extraction(
        key=f"{number:032x}", unit_id=unit, answers=(answer,), seen_share=0.5, tokens=100
    )


def filled(path: Path, key: str | None) -> None:
    with Store(path, key=key) as store:
        store.record_settings(SETTINGS)
        for number in range(40):
            store.add(extraction(number), unit_kind="account", period="2026-Q3")
        store.add_rejected("e" * 32, "scrub", "timed-out", unit_id=f"{3:032x}")


@pytest.mark.parametrize("key", KEYS, ids=["raw key", "passphrase"])
def test_an_encrypted_store_holds_the_same_labels_and_shows_none(tmp_path: Path, key: str) -> None:
    filled(tmp_path / "plain.db", None)
    filled(tmp_path / "encrypted.db", key)

    with Store(tmp_path / "plain.db") as plain, Store(tmp_path / "encrypted.db", key=key) as other:
        assert other.fingerprint() == plain.fingerprint()
        assert other.counts() == plain.counts()

    assert encryption.state(tmp_path / "plain.db") == "plain"
    assert encryption.state(tmp_path / "encrypted.db") == "encrypted"
    for text in (b"personal-advice", b"conversations", f"{3:032x}".encode(), b"2026-Q3"):
        assert text in (tmp_path / "plain.db").read_bytes()
        assert text not in (tmp_path / "encrypted.db").read_bytes()
    assert (tmp_path / "encrypted.db").stat().st_mode & 0o777 == 0o600


def test_deleting_and_purging_work_on_an_encrypted_store(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", KEYS[0])

    with Store(tmp_path / "audit.db", key=KEYS[0]) as store:
        assert store.forget(f"{3:032x}") == 9
        assert store.purge() == 32

    assert encryption.state(tmp_path / "audit.db") == "encrypted"


def test_another_key_and_no_key_are_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "audit.db", KEYS[0])
    before = (tmp_path / "audit.db").read_bytes()

    with pytest.raises(OutputUnwritable, match="cannot be read with this key"):
        Store(tmp_path / "audit.db", key=KEYS[1])
    with pytest.raises(OutputUnwritable, match="is not a vstk store"):
        Store(tmp_path / "audit.db")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / "audit.db").execute("select * from conversations")

    assert (tmp_path / "audit.db").read_bytes() == before
    assert capfd.readouterr() == ("", "")


def test_a_key_for_a_store_that_is_not_encrypted_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", None)

    with pytest.raises(OutputUnwritable, match="is not encrypted"):
        Store(tmp_path / "audit.db", key=KEYS[0])


def test_a_changed_page_is_noticed(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", KEYS[0])
    content = bytearray((tmp_path / "audit.db").read_bytes())
    content[5000] ^= 1
    (tmp_path / "audit.db").write_bytes(content)

    with (
        pytest.raises(OutputUnwritable, match="or is damaged"),
        Store(tmp_path / "audit.db", key=KEYS[0]) as store,
    ):
        list(store.labelled())


def test_without_the_package_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(OutputUnwritable, match="sqlcipher3") as raised:
        Store(tmp_path / "audit.db", key=KEYS[0])

    assert "vstk[encryption]" in raised.value.remedy
