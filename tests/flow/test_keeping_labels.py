"""Labels of an audit: encrypted if the policy says so, erased by person or by age, not kept too long."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.command_line import changed_policy, vstk
from tests.support.logs import conversation
from tests.support.quick_model import quick_policy
from vstk.anonymiser import load_key, pseudonyms
from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.pipeline import workdir
from vstk.pipeline.store_key import store_key
from vstk.policy import StoreRules
from vstk.store import Store, encryption
from vstk.types import Conversation, Extraction, Source

REQUIRED = StoreRules(encryption="required")
KEY = "0123456789abcdef" * 4

needs_sqlcipher = pytest.mark.skipif(
    not encryption.installed(), reason="pip install 'vstk[encryption]'"
)


@pytest.fixture(autouse=True)
def no_key_of_the_machine(monkeypatch):
    monkeypatch.delenv("VSTK_STORE_KEY", raising=False)
    monkeypatch.delenv("VSTK_STORE_KEY_FILE", raising=False)


def labelled(home, work, *, unit="person", key=None):
    """Labels of three people with two conversations each, under this machine's key."""
    work.mkdir()
    secret = load_key(home / "key")
    with Store(work / "audit.db", key=key) as store:
        store.record_settings({"policy": "a"})
        for number in range(6):
            conversation = Conversation(
                source=Source(file="log.jsonl", line=1),
                id=f"c-{number}",
                user=f"user-{number % 3}@example.com",
                unit_kind="account",
                started_at=None,
                turns=(),
            )
            hashes = pseudonyms(secret, conversation)
            found = Extraction(
                key=hashes.key,
                unit_id=hashes.unit_id if unit == "person" else hashes.key,
                answers=(),
                seen_share=1.0,
                tokens=1,
            )
            store.add(found, unit_kind="account")


def number_of_conversations(work):
    with workdir.open_labels(work) as store:
        return store.counts().conversations


def test_forget_erases_one_person_by_the_id_of_the_log(home, tmp_path):
    work = tmp_path / "work"
    labelled(home, work)

    done = vstk("forget", "user-1@example.com", "--work", work, "--yes")

    assert done.stdout == "Deleted the labels of 2 conversations.\n"
    assert number_of_conversations(work) == 4
    secret = load_key(home / "key")
    gone = pseudonyms(secret, workdir._Identity("c-1", "user-1@example.com"))
    for hashed in gone:
        assert hashed.encode() not in (work / "audit.db").read_bytes()
    for folder in (home, work):
        files = [
            path for path in folder.rglob("*") if path.is_file() and "weights" not in str(path)
        ]
        assert not any(b"user-1@example" in path.read_bytes() for path in files)


def test_forget_takes_the_id_from_standard_input(home, tmp_path):
    labelled(home, tmp_path / "work")

    done = subprocess.run(
        [sys.executable, "-m", "vstk", "forget", "-", "--work", tmp_path / "work"],
        input="user-2@example.com\ny\n",
        capture_output=True,
        text=True,
    )

    assert "Deleted the labels of 2 conversations." in done.stdout, done.stderr
    assert number_of_conversations(tmp_path / "work") == 4


def test_forget_deletes_nothing_for_an_unknown_person_or_without_consent(home, tmp_path):
    labelled(home, tmp_path / "work")

    assert "0 conversations" in vstk("forget", "x", "--work", tmp_path / "work", "--yes").stdout
    refused = subprocess.run(
        [sys.executable, "-m", "vstk", "forget", "user-1@example.com", "--work", tmp_path / "work"],
        input="n\n",
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 1
    assert number_of_conversations(tmp_path / "work") == 6


def test_where_conversations_are_the_units_forget_asks_for_the_conversation(home, tmp_path):
    work = tmp_path / "work"
    labelled(home, work, unit="conversation")

    by_person = vstk("forget", "user-1@example.com", "--work", work, "--yes")
    by_conversation = vstk(
        "forget", "user-1@example.com", "--conversation", "c-4", "--work", work, "--yes"
    )

    assert "0 conversations" in by_person.stdout
    assert "--conversation" in by_person.stderr
    assert "1 conversation." in by_conversation.stdout
    assert number_of_conversations(work) == 5


def test_forget_makes_no_key_where_there_is_none(home, tmp_path):
    labelled(home, tmp_path / "work")
    (home / "key").unlink()

    done = vstk("forget", "user-1@example.com", "--work", tmp_path / "work", "--yes")

    assert done.returncode == 3
    assert "There is no key" in done.stderr
    assert "user-1" not in done.stderr
    assert not (home / "key").exists()


def aged(work, days):
    """Let the first conversation be stored so many days ago."""
    day = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
    with sqlite3.connect(work / "audit.db") as db:
        db.execute(
            "update conversations set stored_on = ?"
            " where key = (select min(key) from conversations)",
            [day],
        )


def test_purge_deletes_what_is_older_and_keeps_the_rest(home, tmp_path):
    work = tmp_path / "work"
    labelled(home, work)
    aged(work, days=91)

    assert (
        "of 0 conversations" in vstk("purge", "--work", work, "--older-than", "13w", "--yes").stdout
    )
    assert (
        "of 1 conversation." in vstk("purge", "--work", work, "--older-than", "90d", "--yes").stdout
    )
    assert number_of_conversations(work) == 5
    assert "of 5 conversations" in vstk("purge", "--work", work, "--yes").stdout


@pytest.mark.parametrize("duration", ["90", "d", "-1d", "1.5y", "999y", "3 months"])
def test_a_duration_is_a_number_with_a_unit(tmp_path, duration):
    done = vstk("purge", "--work", tmp_path, "--older-than", duration, "--yes")

    assert done.returncode == 2
    assert "90d, 12w or 1y" in done.stderr


def kept_for(tmp_path, rules):
    return changed_policy(tmp_path, store=("taxonomy:", f"store: {rules}\ntaxonomy:"))


def test_the_doctor_fails_on_labels_that_are_older_than_the_policy_allows(
    home, tmp_path, tiny_weights
):
    work = tmp_path / "work"
    labelled(home, work)
    aged(work, days=91)
    policy = kept_for(tmp_path, "{keep_days: 90}")

    done = vstk("doctor", "--policy", policy, "--work", work)

    assert done.returncode == 1
    assert "FAIL the labels in" in done.stdout
    assert f"Fix: vstk purge --work {work} --older-than 90d" in done.stdout
    assert "note the policy does not require encrypted labels" in done.stdout
    vstk("purge", "--work", work, "--older-than", "90d", "--yes")
    again = vstk("doctor", "--policy", policy, "--work", work)
    assert again.returncode == 0
    assert "ok   no label in" in again.stdout


def test_the_doctor_fails_on_plain_labels_that_must_be_encrypted(home, tmp_path, tiny_weights):
    labelled(home, tmp_path / "work")

    done = vstk(
        "doctor",
        "--policy",
        kept_for(tmp_path, "{encryption: required}"),
        "--work",
        tmp_path / "work",
    )

    assert done.returncode == 1
    assert "FAIL the labels in" in done.stdout
    assert "are not encrypted" in done.stdout


def test_a_policy_that_requires_encryption_refuses_plain_labels(home, tmp_path):
    labelled(home, tmp_path / "work")
    database = tmp_path / "work" / "audit.db"

    assert store_key(database) is None
    with pytest.raises(PolicyInvalid, match="requires encrypted labels"):
        store_key(database, REQUIRED)


def test_the_key_comes_from_a_file_or_the_environment(tmp_path, monkeypatch):
    database, file = tmp_path / "audit.db", tmp_path / "store-key"
    assert store_key(database) is None
    with pytest.raises(InputUnreadable, match="no key was given"):
        store_key(database, REQUIRED)

    monkeypatch.setenv("VSTK_STORE_KEY", "a long passphrase")
    assert store_key(database, REQUIRED) == "a long passphrase"

    file.write_text(KEY.upper() + "\n")
    file.chmod(0o600)
    monkeypatch.setenv("VSTK_STORE_KEY_FILE", str(file))
    assert store_key(database, REQUIRED) == KEY


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        (b"short\n", 0o600, "fewer than 12 characters"),
        (b"one line\nand another\n", 0o600, "cannot be printed"),
        (b"\xff" * 32, 0o600, "is not text"),
        (KEY.encode(), 0o640, "can be read by other users"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_an_unusable_key_file_is_refused_and_not_quoted(
    tmp_path, monkeypatch, content, mode, problem
):
    file = tmp_path / "store-key"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    monkeypatch.setenv("VSTK_STORE_KEY_FILE", str(file))

    with pytest.raises(InputUnreadable, match=problem) as raised:
        store_key(tmp_path / "audit.db", REQUIRED)

    assert "short" not in str(raised.value)
    assert KEY not in str(raised.value)


@needs_sqlcipher
@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_the_key_is_asked_for_on_a_terminal(home, tmp_path):
    import pty

    labelled(home, tmp_path / "work", key="a long passphrase")
    process, terminal = pty.fork()
    if process == 0:
        os.execv(
            sys.executable,
            [sys.executable, "-m", "vstk", "purge", "--work", str(tmp_path / "work"), "--yes"],
        )
    shown = b""
    while b"Key of the labels" not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, b"a long passphrase\n")
    with open(terminal, "rb", buffering=0, closefd=True) as rest:
        try:
            while piece := rest.read(1000):
                shown += piece
        except OSError:  # the end, as Linux reports it on a terminal
            pass
    os.waitpid(process, 0)

    assert b"Deleted the labels of 6 conversations." in shown
    assert b"a long passphrase" not in shown


@needs_sqlcipher
def test_commands_read_encrypted_labels_with_the_key(home, tmp_path, monkeypatch):
    labelled(home, tmp_path / "work", key=KEY)

    without = vstk("purge", "--work", tmp_path / "work", "--yes")
    monkeypatch.setenv("VSTK_STORE_KEY", "not the key at all")
    wrong = vstk("purge", "--work", tmp_path / "work", "--yes")
    monkeypatch.setenv("VSTK_STORE_KEY", KEY)
    forgotten = vstk("forget", "user-1@example.com", "--work", tmp_path / "work", "--yes")

    assert "no key was given" in without.stderr
    assert "cannot be read with this key" in wrong.stderr
    assert "2 conversations" in forgotten.stdout


@needs_sqlcipher
def test_an_audit_with_a_policy_that_requires_encryption(home, tmp_path, tiny_weights, monkeypatch):
    policy = quick_policy(home, tmp_path)
    policy.write_text(policy.read_text() + "\nstore: {encryption: required}\n")
    log = tmp_path / "log.jsonl"
    log.write_text(
        "".join(conversation(n, f"user-{n}", "Please plan my day.") + "\n" for n in range(6))
    )
    asked = ("audit", log, "--policy", policy, "--dataset", "x", "-q", "--workers", "1")
    places = ("--work", tmp_path / "work", "--out", tmp_path / "out")

    without = vstk(*asked, *places)
    monkeypatch.setenv("VSTK_STORE_KEY", KEY)
    done = vstk(*asked, *places)
    again = vstk(*asked, "--work", tmp_path / "work", "--out", tmp_path / "again")
    found = vstk("investigate", log, "--policy", policy, "--work", tmp_path / "work", "--reason", "a test")  # fmt: skip

    assert without.returncode == 3
    assert "must be encrypted, and no key was given" in without.stderr
    assert (done.returncode, again.returncode, found.returncode) == (0, 0, 0), done.stderr
    database = tmp_path / "work" / "audit.db"
    assert encryption.state(database) == "encrypted"
    assert store_key(database) == KEY
    with workdir.open_labels(tmp_path / "work") as store:
        assert store.counts().conversations == 6
    release = "release.json"
    assert (tmp_path / "again" / release).read_bytes() == (tmp_path / "out" / release).read_bytes()
