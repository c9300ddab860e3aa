"""An accepted language in which no model finds names is said, before and after."""

from importlib.metadata import version

import pytest

from tests.support.quick_model import TINY
from vstk import policy, registry
from vstk.anonymiser import ner_jieba
from vstk.pipeline import instrument as instrument_


def accepting(*languages):
    rules = policy.load(str(TINY))
    scrub = rules.scrub.model_copy(update={"languages": languages})
    return rules.model_copy(update={"scrub": scrub})


def test_every_language_without_a_model_for_names_is_warned_of(tiny_weights, monkeypatch):
    monkeypatch.setattr(ner_jieba, "installed", lambda: True)
    said = instrument_.warnings(accepting("en", "fr", "zh", "sv"))
    monkeypatch.setattr(ner_jieba, "installed", lambda: False)
    alone = instrument_.warnings(accepting("zh"))

    assert "No model finds names in fr, sv:" in said[-1]
    assert "No model finds names in zh:" in alone[-1]
    assert not any("names" in one for one in instrument_.warnings(accepting("en")))


def test_which_jieba_reads_chinese_names_is_kept(tiny_weights, monkeypatch):
    pytest.importorskip("jieba")
    read = instrument_.instrument(accepting("en", "zh"), b"\0" * 32)

    assert read.settings["jieba"] == read.manifest["jieba"] == version("jieba")
    monkeypatch.setattr(ner_jieba, "installed", lambda: False)
    assert read.settings["jieba"] == read.manifest["jieba"] == "none"
    assert "jieba" not in instrument_.instrument(accepting("en"), b"\0" * 32).settings


def test_which_pii_model_reads_is_kept(tiny_weights):
    rules = accepting("en")
    scrub = rules.scrub.model_copy(update={"pii_model": "rampart-q4-1.4.0"})
    if not registry.locate("rampart-q4-1.4.0").exists():
        pytest.skip("vstk models pull rampart-q4-1.4.0")
    read = instrument_.instrument(rules.model_copy(update={"scrub": scrub}), b"\0" * 32)
    without = instrument_.instrument(rules, b"\0" * 32)

    sha256 = registry.get("rampart-q4-1.4.0").sha256
    assert read.settings["pii_model"] == read.manifest["pii_model_sha256"] == sha256
    assert read.manifest["pii_model"] == "rampart-q4-1.4.0"
    assert "pii_model" not in without.settings
    assert not {"pii_model", "pii_model_sha256"} & without.manifest.keys()
