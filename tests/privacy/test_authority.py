"""Who may change a dataset's limits: its first entry sets them, and a second person raises them."""

import json
import sqlite3
from decimal import Decimal

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vstk import policy
from vstk.cli import main
from vstk.errors import BudgetExhausted
from vstk.ledger import ApprovalRequired, Ledger, LedgerBroken, Population, approval
from vstk.release import signature

from .neighbours import rules

KEY = b"p" * 32


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.db")


@pytest.fixture
def second():
    return Ed25519PrivateKey.generate()


def people(first, last):
    return [f"{n:032x}" for n in range(first, last)]


def population(units, conversations=None):
    return Population.of(units, [f"c{u}" for u in conversations or units], KEY)


def reserve(ledger, dataset="helpdesk", *, request="q", rho="1", cap="8", **more):
    with ledger.reservation(
        dataset, request=request, rho=Decimal(rho), cap=Decimal(cap), policy_hash="p", **more
    ) as entry:
        return entry


def approve(ledger, key, dataset="helpdesk", *, unit="unit", cap="1000", delta_cap="1"):
    return ledger.approve(
        dataset,
        unit=unit,
        cap=Decimal(cap),
        delta_cap=Decimal(delta_cap),
        policy_hash="p",
        reason="a second year of audits",
        key=key,
    )


def test_a_later_policy_does_not_raise_the_cap_and_may_lower_it(ledger):
    reserve(ledger)

    with pytest.raises(ApprovalRequired, match=r"`rho_cap` is 1000, but .* with 8") as refused:
        reserve(ledger, request="r", cap="1000")
    assert refused.value.exit_code == 6
    assert "vstk ledger approve helpdesk" in refused.value.remedy

    reserve(ledger, request="s", cap="3")
    assert ledger.left("helpdesk", Decimal(8)) == 1
    with pytest.raises(ApprovalRequired, match="with 3"):
        reserve(ledger, request="t", cap="8")
    assert ledger.verify() == 2


def test_a_second_person_may_raise_the_cap_and_everybody_sees_it(ledger, second):
    reserve(ledger)
    approve(ledger, second)

    reserve(ledger, request="r", rho="100", cap="1000")

    found = ledger.balance("helpdesk")
    assert [one.reason for one in found.approvals] == ["a second year of audits"]
    assert found.accounts["unit"].cap == 1000 * 10**12
    assert ledger.verify() == 3


def test_only_the_approvers_of_the_first_policy_count(ledger, second):
    named = approval.public_text(second)
    reserve(ledger, approvers=(named,))
    other = Ed25519PrivateKey.generate()
    # A later policy cannot name another one.
    reserve(ledger, request="r", approvers=(approval.public_text(other),))

    with pytest.raises(ApprovalRequired, match="may not approve"):
        approve(ledger, other)
    approve(ledger, second)

    assert ledger.verify() == 3


def test_where_nobody_is_named_the_first_approver_stays_the_only_one(ledger, second):
    reserve(ledger)
    approve(ledger, second)

    with pytest.raises(ApprovalRequired, match="may not approve"):
        approve(ledger, Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "forged",
    [
        {"cap": "2000"}, {"public_key": "A" * 43 + "="}, {"reason": "none"},
        {"dataset": "other"}, {"signature": "AAAA"},
    ],
)  # fmt: skip
def test_a_forged_approval_does_not_verify(second, forged):
    stated = approval.Approval(
        dataset="d", unit="unit", cap=Decimal(9), delta_cap=Decimal(1), policy_hash="p",
        reason="a reason", after="0" * 64, public_key="",
    )  # fmt: skip
    document = approval.sign(stated, second)

    assert approval.read(document).cap == 9
    assert approval.read(json.dumps(json.loads(document) | forged)) is None


def test_an_approval_cannot_be_moved_to_another_place_in_the_chain(ledger, second):
    reserve(ledger)
    approve(ledger, second)
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("drop trigger entries_stand")
        connection.execute("update entries set document = replace(document, '1000', '9000')")

    with pytest.raises(LedgerBroken):
        ledger.verify()


def test_losses_of_different_units_are_not_added_up(ledger, second):
    reserve(ledger, unit="person:account")

    for unit in ("conversation", "person:ip_hash"):
        with pytest.raises(ApprovalRequired, match="different units"):
            reserve(ledger, request=unit, unit=unit)

    approve(ledger, second, unit="conversation", cap="5")
    reserve(ledger, request="c", unit="conversation", rho="5", cap="5")
    assert ledger.left("helpdesk", Decimal(8), "person:account") == 7
    assert ledger.left("helpdesk", Decimal(5), "conversation") == 0
    assert ledger.verify() == 3


def test_the_sum_of_deltas_has_a_cap_that_later_policies_cannot_raise(ledger):
    delta = {"delta": Decimal("0.0000999"), "delta_cap": Decimal("0.0003")}
    for number in range(3):
        reserve(ledger, request=str(number), **delta)

    with pytest.raises(BudgetExhausted, match=r"0\.0000003 left of 0\.0003"):
        reserve(ledger, request="more", **delta)
    with pytest.raises(ApprovalRequired, match="delta_cap"):
        reserve(ledger, request="more", delta=delta["delta"], delta_cap=Decimal("0.1"))
    assert ledger.verify() == 3


@pytest.mark.parametrize(
    "name", ["Helpdesk", "helpdesk ", "help-desk", "HELP DESK", "helpdesk\u200b"]
)
def test_a_name_that_is_nearly_another_is_refused(ledger, name):
    reserve(ledger)

    with pytest.raises(ApprovalRequired, match="but a dataset 'helpdesk'"):
        reserve(ledger, name)
    reserve(ledger, "writing")


@pytest.mark.parametrize(
    "again",
    [
        population(people(0, 1000)),
        population(people(100, 1100)),
        population(people(0, 600)),
        population(people(300, 320)),
        population(people(0, 3000)),
        # The same conversations, each of them a unit of its own.
        population(people(7000, 8000), people(0, 1000)),
    ],
    ids=["the same", "nine tenths", "a part", "a few of them", "and more", "another unit"],
)
def test_the_same_people_under_a_new_name_are_refused_unless_approved(ledger, second, again):
    reserve(ledger, population=population(people(0, 1000)))

    with pytest.raises(ApprovalRequired, match="a second budget for the same people"):
        reserve(ledger, "innocent name", population=again)

    approve(ledger, second, "innocent name", cap="8")
    assert reserve(ledger, "innocent name", population=again).stored is None
    assert ledger.verify() == 3


def test_a_dataset_that_was_opened_for_others_is_no_way_around(ledger):
    reserve(ledger, population=population(people(0, 1000)))
    reserve(ledger, "decoy", population=population(people(5000, 5010)))

    with pytest.raises(ApprovalRequired, match="second budget"):
        reserve(ledger, "decoy", request="r", population=population(people(0, 1000)))


def test_other_people_and_more_people_of_one_s_own_are_accepted(ledger):
    reserve(ledger, population=population(people(0, 1000)))

    reserve(ledger, request="r", population=population(people(0, 2000)))
    reserve(ledger, "writing", population=population(people(1900, 4000)))
    assert ledger.verify() == 3


def test_samples_of_people_are_keyed():
    one, other = (Population.of(people(0, 9), ["c"], key) for key in (b"a" * 32, b"b" * 32))

    assert not one.is_nearly(other)
    assert Population.from_json(one.to_json()) == one


def test_what_is_published_of_an_entry_commits_to_nothing_that_can_be_guessed(tmp_path):
    """Two ledgers with the same entries at the same moment have different hashes."""
    hashes = {
        reserve(Ledger(tmp_path / f"{n}.db"), labels="the same labels").hash for n in range(3)
    }
    entry = Ledger(tmp_path / "0.db").entries()[0]

    assert len(hashes) == 3
    assert len(bytes.fromhex(entry.nonce)) == 32
    assert "the same labels" not in entry.document


def test_the_same_question_is_told_from_a_changed_log_and_may_be_asked_anew(ledger):
    def ask(labels, **more):
        with ledger.reservation(
            "d", request="q", rho=Decimal(1), cap=Decimal(8), policy_hash="p", labels=labels, **more
        ) as entry:
            if entry.stored is None:
                entry.spend()
                entry.keep(f"release of {labels}")
            return entry

    ask("a")
    same, changed = ask("a"), ask("b")

    assert (same.stored, same.changed) == ("release of a", False)
    assert (changed.stored, changed.changed) == ("release of a", True)
    assert ask("b", anew=True).stored is None
    assert ask("b").stored == "release of b"
    assert ledger.left("d", Decimal(8)) == 6


def test_what_was_not_drawn_of_a_declined_release_is_returned_and_no_more(ledger):
    def decline(spent):
        with ledger.reservation(
            "d", request="q", rho=Decimal(1), cap=Decimal(2), policy_hash="p"
        ) as entry:
            entry.spend()
            entry.decline("too few", spent=Decimal(spent))

    decline("0.1")
    with ledger.reservation(
        "d", request="q", rho=Decimal(1), cap=Decimal(2), policy_hash="p"
    ) as entry:
        assert (entry.declined, entry.stored) == ("too few", None)
        with pytest.raises(RuntimeError):
            entry.spend()

    assert ledger.left("d", Decimal(2)) == Decimal("1.9")
    with sqlite3.connect(ledger.path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(
            "insert into entries select 3, kind, at, dataset, request, rho_units + 10000000000000,"
            " cap_units, delta, policy_hash, null, release, previous, 'x', unit, delta_cap, nonce,"
            " document from entries where number = 2"
        )
    assert ledger.verify() == 2


def test_vstk_ledger_approve_signs_with_the_key_of_a_file(home, tmp_path):
    public = signature.new_key(tmp_path / "second.pem")
    arguments = ["ledger", "approve", "helpdesk", "--key", str(tmp_path / "second.pem")]

    short = CliRunner().invoke(main, [*arguments, "--reason", "why not"])
    done = CliRunner().invoke(main, [*arguments, "--reason", "agreed by the works council"])

    assert short.exit_code == 3
    assert done.exit_code == 0, done.output
    assert "rho = 0.3528" in done.output
    [one] = Ledger(home / "ledger.db").balance("helpdesk").approvals
    assert (one.public_key, one.policy_hash) == (public, policy.load("default").hash)


def test_a_policy_states_who_may_approve_and_the_cap_of_deltas():
    found = rules(approvers=["A" * 43 + "="], delta_cap=0.00001).privacy

    assert found.approvers == ("A" * 43 + "=",)
    assert found.total_delta_cap == Decimal("0.00001")
    assert rules().privacy.total_delta_cap == rules().privacy.delta
