"""Version 1 of the policy format is still read, with a note for each key that was renamed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vstk.errors import PolicyInvalid
from vstk.policy import load
from vstk.policy.version_1 import RENAMED

OLD = Path(__file__).resolve().parents[1] / "documents" / "version-1"

EVERY_KEY = """
vstk_policy: 1
name: everything
purpose: A document that uses every key of the first version.
scrub:
  languages: [en, fr]
  spacy: english
  pipelines: {fr: french}
  profile: balanced
  seconds: 30
  recognizers:
    - {entity: TICKET, pattern: "T-[0-9]+", found: [T-12], passed: [T-x]}
    - {entity: BADGE, pattern: "B-[0-9]+", found: [B-3]}
extract: {model: m, sheet: sheet-1, window: 128}
taxonomy: vstk-core
privacy:
  unit: person
  conversations_read: 20
  weight: 3
  clip: 1.5
  rho: 0.1
  rho_cap: 0.4
  delta: 0.000001
  period: quarter
  max_halfwidth: 12
  wider_tables: leave_out
  tables:
    - {name: subjectivity, weight: 10}
    - {name: tasks, weight: 15}
"""


def written(tmp_path: Path, *replacements: tuple[str, str]) -> str:
    text = EVERY_KEY
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", ["default", "demo", "detailed", "strict"])
def test_the_first_policies_load_as_those_of_today(name: str) -> None:
    file = OLD / f"{name}.yaml"
    old, new = load(str(file)), load(name)

    assert old.scrub.pii_model is None  # it is newer than version 1
    scrub = old.scrub.model_copy(update={"pii_model": new.scrub.pii_model})
    assert old.model_copy(update={"scrub": scrub}).model_dump() == new.model_dump()
    assert old.hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert old.notes
    assert not new.notes


def test_every_renamed_key_is_converted_and_noted(tmp_path: Path) -> None:
    policy = load(written(tmp_path))

    assert policy.vstk_policy == 2
    assert policy.scrub.ner_models == {"en": "english", "fr": "french"}
    assert policy.scrub.timeout_seconds == 30
    ticket, badge = policy.scrub.recognizers
    assert ticket.examples.match == ("T-12",)
    assert ticket.examples.no_match == ("T-x",)
    assert badge.examples.match == ("B-3",)
    assert policy.extract.sheet == "sheet-2"
    assert policy.privacy.max_conversations_read == 20
    assert policy.privacy.max_conversations_counted == 3
    assert str(policy.privacy.l2_clip) == "1.5"
    assert policy.privacy.max_margin_points == 12
    assert policy.privacy.on_wide_table == "omit"
    assert [table.budget_share for table in policy.privacy.tables] == [10, 15]
    notes = "\n".join(policy.notes)
    for old, new in RENAMED.items():
        assert f"`{old}` is `{new}`" in notes, old
    assert "`privacy.wider_tables: leave_out` is `privacy.on_wide_table: omit`" in notes
    assert "`extract.sheet: sheet-1` is `extract.sheet: sheet-2`" in notes
    assert len(policy.notes) == 1 + len(RENAMED) + 2
    assert "notes" not in policy.model_dump()


def test_only_keys_that_the_document_has_are_noted(tmp_path: Path) -> None:
    notes = "\n".join(load(str(OLD / "default.yaml")).notes)

    assert "privacy.clip" in notes
    assert "recognizers" not in notes
    assert "pipelines" not in notes
    assert "leave_out" not in notes


def test_the_english_model_is_dropped_where_english_is_not_accepted(tmp_path: Path) -> None:
    policy = load(written(tmp_path, ("languages: [en, fr]", "languages: [fr]")))

    assert policy.scrub.ner_models == {"fr": "french"}
    assert any("`scrub.spacy` is not used" in note for note in policy.notes)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  weight: 3", "  max_conversations_counted: 3", "`privacy.weight` in version 1"),
        ("  spacy: english", "  ner_models: {en: e}", "`scrub.spacy` and `scrub.pipelines` in"),
        ("found: [B-3]", "examples: {match: [B-3]}", r"`scrub.recognizers\[\].found` and"),
        ("tasks, weight: 15", "tasks, budget_share: 15", r"`privacy.tables\[\].weight` in version"),
        ("leave_out", "omit", "privacy.wider_tables: must be `stop` or `leave_out`"),
        ("  spacy: english\n", "", "scrub.spacy: this key is missing"),
        ("{fr: french}", "[french]", "scrub.pipelines: must be a mapping"),
        ("{fr: french}", "{en: french}", "scrub.pipelines: the model for `en`"),
        ("{fr: french}", "{de: german}", "`de` is not among the accepted languages"),
        ("spacy: english", "spacy: [english]", "scrub.spacy: "),
        ("  weight: 3\n", "", "privacy.weight: this key is missing"),
        ("  weight: 3", "  weight: 300", "privacy.weight: must be less than"),
        ("tasks, weight: 15", "tasks, weight: 0", r"privacy.tables\[1\].weight: must be greater"),
        (", found: [B-3]", "", r"scrub.recognizers\[1\].found: this key is missing"),
        ("privacy:\n", "privacy: 3\nx:\n", "privacy: "),
    ],
)
def test_what_is_wrong_is_named_as_version_1_names_it(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    with pytest.raises(PolicyInvalid, match=problem):
        load(written(tmp_path, (old, new)))


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_version_1_key_in_a_version_2_document_is_an_error_that_names_the_new_key(
    tmp_path: Path, old: str, new: str
) -> None:
    path = written(tmp_path, ("vstk_policy: 1", "vstk_policy: 2"))

    with pytest.raises(PolicyInvalid) as error:
        load(path)

    assert f"`{old}` is `{new}` in version 2" in error.value.problem
    assert "docs/reference/policy.md" in error.value.remedy
