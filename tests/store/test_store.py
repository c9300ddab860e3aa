"""The store keeps labels, whole conversations of them, and nothing that a log says."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.errors import InputUnreadable, OutputUnwritable, PolicyInvalid
from vstk.store import Store
from vstk.store.migrations import migrations
from vstk.types import Answer, Extraction

SETTINGS = {"policy": "a" * 64, "sheet": "b" * 64, "weights": "c" * 64}


def extraction(number: int, *, unit: int | None = None, labels: int = 3) -> Extraction:
    """A made-up conversation with `labels` chosen labels and one that was not chosen."""
    chosen = [
        Answer(facet="ai_value", label=f"epistemic/value-{i}", probability=0.9, chosen=True)
        for i in range(labels)
    ]
    passed = Answer(facet="ai_value", label="social/not-chosen", probability=0.1, chosen=False)
    task = Answer(facet="task", label="personal-advice", probability=0.7, chosen=True)
    return Extraction(
        key=f"{number:032x}",
        unit_id=f"{number if unit is None else unit:032x}",
        answers=(*chosen, passed, task),
        seen_share=0.5,
        tokens=100,
    )


def a_store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "audit.db")
    store.record_settings(SETTINGS)
    return store


def test_chosen_labels_come_back_in_the_order_of_the_keys(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.add(extraction(2), unit_kind="account", period="2026-Q3", segments={"team": "other"})
        store.add(extraction(1, labels=1), unit_kind="account")

    with Store(tmp_path / "audit.db") as store:
        first, second = store.labelled()

    assert [first.key, second.key] == [f"{1:032x}", f"{2:032x}"]
    assert first.labels == {"ai_value": ("epistemic/value-0",), "task": ("personal-advice",)}
    assert len(second.labels["ai_value"]) == 3
    assert (second.period, second.segments) == ("2026-Q3", {"team": "other"})


def test_a_conversation_without_labels_is_still_a_conversation(tmp_path: Path) -> None:
    bare = Extraction(key="0" * 32, unit_id="1" * 32, answers=(), seen_share=1.0, tokens=5)
    with a_store(tmp_path) as store:
        store.add(bare, unit_kind="none")

        [found] = store.labelled()

    assert found.labels == {}


def test_the_same_settings_resume_and_changed_ones_are_named(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.add(extraction(1), unit_kind="account")

    with Store(tmp_path / "audit.db") as store:
        store.record_settings(SETTINGS)
        assert store.done() == {f"{1:032x}"}

    changed = SETTINGS | {"sheet": "d" * 64}
    with Store(tmp_path / "audit.db") as store:
        with pytest.raises(PolicyInvalid, match="other settings: sheet changed") as error:
            store.record_settings(changed)
        assert "--relabel" in error.value.remedy
        assert store.counts().conversations == 1

        store.record_settings(changed, relabel=True)
        assert store.counts().conversations == 0
        assert store.settings() == changed


def test_labels_need_settings_first(tmp_path: Path) -> None:
    with (
        Store(tmp_path / "audit.db") as store,
        pytest.raises(ValueError, match="record_settings first"),
    ):
        store.add(extraction(1), unit_kind="account")


def test_what_was_set_aside_is_done_and_counted(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.add(extraction(1, unit=7), unit_kind="account")
        store.add(extraction(2, unit=7), unit_kind="ip_hash")
        store.add_rejected("e" * 32, "scrub", "language-unknown")
        store.add_rejected("f" * 32, "scrub", "language-unknown")

        counts = store.counts()

        assert store.done() == {f"{1:032x}", f"{2:032x}", "e" * 32, "f" * 32}
        assert counts.rejected == {("scrub", "language-unknown"): 2}
        assert (counts.conversations, counts.units) == (2, 1)
        assert counts.unit_kinds == {"account": 1, "ip_hash": 1}


def test_adding_twice_keeps_the_first_labels(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.add(extraction(1, labels=1), unit_kind="account")
        before = store.fingerprint()

        store.add(extraction(1, labels=3), unit_kind="account")

        assert store.fingerprint() == before


def test_the_fingerprint_is_of_the_labels_and_not_of_the_way_they_were_made(
    tmp_path: Path,
) -> None:
    numbers = list(range(20))
    prints = set()
    for run in range(2):
        random.Random(run).shuffle(numbers)
        (tmp_path / str(run)).mkdir()
        with a_store(tmp_path / str(run)) as store:
            for number in numbers:
                store.add(extraction(number), unit_kind="account")
            prints.add(store.fingerprint())
            before = store.fingerprint()
            store.add(extraction(99), unit_kind="account")
            assert store.fingerprint() != before

    assert len(prints) == 1


def test_forgetting_a_unit_leaves_no_trace_of_it_in_the_file(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        for number in range(50):
            store.add(extraction(number, unit=number % 5), unit_kind="account")
        store.add_rejected("e" * 32, "scrub", "timed-out", unit_id=f"{3:032x}")

        assert store.forget(f"{3:032x}") == 11

        assert store.counts().units == 4
        assert "e" * 32 not in store.done()
    assert f"{3:032x}".encode() not in (tmp_path / "audit.db").read_bytes()


def test_only_what_is_asked_for_again_is_kept(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        for number in range(4):
            store.add(extraction(number), unit_kind="account")
        store.add_rejected("e" * 32, "scrub", "timed-out")

        assert store.delete_all_except({f"{1:032x}", "a" * 32}) == 4

        assert store.done() == {f"{1:032x}"}


def test_a_purge_leaves_neither_labels_nor_settings(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        for number in range(60):
            store.add(extraction(number), unit_kind="account")

        assert store.purge() == 60

        assert store.done() == set()
        assert store.settings() == {}
    assert b"epistemic" not in (tmp_path / "audit.db").read_bytes()


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    a_store(tmp_path).close()

    assert (tmp_path / "audit.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not a database at all, " * 100, "is not a vstk store"),
        (None, "was written by a newer vstk"),
    ],
)
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "audit.db"
    if content is None:
        a_store(tmp_path).close()
        with sqlite3.connect(path) as db:
            db.execute(
                "insert into _sqlite_migrations (migration_set, name) values (?, 'm999_later')",
                [migrations.name],
            )
    else:
        path.write_bytes(content)

    with pytest.raises(OutputUnwritable, match=problem):
        Store(path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "audit.db") as db:
        db.execute("create table theirs (x)")

    with pytest.raises(OutputUnwritable, match="another program"):
        Store(tmp_path / "audit.db")

    with sqlite3.connect(tmp_path / "audit.db") as db:
        assert db.execute("select name from sqlite_master").fetchall() == [("theirs",)]


def test_a_folder_without_an_audit_and_a_missing_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="There is no audit in"):
        Store(tmp_path / "audit.db", must_exist=True)
    assert not (tmp_path / "audit.db").exists()
    with pytest.raises(OutputUnwritable, match="cannot be written"):
        Store(tmp_path / "absent" / "audit.db")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "alice@example.com"},
        {"unit_id": "Alice"},
        {"answers": (Answer(facet="task", label="Dear Alice,", probability=1.0, chosen=True),)},
        {"answers": (Answer(facet="Alice", label="x", probability=1.0, chosen=True),)},  # type: ignore[arg-type]
    ],
)
def test_what_is_not_of_its_form_is_refused_and_not_repeated(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    fields = {"key": "0" * 32, "unit_id": "0" * 32, "answers": (), "seen_share": 1.0, "tokens": 1}
    with a_store(tmp_path) as store, pytest.raises(ValueError) as error:  # noqa: PT011
        store.add(Extraction(**(fields | wrong)), unit_kind="account")  # type: ignore[arg-type]

    assert "lice" not in str(error.value)


def test_with_a_vocabulary_only_its_labels_and_segments_exist(tmp_path: Path) -> None:
    vocabulary = {"ai_value": {"epistemic/value-0"}, "task": {"personal-advice"}}
    with Store(
        tmp_path / "audit.db",
        labels=vocabulary,  # type: ignore[arg-type]
        segments={"team": {"Sales & München"}},
    ) as store:
        store.record_settings(SETTINGS)
        store.add(
            extraction(1, labels=1), unit_kind="account", segments={"team": "Sales & München"}
        )
        store.add(extraction(2, labels=1), unit_kind="account", segments={"team": "other"})
        with pytest.raises(ValueError, match="vocabulary"):
            store.add(extraction(3, labels=2), unit_kind="account")
        with pytest.raises(ValueError, match="not declared"):
            store.add(extraction(4, labels=1), unit_kind="account", segments={"team": "alice"})

        assert store.counts().conversations == 2


def add_with(store: Store, **changed: object) -> None:
    """Add a conversation some of whose fields are not what they should be."""
    label = changed.pop("label", "personal-advice")
    answer = Answer(facet="task", label=label, probability=1.0, chosen=True)  # type: ignore[arg-type]
    ids = {name: changed.pop(name, "0" * 32) for name in ("key", "unit_id")}
    given_ = Extraction(**ids, answers=(answer,), seen_share=1.0, tokens=1)  # type: ignore[arg-type]
    store.add(given_, unit_kind="account", **changed)  # type: ignore[arg-type]


WAYS_IN: list[Callable[[Store, str], None]] = [
    lambda store, text: add_with(store, key=text),
    lambda store, text: add_with(store, unit_id=text),
    lambda store, text: add_with(store, label=text),
    lambda store, text: add_with(store, period=text),
    lambda store, text: add_with(store, segments={text: "other"}),
    lambda store, text: add_with(store, segments={"team": text}),
    lambda store, text: store.add_rejected(text, "scrub", "timed-out"),
    lambda store, text: store.add_rejected("0" * 32, "scrub", text),
    lambda store, text: store.add_rejected("0" * 32, "scrub", "timed-out", unit_id=text),
    lambda store, text: store.record_settings({"policy": text}),
    lambda store, text: store.record_settings({text: "a"}, relabel=True),
]


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@settings(deadline=None)
@given(text=st.text(max_size=40), way_in=st.sampled_from(WAYS_IN))
def test_no_sentence_gets_into_the_file_by_any_field(
    one_store: Store, text: str, way_in: Callable[[Store, str], None]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        way_in(one_store, f"My name is Zebedee {text}")

    assert one_store.counts().conversations == 0
    assert b"Zebedee" not in one_store.path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "insert into observations values (:key, 'task', 'My name is Zebedee', 1.0)",
        "insert into conversations values ('My name is Zebedee', :key, 'none', null, 1.0, 1, null)",
        "insert into conversations values ('ffffffffffffffffffffffffffffffff', :key, 'none', null, 1.0, 1, 'Hi Zebedee')",
        "insert into rejects values ('ffffffffffffffffffffffffffffffff', null, 'scrub', 'Hi Z!', null)",
        "insert into rejects values ('ffffffffffffffffffffffffffffffff', null, 'scrub', 'a', 'Hi Z!')",
    ],
)
def test_the_database_itself_refuses_a_sentence(tmp_path: Path, statement: str) -> None:
    with a_store(tmp_path) as store:
        store.add(extraction(1), unit_kind="account")
    db = sqlite3.connect(tmp_path / "audit.db")

    with pytest.raises(sqlite3.IntegrityError):
        db.execute(statement, {"key": f"{1:032x}"})


WORKER = """
import sys
from pathlib import Path
from vstk.store import Store
from vstk.types import Answer, Extraction
answers = tuple(
    Answer(facet="ai_value", label=f"epistemic/value-{i}", probability=0.9, chosen=True)
    for i in range(20)
)
store = Store(Path(sys.argv[1]))
store.record_settings({"policy": "a"})
for number in range(45):
    key = f"{number:032x}"
    if key not in store.done():
        found = Extraction(key=key, unit_id=key, answers=answers, seen_share=1.0, tokens=9)
        store.add(found, unit_kind="account")
        print(number, flush=True)
"""


def work(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_killed_audit_keeps_whole_conversations_and_ends_with_the_same_labels(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit.db"
    work(tmp_path / "uninterrupted.db").communicate(timeout=60)
    with Store(tmp_path / "uninterrupted.db") as store:
        uninterrupted = store.fingerprint()

    for stop_after in (1, 12, 9):
        process = work(path)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(stop_after)]
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Store(path) as store:
            found = list(store.labelled())
            assert {f"{number:032x}" for number in acknowledged} <= store.done()
        assert all(len(conversation.labels["ai_value"]) == 20 for conversation in found)
    process = work(path)
    process.communicate(timeout=60)

    with Store(path) as store:
        assert store.counts().conversations == 45
        assert store.fingerprint() == uninterrupted
