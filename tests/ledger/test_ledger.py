"""What is spent stays spent, whoever stops whenever."""

import math
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vstk.errors import BudgetExhausted, OutputUnwritable
from vstk.ledger import Ledger, LedgerBroken, exact, request_hash
from vstk.policy import Privacy
from vstk.release import TableSpec, draw, prepare
from vstk.types import LabelledConversation, RowKey


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.db")


def reservation(ledger, request="q", rho="0.1", cap="0.3", dataset="helpdesk"):
    return ledger.reservation(
        dataset, request=request, rho=Decimal(rho), cap=Decimal(cap), policy_hash="p"
    )


def reserve(ledger, request="q", **more):
    """Reserve, and leave without a release."""
    with reservation(ledger, request, **more) as entry:
        return entry


def answer(ledger, text, request="q", **more):
    """Reserve, spend, keep; returns what stands."""
    with reservation(ledger, request, **more) as entry:
        entry.spend()
        return entry.keep(text)


def test_three_tenths_fit_into_a_cap_of_three_tenths(ledger):
    for request in ("a", "b", "c"):
        reserve(ledger, request)

    assert ledger.left("helpdesk", Decimal("0.3")) == 0
    with pytest.raises(BudgetExhausted, match=r"rho = 0\.1; dataset 'helpdesk' has 0 left"):
        reserve(ledger, "d")
    assert ledger.verify() == 3


def test_datasets_have_accounts_of_their_own(ledger):
    reserve(ledger, rho="0.3")

    assert reserve(ledger, rho="0.3", dataset="writing").rho == Decimal("0.3")
    assert len(ledger.entries("writing")) == 1


def test_the_same_question_twice_is_answered_from_the_ledger_and_costs_nothing(ledger):
    assert answer(ledger, '{"tables": 1}') == '{"tables": 1}'

    with reservation(ledger) as again:
        assert again.stored == '{"tables": 1}' == ledger.stored("helpdesk", "q")
        with pytest.raises(RuntimeError, match="stored release"):
            again.spend()
        with pytest.raises(RuntimeError, match="spend the reservation"):
            again.keep("another")

    assert ledger.left("helpdesk", Decimal("0.3")) == Decimal("0.2")


def test_a_reservation_that_came_to_nothing_stays_spent(ledger):
    reserve(ledger)

    assert reserve(ledger).stored is None
    assert ledger.left("helpdesk", Decimal("0.3")) == Decimal("0.1")


def test_an_error_between_drawing_and_keeping_leaves_the_budget_spent(ledger):
    def draw_and_fail():
        with reservation(ledger) as entry:
            entry.spend()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        draw_and_fail()

    assert ledger.stored("helpdesk", "q") is None
    assert ledger.left("helpdesk", Decimal("0.3")) == Decimal("0.2")


def test_the_order_is_reserve_draw_keep_and_no_other(ledger):
    with reservation(ledger) as entry:
        assert [one.kind for one in ledger.entries()] == ["reserved"]
        with pytest.raises(RuntimeError, match="spend the reservation"):
            entry.keep("kept before it was drawn")
        assert entry.spend() == Decimal("0.1")
        with pytest.raises(RuntimeError, match="spent already"):
            entry.spend()
        entry.keep("release")
        with pytest.raises(RuntimeError, match="kept it already"):
            entry.keep("a second release")
    with reservation(ledger, "r") as late:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        late.spend()
    with pytest.raises(RuntimeError, match="has ended"):
        entry.keep("after the end")

    assert [one.release for one in ledger.entries()] == [None, "release", None]
    public = {name for name in vars(Ledger) if not name.startswith("_")}
    assert public == {
        "reservation", "approve", "stored", "entries", "balance", "left", "head", "holds", "verify",
    }  # fmt: skip


def test_noise_is_drawn_for_an_open_reservation_alone(ledger, tmp_path):
    policy = Privacy.model_validate(
        {
            "unit": "person", "max_conversations_read": 1, "max_conversations_counted": 1,
            "l2_clip": Decimal(1), "rho": Decimal("0.1"), "rho_cap": Decimal("0.3"),
            "delta": Decimal("1e-6"), "period": "all", "max_margin_points": Decimal(100),
            "tables": [{"name": "tasks", "budget_share": 1}],
        }
    )  # fmt: skip
    spec = TableSpec(
        name="tasks", title="Tasks", level="label", keys=(RowKey("a", "A"),), facet="task"
    )
    plan = prepare([spec], policy, conversations=1000)
    log = [LabelledConversation(unit_id=f"{n}", key=f"{n}", labels={}) for n in range(200)]

    with reservation(ledger) as entry:
        assert draw(plan, log, reservation=entry).population.value > 0
        with pytest.raises(RuntimeError, match="spent already"):
            draw(plan, log, reservation=entry)
    with pytest.raises(RuntimeError, match="has ended"):
        draw(plan, log, reservation=entry)


def test_two_answers_to_one_question_are_one(ledger):
    with reservation(ledger) as first, reservation(ledger) as second:
        first.spend()
        second.spend()

        assert second.keep("second") == "second"
        assert first.keep("first") == "second"
    assert ledger.verify() == 3


def test_a_ledger_of_an_earlier_version_verifies_and_answers(tmp_path):
    path = tmp_path / "ledger.db"
    shutil.copy(Path(__file__).parent / "ledger-1.db", path)
    ledger = Ledger(path)

    assert ledger.verify() == 3
    assert ledger.stored("helpdesk", "q") == '{"tables": 1}'
    # Every policy stated its own cap then; the lowest one stands.
    assert ledger.left("helpdesk", Decimal(1)) == Decimal("0.1")
    assert answer(ledger, "more", "r", cap="0.3") == "more"
    assert ledger.verify() == 5


@pytest.mark.parametrize(
    "amount",
    ["NaN", "sNaN", "Infinity", "-Infinity", "-0.1", "1e-13", "4.9e-324", "1e7", "0"],
)
def test_what_is_no_amount_of_privacy_loss_is_refused(ledger, amount):
    with pytest.raises(ValueError, match="privacy loss"):
        reserve(ledger, rho=amount, cap="1")

    assert ledger.entries() == ()


def test_the_delta_of_finding_new_values_is_on_record(ledger):
    asked = {"request": "q", "rho": Decimal(1), "cap": Decimal(1), "policy_hash": "p"}
    with ledger.reservation("d", **asked, delta=Decimal("1e-7")):
        pass

    assert ledger.entries()[0].delta == "0.0000001"
    with (
        pytest.raises(ValueError, match="probability"),
        ledger.reservation("e", **asked, delta=Decimal("NaN")),
    ):
        pass


@pytest.mark.parametrize("amount", [0.1, math.nan, True, "0.1"])
def test_an_amount_is_a_decimal(amount):
    with pytest.raises(TypeError):
        exact(amount)


@given(st.decimals(min_value=Decimal("1e-12"), max_value=1000, allow_nan=False))
def test_amounts_round_up_and_by_less_than_a_unit(amount):
    units = exact(amount)

    assert amount <= units * Decimal("1e-12") < amount + Decimal("1e-12")


@given(st.lists(st.decimals(min_value="0.001", max_value="0.5", places=6), max_size=12))
@settings(max_examples=25, deadline=None)
def test_no_series_of_requests_goes_over_the_cap(tmp_path_factory, amounts):
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "l.db")
    for number, amount in enumerate(amounts):
        before = ledger.left("d", Decimal(1))
        try:
            reserve(ledger, str(number), rho=amount, cap="1", dataset="d")
        except BudgetExhausted:
            assert amount > before

    assert sum(entry.rho for entry in ledger.entries()) <= 1
    assert ledger.verify() == len(ledger.entries())


@pytest.mark.parametrize(
    "statement",
    [
        "delete from entries where number = 2",
        "update entries set rho_units = 0",
        "insert or replace into entries select number, kind, at, dataset, request, 1, cap_units, "
        "delta, policy_hash, settles, release, previous, hash, unit, delta_cap, nonce, document "
        "from entries where number = 2",
    ],
)
def test_an_accident_does_not_change_the_past(ledger, statement):
    for request in ("a", "b", "c"):
        reserve(ledger, request)

    with (
        sqlite3.connect(ledger.path) as connection,
        pytest.raises(sqlite3.IntegrityError, match=r"append-only|over the cap"),
    ):
        connection.execute(statement)
    assert ledger.verify() == 3


@pytest.mark.parametrize(
    "statement",
    [
        "update entries set rho_units = 1 where number = 2",
        "update entries set cap_units = cap_units * 2 where number = 3",
        "update entries set at = '2020' where number = 1",
        "delete from entries where number = 2",
        "update entries set release = 'x' where number = 2",
    ],
)
def test_a_forger_without_the_triggers_is_noticed(ledger, statement):
    for request in ("a", "b", "c"):
        reserve(ledger, request)
    with sqlite3.connect(ledger.path) as connection:
        for trigger in ("entries_stay", "entries_stand"):
            connection.execute(f"drop trigger {trigger}")
        connection.execute(statement)

    with pytest.raises(LedgerBroken) as broken:
        ledger.verify()
    assert broken.value.exit_code == 6


def test_a_restored_old_copy_lacks_the_head_that_a_release_cites(ledger, tmp_path):
    reserve(ledger, "a")
    old = tmp_path / "old.db"
    old.write_bytes(ledger.path.read_bytes())
    cited = reserve(ledger, "b").hash

    assert ledger.holds(cited)
    assert ledger.head() == cited
    assert not Ledger(old).holds(cited)
    assert Ledger(old).verify() == 1


def test_committing_into_a_replaced_ledger_is_noticed(ledger):
    with reservation(ledger, "a") as entry:
        entry.spend()
        ledger.path.unlink()
        reserve(Ledger(ledger.path), "b")

        with pytest.raises(LedgerBroken):
            entry.keep("{}")


def test_the_ledger_is_readable_by_its_owner_alone(ledger):
    assert ledger.path.stat().st_mode & 0o077 == 0


def test_a_ledger_that_cannot_be_written_says_so(tmp_path):
    place = tmp_path / "file"
    place.write_text("not a ledger")

    with pytest.raises(OutputUnwritable):
        Ledger(place)
    assert place.read_text() == "not a ledger"
    with pytest.raises(OutputUnwritable):
        Ledger(tmp_path / "file" / "below" / "ledger.db")


def _spend(path, worker):
    for number in range(6):
        try:
            reserve(Ledger(path), f"{worker}-{number}", cap="2", dataset="d")
        except BudgetExhausted:
            return


def test_ten_processes_at_once_spend_the_cap_and_no_more(ledger):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_spend, args=(ledger.path, n)) for n in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 10
    assert len(ledger.entries("d")) == 20
    assert ledger.left("d", Decimal(2)) == 0
    assert ledger.verify() == 20


_SPENDER = """
import sys
from decimal import Decimal
from pathlib import Path
from vstk.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in range(100000):
    with ledger.reservation("d", request=f"{sys.argv[2]}-{number}", rho=Decimal("0.001"),
                            cap=Decimal(900), policy_hash="p") as entry:
        entry.spend()
        print("drawn", number, flush=True)       # stands for the noise
        entry.keep(f"release {number}")
    print("published", number, flush=True)
"""


def test_killed_anywhere_whatever_was_drawn_was_reserved_and_whatever_was_published_is_kept(
    ledger,
):
    for life in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", _SPENDER, str(ledger.path), str(life)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        seen = [process.stdout.readline()]
        time.sleep(0.02 * life)
        os.kill(process.pid, signal.SIGKILL)
        seen += process.stdout.read().splitlines()
        process.wait()

        ledger.verify()
        reserved = {e.request for e in ledger.entries() if e.kind == "reserved"}
        for line in filter(None, (line.strip() for line in seen)):
            what, _, number = line.partition(" ")
            assert f"{life}-{number}" in reserved
            if what == "published":
                assert ledger.stored("d", f"{life}-{number}") == f"release {number}"


def _die_after_reserving(path):
    with reservation(Ledger(path)) as entry:
        entry.spend()
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_between_reserving_and_keeping_the_loss_stays_and_asking_again_pays_again(ledger):
    process = multiprocessing.get_context("fork").Process(
        target=_die_after_reserving, args=(ledger.path,)
    )
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert ledger.left("helpdesk", Decimal("0.3")) == Decimal("0.2")
    assert ledger.stored("helpdesk", "q") is None
    assert answer(ledger, "{}") == "{}"
    assert ledger.left("helpdesk", Decimal("0.3")) == Decimal("0.1")
    assert ledger.verify() == 3


def test_a_question_is_the_same_whatever_the_order_of_its_parts():
    assert request_hash({"a": 1, "b": [1, 2]}) == request_hash({"b": [1, 2], "a": 1})
    assert request_hash({"a": 1}) != request_hash({"a": 2})
