"""The whole way with real weights, killed and resumed, and without a network."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.support.logs import conversation
from tests.support.quick_model import ROOT, quick_policy

pytestmark = pytest.mark.slow

KILLS = 10


def command(log, place, *more):
    return [
        sys.executable,
        "-m",
        "vstk",
        "audit",
        str(log),
        "--policy",
        str(place / "quick.yaml"),
        "--dataset",
        "x",
        "--work",
        str(place / "work"),
        "--out",
        str(place / "out"),
        "-q",
        "--workers",
        "2",
        *more,
    ]


def environment(place):
    return os.environ | {"VSTK_HOME": str(place / "home"), "PYTHONPATH": str(ROOT)}


def labels(place):
    with sqlite3.connect(place / "work" / "audit.db") as db:
        return (
            db.execute("select key, unit_id, period from conversations order by key").fetchall(),
            db.execute(
                "select conversation, facet, label from observations order by 1, 2, 3"
            ).fetchall(),
        )


def entries(place):
    """How often the ledger was reserved from, and how often a release was written."""
    path = place / "home" / "ledger.db"
    if not path.exists():
        return 0, 0
    with contextlib.closing(sqlite3.connect(path)) as db:
        if not db.execute("select 1 from sqlite_master where name = 'entries'").fetchall():
            return 0, 0  # killed before the tables were made
        kinds = [kind for (kind,) in db.execute("select kind from entries")]
    return kinds.count("reserved"), kinds.count("released")


def ends_soon(group):
    """Whether the workers, who hold text, follow their parent."""
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def places(tmp_path, tiny_weights, monkeypatch):
    log = tmp_path / "log.jsonl"
    log.write_text(
        "".join(
            conversation(n, f"user-{n}", f"Please help me to plan day {n} with care.") + "\n"
            for n in range(24)
        )
    )
    weights = tiny_weights["smollm2-135m-instruct-q4_1"].parent
    for name in ("whole", "killed"):
        (tmp_path / name / "home").mkdir(parents=True)
        (tmp_path / name / "home" / "weights").symlink_to(weights)
    # The key decides the keyed hashes, and so must be the same for a comparison.
    (tmp_path / "whole" / "home" / "key").write_bytes(b"k" * 32)
    shutil.copy(tmp_path / "whole" / "home" / "key", tmp_path / "killed" / "home" / "key")
    for name in ("whole", "killed"):
        (tmp_path / name / "home" / "key").chmod(0o600)
        monkeypatch.setenv("VSTK_HOME", str(tmp_path / name / "home"))
        quick_policy(tmp_path / name / "home", tmp_path / name)
    return log, tmp_path / "whole", tmp_path / "killed"


def test_killed_at_ten_points_and_resumed_the_labels_are_the_same(places):
    log, whole, killed = places
    begun = time.monotonic()
    subprocess.run(command(log, whole), env=environment(whole), check=True)
    length = time.monotonic() - begun

    chance = random.Random(20261121)
    reserved = released = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            command(log, killed),
            env=environment(killed),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0, length))
        process.kill()
        process.wait()
        assert ends_soon(process.pid), "a worker outlived its audit"
        # A kill between reserve and commit spends for nothing, but once only, and
        # what was released is never paid for again.
        assert entries(killed)[0] <= reserved + (not released)
        reserved, released = entries(killed)
    subprocess.run(command(log, killed), env=environment(killed), check=True)

    assert labels(killed) == labels(whole)
    assert entries(killed) == (reserved + (not released), 1)
    assert (killed / "out" / "report.html").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_without_any_network_the_labels_and_the_report_are_there(places):
    log, whole, alone = places
    if subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("this kernel lets nobody make a network namespace")
    subprocess.run(command(log, whole), env=environment(whole), check=True)

    subprocess.run(["unshare", "-rn", *command(log, alone)], env=environment(alone), check=True)

    assert labels(alone) == labels(whole)
    assert (alone / "out" / "report.html").is_file()
    # The same question again, from the ledger: the same bytes.
    first = (alone / "out" / "release.json").read_bytes()
    subprocess.run(["unshare", "-rn", *command(log, alone)], env=environment(alone), check=True)
    assert (alone / "out" / "release.json").read_bytes() == first
