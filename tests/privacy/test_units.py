"""The unit of privacy: whose records belong together, and which ids count as a person."""

import random
import unicodedata

import pytest

from tests.support.logs import conversation
from vstk import policy, release
from vstk.anonymiser import canonical_id, pseudonyms
from vstk.errors import PolicyInvalid
from vstk.pipeline import audit as audit_
from vstk.pipeline.label_logs import unit_hasher
from vstk.pipeline.request import Request
from vstk.pipeline.sampling import select
from vstk.policy import Privacy
from vstk.readers import IndexedConversation

from .neighbours import rules, vectors

KEY = b"q" * 32


def indexed(user, number, kind="account"):
    return IndexedConversation(
        number=number, id=f"c{number}", user=user, unit_kind=kind, started_at=None
    )


@pytest.mark.parametrize(
    "form",
    [
        "Anna@Example.org", " anna@example.org ", "anna@example.org\u200b", "ANNA@EXAMPLE.ORG",
        "mailto:anna@example.org", "MailTo:Anna@example.org", "anna@\u00adexample.org",
        "\uff41nna@example.org", "anna @example.org\n", "anna@example.org\ufeff",
    ],
)  # fmt: skip
def test_one_person_has_one_hash_however_a_log_writes_the_id(form):
    plain = pseudonyms(KEY, indexed("anna@example.org", 1))

    assert pseudonyms(KEY, indexed(form, 1)) == plain


def test_accents_written_in_two_ways_are_one_id_and_other_letters_are_not():
    composed, decomposed = (unicodedata.normalize(form, "jos\u00e9") for form in ("NFC", "NFD"))

    assert canonical_id(composed) == canonical_id(decomposed) != canonical_id("jose")
    assert canonical_id("Stra\u00dfe") == canonical_id("STRASSE")


def test_a_policy_may_say_that_case_matters():
    upper, lower = (pseudonyms(KEY, indexed(name, 1), case_sensitive=True) for name in "Xx")

    assert upper.unit_id != lower.unit_id
    assert unit_hasher(rules(case_sensitive_ids=True).privacy, KEY)(indexed("X", 1)) == upper
    assert unit_hasher(rules().privacy, KEY)(indexed("X", 1)) != upper


def test_an_id_without_content_is_no_id_and_no_conversation_is_a_person_of_its_own_name():
    blank = pseudonyms(KEY, indexed("\u200b ", 1))

    assert blank == pseudonyms(KEY, indexed(None, 1))
    assert blank.unit_id != pseudonyms(KEY, indexed("c1", 1)).unit_id


def test_under_unit_conversation_no_conversation_displaces_another_of_the_same_person():
    hasher = unit_hasher(rules(unit="conversation").privacy, KEY)
    log = [indexed("heavy", number) for number in range(40)]

    chosen = select(log, hasher, per_unit=2)

    assert len(chosen.numbers) == 40
    assert chosen.sizes == {1: 40}
    assert select(log[:-1], hasher, per_unit=2).keys < chosen.keys


def test_conversations_of_a_person_are_sampled_one_by_one_where_they_are_the_unit():
    hasher = unit_hasher(rules(unit="conversation").privacy, KEY)
    log = [indexed("heavy", number) for number in range(400)]

    assert 60 < len(select(log, hasher, per_unit=1, one_in=4).numbers) < 140


def test_the_unit_of_a_release_is_stated_by_the_policy():
    named = {
        kind: release.unit(rules(weakest_id=kind).privacy)
        for kind in ("account", "api_key", "ip_hash")
    }

    assert named["account"] == "person (account id)"
    assert len(set(named.values())) == 3
    assert release.unit(rules(unit="conversation").privacy) == "conversation"
    assert Privacy.model_fields["weakest_id"].default == "account"


def test_one_record_with_a_weaker_id_is_set_aside_and_changes_nothing():
    crowd = [{"id": f"c{n}", "user": f"u{n}", "messages": said(f"question {n}")} for n in range(20)]
    weaker = [
        {"id": "x", "api_key": "sk-1", "messages": said("one key")},
        {"id": "y", "messages": said("no id")},
    ]
    alone = vectors({"a.jsonl": crowd}, rules())

    for added in ([weaker[0]], [weaker[1]], weaker):
        found = vectors({"a.jsonl": crowd + added}, rules())

        assert (found.vectors, found.unit) == (alone.vectors, alone.unit)
        assert found.weaker == len(added)


def test_a_weaker_kind_of_id_counts_where_the_policy_says_so():
    chance = random.Random(1)
    kinds = ["account", "api_key", "ip_hash", "none"]
    log = [indexed(f"u{n}", n, chance.choice(kinds)) for n in range(60)]
    number = {kind: sum(one.unit_kind == kind for one in log) for kind in kinds}
    accepted = rules(weakest_id="api_key").privacy.accepted_ids

    chosen = select(log, unit_hasher(rules().privacy, KEY), per_unit=1, accepted_ids=accepted)

    assert len(chosen.numbers) == number["account"] + number["api_key"]
    assert chosen.weaker_ids == {"ip_hash": number["ip_hash"], "none": number["none"]}


def test_a_log_in_which_every_id_is_weaker_is_refused_with_what_to_do(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(conversation(1, "u1", "A question").replace('"user"', '"api_key"', 1) + "\n")

    with pytest.raises(PolicyInvalid, match="counts as a person") as refused:
        audit_.dry_run(Request(logs=[log], dataset="d"), policy.load("default"))

    assert "privacy.weakest_id" in str(refused.value)


def said(text):
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "Answer."}]
