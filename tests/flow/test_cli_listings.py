"""The commands that list, show, check and plan: what they print."""

import re
from decimal import Decimal

import pytest

from tests.support.command_line import EXAMPLES, changed_policy, lines, vstk
from tests.support.quick_model import ROOT, TINY
from vstk import ledger, policy, readers, registry, taxonomy


def test_formats_lists_every_format_with_a_title(home):
    listed = dict(line.split(maxsplit=1) for line in lines(["formats"]))

    assert listed.keys() == readers.FORMATS.keys()
    assert listed["openai-chat"] == readers.FORMATS["openai-chat"].title


def test_models_list_shows_every_model_and_which_are_not_downloaded(home):
    (home / "weights").unlink()

    head, *rows = lines(["models", "list"])

    assert head.split() == ["id", "kind", "MiB", "licence", "downloaded"]
    assert {row.split()[0] for row in rows} == registry.manifests().keys()
    assert {row.split()[-1] for row in rows} == {"no"}


def test_models_list_shows_which_models_are_downloaded(home, tiny_weights):
    downloaded = [row.split()[0] for row in lines(["models", "list"]) if row.endswith("yes")]

    assert "smollm2-135m-instruct-q4_1" in downloaded


def test_policy_list_gives_the_purpose_of_every_policy(home):
    listed = dict(line.split(maxsplit=1) for line in lines(["policy", "list"]))

    assert list(listed) == policy.names()
    assert "not for the logs of real people" in listed["demo"]


def test_policy_show_prints_the_file_itself(home):
    shown = vstk("policy", "show", "default").stdout

    assert shown == policy.find("default").read_text(encoding="utf-8")


def test_policy_check_states_the_guarantee_and_the_hash(home):
    guarantee, *_, valid = lines(["policy", "check", "strict"])

    assert "epsilon = 0.9966" in guarantee
    assert "delta = 0.000001" in guarantee
    assert f"{policy.load('strict').privacy.rho}" in guarantee
    assert valid == f"Valid. SHA-256: {policy.load('strict').hash}"


@pytest.mark.parametrize(
    "command", [("policy", "check"), ("plan", "--units", "900", "--policy")], ids=" ".join
)
def test_the_renamed_keys_of_a_version_1_policy_are_noted_once(command, home):
    file = ROOT / "tests" / "documents" / "version-1" / "default.yaml"

    done = vstk(*command, file)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("`privacy.clip` is `privacy.l2_clip` in version 2.") == 1
    assert all(line.startswith("Note: ") for line in done.stderr.splitlines())
    assert "Note" not in done.stdout


def test_taxonomy_list_counts_the_labels_of_each_level(home):
    (line,) = lines(["taxonomy", "list"])

    assert line.startswith("vstk-core (domain: 5, category: 26, leaf: ")


def test_taxonomy_show_prints_categories_below_their_domain(home):
    loaded = taxonomy.load("vstk-core")
    shown = lines(["taxonomy", "show"])

    assert len(shown) == 5 + 26
    domain, category = loaded.keys("domain")[0], loaded.keys("category")[0]
    assert shown[0] == f"{domain.title}: {loaded.definition(domain.key)}"
    assert shown[1] == f"  {category.title}: {loaded.definition(category.key)}"


def test_plan_says_how_many_conversations_it_assumes(home):
    best = lines(["plan", "--units", "3000"])
    likely = lines(["plan", "--units", "3000", "--conversations", "4000"])
    too_many = lines(["plan", "--units", "3000", "--conversations", "20000"])

    assert best[0].startswith("Assumes 9,000 conversations: 3,000 people with 3 each")
    assert likely[0].startswith("Assumes 4,000 conversations of 3,000 people.")
    assert too_many[0].startswith("Assumes 9,000 conversations: the policy counts at most 3")
    assert any(line.split()[:2] == ["table", "rows"] and "margin (±)" in line for line in best)
    assert widest(likely) > widest(best)
    assert best[-1] == "An audit with this plan would probably lead to a release."


def widest(shown):
    return max(float(points) for points in re.findall(r"([0-9.]+) points", "\n".join(shown)))


def test_plan_for_the_unit_conversation_counts_each_conversation_once(tmp_path, home):
    single = changed_policy(tmp_path, unit=("unit: person", "unit: conversation"))

    assert lines(["plan", "--units", "700", "--policy", single])[0] == (
        "Assumes 700 conversations, each protected on its own."
    )


def test_plan_says_which_tables_exceed_the_policy_s_limit(home):
    shown = lines(["plan", "--units", "100", "--policy", "strict"])

    assert any(line.endswith("margin exceeds policy limit") for line in shown)
    assert any(
        line.startswith("An audit with this plan would probably end without a release.")
        for line in shown
    )


def spend(home):
    with ledger.Ledger(home / "ledger.db").reservation(
        "helpdesk",
        request="a" * 64,
        rho=Decimal("0.5"),
        cap=Decimal(2),
        policy_hash="b" * 64,
    ):
        pass  # nothing is kept: a crash after the reservation


def test_ledger_show_lists_what_was_spent(home):
    assert lines(["ledger", "show"]) == ["No budget has been spent."]
    assert lines(["ledger", "show", "other"]) == ["No budget has been spent on dataset 'other'."]

    spend(home)
    head, row = lines(["ledger", "show", "helpdesk"])

    assert head.split() == ["entry", "time", "dataset", "kind", "rho", "hash"]
    assert row.split()[0] == "1"
    assert {"helpdesk", "0.5"} <= set(row.split())


def test_ledger_verify_counts_the_entries(home):
    assert lines(["ledger", "verify"]) == ["The ledger is intact: 0 entries verified."]

    spend(home)
    assert lines(["ledger", "verify"]) == ["The ledger is intact: 1 entry verified."]


SAMPLED = [("--sample-rate", "1/2"), ("--sample", "2")]


@pytest.mark.parametrize("option", SAMPLED, ids=" ".join)
def test_a_sample_reads_some_of_the_people(option, home, tiny_weights):
    shown = vstk("audit", EXAMPLES, "--policy", TINY, "--dry-run", *option).stdout
    whole = vstk("audit", EXAMPLES, "--policy", TINY, "--dry-run").stdout

    def selected(text):
        return int(re.search(r"selected for labelling +([0-9]+)", text)[1])

    # 28 people at 1 in 2: none or all are chosen less than once in a hundred million times.
    assert 0 < selected(shown) < selected(whole)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--sample-rate", "2"), "must have the form 1/N"),
        (("--sample-rate", "1/0"), "must have the form 1/N"),
        (("--sample-rate", "1/1000001"), "must have the form 1/N"),
        (("--sample-rate", "1/2", "--sample", "2"), "not both"),
    ],
    ids=str,
)
def test_a_sampling_rate_that_is_none_is_a_usage_error(options, problem, home):
    done = vstk("audit", EXAMPLES, *options)

    assert done.returncode == 2
    assert problem in done.stderr


def test_doctor_says_fail_and_ends_with_1_where_a_model_is_missing(home):
    (home / "weights").unlink()

    done = vstk("doctor")

    assert done.returncode == 1
    assert done.stdout.startswith("ok   policy 'default'")
    assert "\nFAIL " in done.stdout
