"""The front door: what a person can put right is shown with its fix and its exit code."""

import gzip

import pytest

from tests.support.command_line import EXAMPLES, changed_policy, vstk
from tests.support.logs import conversation
from tests.support.quick_model import TINY


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
    assert "An audit with this plan would probably lead to a release." in done.stdout
    assert "nothing was written and no budget was spent" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
    assert {path.name for path in home.iterdir()} == {"weights"}


def test_an_audit_shows_its_plan_and_makes_no_release_where_it_is_too_wide(
    tmp_path, home, tiny_weights
):
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
        "--sample-rate",
        "1/20",
    )

    assert done.returncode == 4
    assert "Plan for about" in done.stderr
    assert "would be wider than 5 points" in done.stderr
    assert "Only the loss of that noised number was spent" in done.stderr
    assert not (tmp_path / "out").exists()


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
