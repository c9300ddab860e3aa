"""A policy is read strictly: what nobody wrote down, nobody decided."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from vstk.errors import PolicyInvalid
from vstk.paths import documents
from vstk.policy import load, names, reference

ROOT = Path(__file__).resolve().parents[2]

DEFAULT = (documents("policies") / "default.yaml").read_text()


def changed(tmp_path: Path, *replacements: tuple[str, str]) -> Path:
    text = DEFAULT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["default", "demo", "detailed", "strict"])
def test_the_policies_that_come_with_vstk_are_valid(name: str) -> None:
    policy = load(name)

    assert name in names()
    assert policy.name == name
    assert len(policy.hash) == 64


def test_strict_promises_more_than_default_in_every_respect() -> None:
    strict, default = load("strict").privacy, load("default").privacy

    assert strict.rho < default.rho
    assert strict.rho_cap < default.rho_cap
    assert strict.max_conversations_counted <= default.max_conversations_counted
    assert strict.max_conversations_read <= default.max_conversations_read
    assert strict.max_margin_points <= default.max_margin_points
    assert load("strict").scrub.profile == "strict"


def test_demo_says_that_it_protects_nobody() -> None:
    policy = load("demo")

    assert "large epsilon" in " ".join(policy.purpose.split())
    assert "not for the logs of real people" in " ".join(policy.purpose.split())


def test_numbers_are_exact(tmp_path: Path) -> None:
    policy = load(str(changed(tmp_path, ("rho: 0.0882", "rho: 0.1"))))

    assert policy.privacy.rho * 3 == Decimal("0.3")
    assert policy.privacy.delta == Decimal("1e-6")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "max_conversations_counted: 3 ",
            "max_converstions_counted: 3 ",
            "privacy.max_converstions_counted: unknown key .did you mean `max_conversations_counted`",
        ),
        ("  rho: 0.0882", "  rho: 0.0882\n  rho: 0.2", r"Key 'rho' appears twice \(line"),
        ("  unit: person", "  #", "privacy.unit: this key is missing"),
        ("  rho: 0.0882", "  rho: nearly nothing", "privacy.rho: must be a number"),
        ("  rho: 0.0882", "  rho: .nan", "privacy.rho"),
        ("  rho: 0.0882", "  rho: .inf", "privacy.rho"),
        ("  rho: 0.0882", "  rho: -1", "privacy.rho: must be greater than 0"),
        ("  rho: 0.0882", "  rho: 0.5", "rho is greater than rho_cap"),
        (
            "max_conversations_counted: 3 ",
            "max_conversations_counted: yes ",
            "privacy.max_conversations_counted: must be a number or text, not a boolean",
        ),
        (
            "max_conversations_counted: 3 ",
            "max_conversations_counted: 2.5 ",
            "privacy.max_conversations_counted: must be a whole number",
        ),
        ("taxonomy: vstk-core", "taxonomy: [vstk-core]", "taxonomy: must be text"),
        ("languages: [en]", "languages: en", "scrub.languages: must be a list"),
        ("languages: [en]", "languages: []", "scrub.languages: must have at least one entry"),
        ("{en: en_core_web_md-3.8.0}", "english", "scrub.ner_models: must be a mapping"),
        ("extract:\n", "extract: 3\nx:\n", "extract: must be a section"),
        ("  rho: 0.0882", "  rho: [1]", "privacy.rho: must be a number"),
        ("  delta: 0.000001", "  delta: 0.01", "privacy.delta: must be less than 0.001"),
        ("profile: balanced", "profile: none", "scrub.profile"),
        ("{name: tasks, ", "{name: Salaries, ", "privacy.tables"),
        ("{name: tasks, ", "{name: watch_list, ", "a table is listed twice"),
        ("vstk_policy: 2", "vstk_policy: 3", "vstk_policy: must be 2"),
        ("vstk_policy: 2", "vstk_policy: yes", "vstk_policy: must be 2"),
        ("vstk_policy: 2", "#", "vstk_policy: must be 2"),
        ("vstk_policy: 2", "hash: abc\nvstk_policy: 2", "sets `hash`"),
        ("vstk_policy: 2", "notes: [abc]\nvstk_policy: 2", "sets `notes`"),
        ("vstk_policy: 2", "[a, b]: 1\nvstk_policy: 2", "A key is not text"),
        ("vstk_policy: 2", "2026-13-45: 1\nvstk_policy: 2", "'ours.yaml' is not valid YAML"),
        ("vstk_policy: 2", "vstk_policy: [2", "is not valid YAML"),
        ("vstk_policy: 2", "vstk_policy: !!python/object:os.system 1", "is not valid YAML"),
        ("{en: en_core_web_md-3.8.0}", "{fr: a-model}", "scrub: ner_models: `fr` is not among"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = changed(tmp_path, (old, new))

    with pytest.raises(PolicyInvalid, match=problem):
        load(str(path))


def test_a_secret_in_a_policy_is_not_repeated_in_a_message(tmp_path: Path) -> None:
    path = changed(tmp_path, ("  unit: person", "  unit: hunter2"))

    with pytest.raises(PolicyInvalid) as error:
        load(str(path))

    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"just words", b"\xff\xfe\x00", b"- a\n- b\n"])
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ours.yaml"
    path.write_bytes(content)

    with pytest.raises(PolicyInvalid, match=r"not a policy|not valid YAML"):
        load(str(path))


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    for name in ("lax", str(tmp_path / "absent.yaml")):
        with pytest.raises(PolicyInvalid) as error:
            load(name)
        assert "default, demo, detailed, strict" in error.value.remedy


def test_one_byte_is_another_policy(tmp_path: Path) -> None:
    same = changed(tmp_path)
    assert load(str(same)).hash == load("default").hash

    same.write_text(DEFAULT + "\n")
    assert load(str(same)).hash != load("default").hash


def test_the_readme_lists_every_key_as_it_is_now() -> None:
    text = (documents("policies") / "README.md").read_text()
    command = "python -m vstk.policy.reference --table"
    listed = text.partition(f"{command}` -->\n")[2].partition("<!-- end of keys")[0]

    assert listed == reference.table(), f"put the output of `{command}` there"


def test_the_reference_page_is_current() -> None:
    page = (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")

    assert page == reference.page(), (
        "regenerate it: python -m vstk.policy.reference > docs/reference/policy.md"
    )
