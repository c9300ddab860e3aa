"""Tables, pairs, markup and cue words: what the name of a field shows to be personal."""

from __future__ import annotations

import random

import pytest

from vstk.anonymiser.ages_beside_names import find_ages
from vstk.anonymiser.canary_containers import CONTAINERS, measure_containers
from vstk.anonymiser.cued_values import find_cued_values
from vstk.anonymiser.digit_runs import runs_of_groups
from vstk.anonymiser.fields import entity_of_label, find_fields
from vstk.anonymiser.finding import Deadline, PiiFinding
from vstk.anonymiser.kept_terms import KeptTerms
from vstk.anonymiser.language import detect
from vstk.anonymiser.recognizers.check_digits import luhn
from vstk.anonymiser.recognizers.numbers import CREDIT_CARD
from vstk.anonymiser.related_names import find_related_names
from vstk.anonymiser.rule_runner import run_rules
from vstk.anonymiser.tokens import tokens

from .talks import talk


def values(find, text):
    return {text[f.start : f.end] for f in find(text)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nr,driver,plate\n1,Odile Marchetti,QX-204-LM", {"Odile Marchetti", "QX-204-LM"}),
        ("id;naam;telefoon\n1;Sjaak Veerman;020 555 0142", {"Sjaak Veerman", "020 555 0142"}),
        ("| Name | PIN |\n|---|---|\n| Odile Marchetti | 4821 |", {"Odile Marchetti", "4821"}),
        ('{"firstName":"Odile","cvv":"318"}', {"Odile", "318"}),
        ('{\\"userName\\":\\"omarchetti\\"}', {"omarchetti"}),
        ("<nome>Odile Marchetti</nome>", {"Odile Marchetti"}),
        ("INSERT INTO t (id, email, surname) VALUES (1, 'x', 'Marchetti');", {"Marchetti"}),
        ("WARN login failed user=omarchetti after=3", {"omarchetti"}),
        ("full name: Odile Marchetti\npin: 90211", {"Odile Marchetti", "90211"}),
    ],
)
def test_a_field_is_found_by_its_name(text, wanted):
    assert values(find_fields, text) >= wanted


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "left-pad", "version": "1.3.0"}',
        "sku,price,qty\n4471200,3.50,2",
        "def f(name: str, age: int) -> None:",
        "password: null",
        "Note: bring the documents, please",
    ],
)
def test_a_field_of_nobody_stays(text):
    assert values(find_fields, text) == set()


def test_a_label_is_known_in_any_spelling():
    spellings = ("firstName", "first_name", "First name", "FIRST-NAME", "Prénom")

    assert {entity_of_label(spelling) for spelling in spellings} == {"PERSON_STRONG"}
    assert entity_of_label("customer_phone") == "PHONE_NUMBER"
    assert entity_of_label("colour") is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my policy is QRX-5520188-C since May", "QRX-5520188-C"),
        ("bsn was 123456782", "123456782"),
        ("polizza n. KT-0055123/B", "KT-0055123/B"),
        ("contract HAB 0051 2290 K ends", "HAB 0051 2290 K"),
    ],
)
def test_a_number_is_found_by_the_word_before_it(text, wanted):
    assert wanted in values(find_cued_values, text)


@pytest.mark.parametrize("text", ["policy 2024 applies", "take 500 in cash", "chapter 12345"])
def test_a_number_without_such_a_word_stays(text):
    assert not values(find_cued_values, text)


@pytest.mark.parametrize(
    "text", ["{} 09/27", "{} 613", "2 {}", "17 {}", "no {},12.50", "{}\t44871"]
)
def test_a_card_is_found_beside_another_number(text):
    draw = random.Random(4)
    for _ in range(20):
        body = "4" + "".join(draw.choices("0123456789", k=14))
        number = next(body + d for d in "0123456789" if luhn(body + d))
        grouped = " ".join(number[at : at + 4] for at in range(0, 16, 4))
        for written in (number, grouped):
            line = text.format(written)
            found = run_rules([CREDIT_CARD], [line], Deadline(5))[0]
            assert any(written in line[f.start : f.end] for f in found), line


def test_runs_of_groups_are_ordered_from_the_longest():
    runs = [("12 345 67"[a:b]) for a, b in runs_of_groups("12 345 67", 2, 6)]

    assert runs == ["12 345", "345 67", "345", "12", "67"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my wife roswitha is ill", "roswitha"),
        ("frau oberndorfer hat angerufen", "oberndorfer"),
        ("ma fille s'appelle capucine", "capucine"),
        ("mein Kollege Thore kommt", "Thore"),
    ],
)
def test_a_name_is_found_after_a_word_for_a_relation(text, wanted):
    assert wanted in values(lambda t: find_related_names(t, tokens(t)), text)


@pytest.mark.parametrize(
    "text", ["my wife said no", "his son will come", "mijn vrouw heeft koorts"]
)
def test_a_verb_after_a_relation_is_no_name(text):
    assert not values(lambda t: find_related_names(t, tokens(t)), text)


def test_an_age_is_found_beside_a_name():
    person = PiiFinding(0, 5, "PERSON", 1.0, "rule")

    assert values(lambda t: find_ages(t, [person]), "Odile (8) sleeps") == {"8"}
    assert values(lambda t: find_ages(t, [person]), "Odile, 66, fell") == {"66"}
    assert not values(lambda t: find_ages(t, [person]), "Odile, 66.5 kg")


def test_products_and_declared_names_stay_readable():
    text = "Strava and Quernstone and Odile"
    findings = [
        PiiFinding(text.index(word), text.index(word) + len(word), "ORGANIZATION", 0.6, "ner")
        for word in ("Strava", "Quernstone", "Odile")
    ]

    left = KeptTerms(["quernstone"]).without_kept(findings, text)
    strict = KeptTerms(strict=True).without_kept(findings, text)

    assert [text[f.start : f.end] for f in left] == ["Odile"]
    assert strict == findings


def test_a_request_in_english_with_foreign_names_is_english():
    text = "Kunde Frau Irmgard Hölzl wohnt in Prien. Please translate this to English and keep the address."

    assert detect([text], ("en",)) == "en"
    assert (
        detect(["Kunde Frau Irmgard Hölzl wohnt jetzt wieder in Prien am Chiemsee."], ("en",))
        != "en"
    )


def test_a_later_part_in_another_language_counts():
    later = (
        "Der Vertrag endet im nächsten Jahr, und wir müssen ihn vorher schriftlich kündigen. " * 40
    )

    assert detect(["Please read the text that follows. " * 8 + later], ("en",)) == "de"


class Forgetful:
    """The worst case: it finds nobody."""

    def scrub(self, conversation):
        return conversation.turns, "en"


def test_every_container_leaks_in_a_scrubber_that_finds_nobody():
    log = talk("What should I cook for the party on the weekend? It has to be cheap.")

    report = measure_containers([log], Forgetful(), 400).as_dict()

    assert set(report["containers"]) == set(CONTAINERS)
    assert all(rate["share"] == 1.0 for rate in report["containers"].values())
    assert {"name", "card", "phone"} <= set(report["matrix"])
    assert sum(rate["planted"] for rate in report["containers"].values()) == 400
