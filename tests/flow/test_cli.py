"""The front door: what a person can put right is shown with its fix and its exit code."""

import gzip
import os
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from tests.conftest import ROOT, TINY, conversation
from vstk import ledger, policy, readers, registry, taxonomy

EXAMPLES = ROOT / "examples" / "helpdesk.jsonl"


def vstk(*arguments, cwd=None):
    done = subprocess.run(
        [sys.executable, "-m", "vstk", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def written(text):
    def make(tmp_path):
        path = tmp_path / "log.jsonl"
        path.write_bytes(text)
        return path

    return make


BAD = {
    "missing file": (lambda tmp: tmp / "nowhere.jsonl", 3),
    "empty file": (written(b""), 3),
    "binary file": (written(bytes(range(256)) * 400), 3),
    "lines that are not JSON": (written(b"hello\nworld\n" * 50), 3),
    "broken gzip": (written(gzip.compress(b'{"messages": []}\n' * 900)[:60]), 3),
    "no ids of people": (
        written(
            b'{"messages": [{"role": "user", "content": "Hello there, how are you?"}, '
            b'{"role": "assistant", "content": "Fine, thank you."}]}\n'
        ),
        4,
    ),
}


@pytest.mark.parametrize(("make", "code"), BAD.values(), ids=BAD)
def test_a_bad_log_gives_one_message_with_a_fix(make, code, tmp_path, home, tiny_weights):
    done = vstk(
        "audit",
        make(tmp_path),
        "--policy",
        TINY,
        "--out",
        tmp_path / "out",
        "--work",
        tmp_path / "work",
        "-q",
    )

    assert done.returncode == code, done.stderr
    assert done.stderr.count("Fix:") == 1
    assert not (tmp_path / "out").exists()
    assert not (home / "ledger.db").exists()


def changed_policy(tmp_path, **changes):
    text = TINY.read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path


POLICIES = {
    "an unknown key": (
        ("timeout_seconds: 60", "timeout_seconds: 60\n  sceonds: 6"),
        "scrub.sceonds",
        4,
    ),
    "a missing budget": (("  rho: 8\n", ""), "privacy.rho", 4),
    "a key twice": (("  rho: 8\n", "  rho: 8\n  rho: 80\n"), "twice", 4),
    "not a number": (("rho: 8\n", "rho: .nan\n"), "privacy.rho", 4),
    "an unknown model": (("smollm2-135m-instruct-q4_1", "gpt-oss"), "gpt-oss", 5),
    "more than the cap": (("rho_cap: 16", "rho_cap: 4"), "rho", 4),
}


@pytest.mark.parametrize(("change", "named", "code"), POLICIES.values(), ids=POLICIES)
def test_a_bad_policy_names_the_key(change, named, code, tmp_path, home, tiny_weights):
    changed = changed_policy(tmp_path, change=change)

    done = vstk(
        "audit",
        EXAMPLES,
        "--policy",
        changed,
        "--out",
        tmp_path / "out",
        "--work",
        tmp_path / "work",
        "-q",
    )

    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert "Fix:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_the_manifest_s_do_not_load(tmp_path, home, tiny_weights):
    weights = home / "weights"
    real = weights.resolve()
    weights.unlink()
    weights.mkdir()
    for path in real.iterdir():
        (weights / path.name).symlink_to(path)
    (weights / "smollm2-135m-instruct-q4_1.gguf").unlink()
    (weights / "smollm2-135m-instruct-q4_1.gguf").write_bytes(b"GGUF" + bytes(1000))

    done = vstk(
        "audit",
        EXAMPLES,
        "--policy",
        TINY,
        "--out",
        tmp_path / "out",
        "--work",
        tmp_path / "work",
        "-q",
    )

    assert done.returncode == 5
    assert "Fix:" in done.stderr


def test_a_report_is_never_written_over_something_else(tmp_path, home, tiny_weights):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")

    done = vstk(
        "audit",
        EXAMPLES,
        "--policy",
        TINY,
        "--out",
        tmp_path / "out",
        "--work",
        tmp_path / "work",
        "-q",
    )

    assert done.returncode == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_dry_run_writes_and_spends_nothing(tmp_path, home, tiny_weights):
    done = vstk("audit", EXAMPLES, "--policy", TINY, "--dry-run", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Plan for about" in done.stdout
    assert "An audit with this plan would run." in done.stdout
    assert "nothing was written and no budget was spent" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
    assert {path.name for path in home.iterdir()} == {"weights"}


def test_an_audit_shows_its_plan_and_stops_where_it_is_too_wide(tmp_path, home, tiny_weights):
    narrow = changed_policy(
        tmp_path,
        width=("max_margin_points: 100", "max_margin_points: 5"),
        wider=("on_wide_table: omit", "on_wide_table: stop"),
    )

    done = vstk(
        "audit",
        EXAMPLES,
        "--policy",
        narrow,
        "--out",
        tmp_path / "out",
        "--work",
        tmp_path / "work",
    )

    assert done.returncode == 4
    assert "Plan for about" in done.stderr
    assert "would be wider than 5 points" in done.stderr
    assert "Nothing was spent" in done.stderr
    assert not (home / "ledger.db").exists()


def test_inspect_says_which_unit_the_log_supports(tmp_path, home):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(conversation(n, f"u{n % 3}", f"Question {n}") + "\n" for n in range(9)))

    done = vstk("inspect", log)

    assert done.returncode == 0
    assert "'account': 3 distinct ids on 9 conversations" in done.stdout
    assert "Strongest unit of privacy that these logs support: person." in done.stdout
    assert "Exact counts: do not publish." in done.stdout


def test_scrub_writes_conversations_without_the_names(tmp_path, home, tiny_weights):
    log = tmp_path / "log.jsonl"
    log.write_text(conversation(1, "u", "My e-mail is ada.byron@example.com, please write.") + "\n")

    done = vstk("scrub", log, "--policy", TINY, "--out", tmp_path / "clean.jsonl", "-q")

    assert done.returncode == 0, done.stderr
    clean = (tmp_path / "clean.jsonl").read_text()
    assert "ada.byron" not in clean
    assert "<EMAIL_ADDRESS_1>" in clean


def lines(command):
    done = vstk(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


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
    guarantee, valid = lines(["policy", "check", "strict"])

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
    assert best[-1] == "An audit with this plan would run."


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
    assert any(line.startswith("An audit with this plan would stop.") for line in shown)


def spend(home):
    ledger.Ledger(home / "ledger.db").reserve(
        "helpdesk",
        request="a" * 64,
        rho=Decimal("0.5"),
        cap=Decimal(2),
        policy_hash="b" * 64,
    )


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
