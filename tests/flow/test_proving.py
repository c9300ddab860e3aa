"""A release can be held against its ledger, its own sums and its signer's key."""

import json
import shutil

import pytest
from click.testing import CliRunner

from tests.flow.test_budget import OTHERS, log_of, run, with_rules
from tests.support.quick_model import TINY
from vstk import ledger
from vstk.cli import main
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.ledger import LedgerBroken
from vstk.pipeline import release as release_
from vstk.pipeline import request as request_
from vstk.pipeline import verify as verify_


@pytest.fixture
def published(tmp_path, home, tiny_weights):
    run(tmp_path, log_of(tmp_path, 5))
    return tmp_path / "out" / "release.json"


def vstk(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lines(done):
    return [line for line in done.stdout.splitlines() if line]


def test_a_release_where_it_was_made_holds_in_every_point_but_the_signature(published):
    done = vstk("release", "verify", published)

    assert done.exit_code == 0, done.stderr
    unknown = [line.split(maxsplit=2)[1] for line in lines(done) if line.startswith("unknown")]
    # The tests' own policy is none of those that come with vstk.
    assert unknown == ["policy", "signature:"]
    assert "paid for exactly this release" in done.stdout


def test_a_policy_with_two_pipelines_is_audited_resumed_and_verified(tmp_path, home, tiny_weights):
    name = "en_core_web_sm-3.8.0"
    rules = with_rules(
        tmp_path,
        ("languages: [en]", "languages: [en, fr]"),
        (f"{{en: {name}}}", f"{{en: {name}, fr: {name}}}"),
    )

    run(tmp_path, log_of(tmp_path, 4), rules=rules)
    more = run(tmp_path, log_of(tmp_path, 5), rules=rules, out="out-2")
    assert more.summary.kept == 4 + OTHERS
    done = vstk("release", "verify", tmp_path / "out" / "release.json")

    assert done.exit_code == 0, done.stderr
    assert f"spacy '{name}, {name}' is the one in this installation" in done.stdout


def test_a_signed_release_is_verified_with_the_public_key_alone(published, tmp_path):
    public = vstk("release", "new-key", tmp_path / "key.pem").stdout.strip()
    assert vstk("release", "sign", published, "--key", tmp_path / "key.pem").exit_code == 0
    (tmp_path / "signer.pub").write_text(public + "\n")

    for key in (public, tmp_path / "signer.pub"):
        done = vstk("release", "verify", published, "--key", key)
        assert done.exit_code == 0, done.stderr
        assert "signature: made by the holder of this key" in done.stdout

    other = vstk("release", "new-key", tmp_path / "other.pem").stdout.strip()
    refused = vstk("release", "verify", published, "--key", other)
    assert refused.exit_code == 3
    assert "not what the holder of this key signed" in refused.stderr


def test_a_signature_stays_with_a_release_that_is_rendered_again(published, tmp_path):
    verify_.new_key(tmp_path / "key.pem")
    signature = verify_.sign(published, tmp_path / "key.pem").read_bytes()

    release_.render(published, published.parent)

    assert (published.parent / "release.json.sig").read_bytes() == signature


def test_a_release_again_can_be_signed_at_once(published, tmp_path, monkeypatch):
    verify_.new_key(tmp_path / "key.pem")
    monkeypatch.chdir(tmp_path)

    done = vstk(
        "release", "--policy", published.parent.parent / "nowhere.yaml", "--sign", "key.pem"
    )
    assert done.exit_code == 4
    done = vstk(
        "release",
        "--work",
        "work",
        "--dataset",
        "people",
        "--policy",
        TINY,
        "--out",
        "again",
        "--sign",
        "key.pem",
    )

    assert done.exit_code == 0, done.stderr
    assert "no budget was spent" in done.stdout
    assert (tmp_path / "again" / "release.json.sig").is_file()


def test_a_place_that_is_taken_is_found_out_before_a_release_again_spends(
    published, tmp_path, home
):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    rules = with_rules(tmp_path, ("rho: 8", "rho: 4"))
    before = ledger.Ledger(home / "ledger.db").head()

    with pytest.raises(OutputUnwritable, match="something else"):
        release_.release_again(
            request_.Request(logs=(), dataset="people"),
            rules,
            request_.Places(work=tmp_path / "work"),
            tmp_path / "taken",
        )

    assert ledger.Ledger(home / "ledger.db").head() == before


def test_a_key_that_is_none_is_found_out_before_anything_is_spent(published, tmp_path):
    (tmp_path / "key.pem").write_text("hello")

    done = vstk("release", "--work", tmp_path / "work", "--sign", tmp_path / "key.pem")

    assert done.exit_code == 3
    assert "Ed25519" in done.stderr


def test_one_changed_number_is_not_what_the_ledger_paid_for(published):
    document = json.loads(published.read_text())
    document["tables"][0]["rows"][0]["count"] += 1
    published.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    with pytest.raises(LedgerBroken, match="another release"):
        verify_.verify(published)


def test_a_ledger_restored_from_an_older_copy_is_noticed(published, tmp_path, home):
    shutil.copy(home / "ledger.db", tmp_path / "copy.db")
    run(tmp_path, log_of(tmp_path, 6), work="two", out="out-2", anew=True)
    shutil.copy(tmp_path / "copy.db", home / "ledger.db")

    assert verify_.verify(published)
    with pytest.raises(LedgerBroken, match="older copy") as broken:
        verify_.verify(tmp_path / "out-2" / "release.json")
    assert broken.value.exit_code == 6


def test_without_a_ledger_nothing_is_made_and_nothing_is_claimed(published, home):
    (home / "ledger.db").unlink()

    checks = verify_.verify(published)

    assert [c.holds for c in checks if c.text.startswith("ledger")] == [False]
    assert not (home / "ledger.db").exists()
    ledger.Ledger(home / "ledger.db")
    assert [c.holds for c in verify_.verify(published) if c.text.startswith("ledger")] == [False]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["tables"][0].update(rho="9"), "tables cost"),
        (lambda d: d["guarantee"].update(epsilon=0.5), "epsilon"),
    ],
    ids=["a table that costs more", "an epsilon that promises more"],
)
def test_numbers_that_contradict_each_other_are_refused(published, home, change, says):
    (home / "ledger.db").unlink()
    document = json.loads(published.read_text())
    change(document)
    published.write_text(json.dumps(document))

    with pytest.raises(InputUnreadable, match=says):
        verify_.verify(published)


def test_tables_by_segment_are_paid_for_once_each_dimension(tmp_path, home, tiny_weights):
    rules = with_rules(
        tmp_path,
        (
            "  tables:\n",
            "  segments: {language: [en, de]}\n  tables:\n"
            "    - {name: tasks, budget_share: 40, by: language}\n",
        ),
    )
    done = run(tmp_path, log_of(tmp_path, 9), rules=rules)

    assert any(table.name.startswith("tasks__language-1") for table in done.release.tables)
    assert verify_.verify(tmp_path / "out" / "release.json")[1].holds
