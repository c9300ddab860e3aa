from __future__ import annotations

import csv
import resource

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from vstk.anonymiser import Unscrubbable, review
from vstk.anonymiser.canaries import is_readable, measure_leakage, sample_conversations
from vstk.anonymiser.canary_templates import templates_by_language, templates_for
from vstk.anonymiser.synthetic_pii import CANARY_KINDS, CASES, Canary, make_canary
from vstk.errors import InputUnreadable, OutputUnwritable

from .talks import talk

TALK = talk(
    "What should I cook for the party on the weekend? It has to be cheap.",
    "You could make a large salad. It takes an hour at most.",
)


class Forgetful:
    """The worst case: it finds nobody."""

    def scrub(self, conversation):
        return conversation.turns, "en"


class Refusing:
    def scrub(self, conversation):
        raise Unscrubbable("too-slow")


def test_a_scrubber_that_finds_nobody_leaks_every_canary():
    report = measure_leakage([TALK], Forgetful(), 90).as_dict()

    assert all(rate["share"] == 1.0 for rate in report["kinds"].values())
    assert set(report["name_cases"]) == set(CASES)
    assert sum(rate["planted"] for rate in report["kinds"].values()) == 90


def test_what_is_set_aside_does_not_count_as_scrubbed():
    report = measure_leakage([TALK], Refusing(), 10)

    assert report.set_aside == 10
    assert report.kinds == {}


def test_a_copy_that_breaks_the_scrubber_is_set_aside():
    class Breaking:
        def scrub(self, conversation):
            raise ValueError(conversation.turns[0].text)

    assert measure_leakage([TALK], Breaking(), 10).set_aside == 10


def test_a_name_inside_a_word_of_the_log_does_not_hide_a_leak():
    planted = Canary(kind="name", value="Li An", sentence="I met Li An.")

    assert is_readable(planted, "I met Li An.", "Listen, plan the party.")
    assert not is_readable(planted, "I met Li An.", "Li and An were there.")


def test_the_same_seed_plants_the_same():
    def planted(seed):
        return [make_canary(number, seed=seed) for number in range(40)]

    assert planted(3) == planted(3)
    assert planted(3) != planted(4)


@pytest.mark.parametrize("language", templates_by_language())
def test_every_kind_is_planted_in_every_language(language):
    planted = [make_canary(number, language=language) for number in range(2 * len(CANARY_KINDS))]

    assert {one.kind for one in planted} == {*CANARY_KINDS, "name"}
    assert all(one.value in one.sentence for one in planted)
    assert set(templates_for(language).cues) == set(templates_for("en").cues)


def test_a_copy_is_planted_in_its_own_language():
    german = talk("Was soll ich am Wochenende für die Feier kochen? Es muss günstig sein.")
    seen = []

    class Looking(Forgetful):
        def scrub(self, conversation):
            seen.append(conversation.turns[-1].text)
            return conversation.turns, "de"

    report = measure_leakage([german], Looking(), 20, accepted=("en", "de")).as_dict()

    assert set(report["languages"]) == {"de"}
    assert any("Ich habe mit" in text or "Meine Nachbarin" in text for text in seen)


def test_a_language_that_is_set_aside_is_not_planted_in():
    german = talk("Was soll ich am Wochenende für die Feier kochen? Es muss günstig sein.")

    assert measure_leakage([german], Forgetful(), 20, accepted=("en",)).kinds == {}


def test_half_of_a_number_that_is_left_is_a_leak():
    class Half(Forgetful):
        """Covers the first third of everything planted after the first sentence."""

        def scrub(self, conversation):
            return tuple(
                type(turn)(role=turn.role, text=regex.sub(r"(?<=\d)\d{1,3}", "", turn.text, 1))
                for turn in conversation.turns
            ), "en"

    kinds = measure_leakage([TALK], Half(), 200).as_dict()["kinds"]

    assert kinds["uuid"]["share"] == 1.0


def test_a_long_log_is_drawn_from_evenly():
    log = [talk(str(number)) for number in range(200)]

    drawn = sample_conversations(iter(log), 20)

    assert len({id(one) for one in drawn}) == 20
    assert {one.turns[0].text for one in sample_conversations(log[:5], 20)} == set("01234")
    assert any(int(one.turns[0].text) > 100 for one in drawn)


def test_the_conversations_given_are_not_changed():
    before = repr(TALK)

    measure_leakage([TALK], Forgetful(), 10)

    assert repr(TALK) == before


def test_the_report_quotes_no_canary():
    report = str(measure_leakage([TALK], Forgetful(), 60).as_dict())

    assert not any(make_canary(number).value in report for number in range(60))


@pytest.mark.slow
def test_few_canaries_get_past_the_real_scrubber(scrubber):
    report = measure_leakage([TALK], scrubber, 240).as_dict()

    names = [rate["leaked"] for rate in report["name_cases"].values()]
    others = [rate["leaked"] for kind, rate in report["kinds"].items() if kind != "name"]
    assert sum(names) <= 0.2 * 120
    assert sum(others) <= 0.15 * 120


def test_a_sheet_is_half_random_and_half_near_misses(tmp_path):
    texts = [f"Nothing to see in number {n}." for n in range(50)] + ["Call 555 018 7123 now."]

    rows = review.sample_rows(texts, 10)
    review.write_sheet(rows, tmp_path / "sheet.csv")

    assert [drawn for drawn, _ in rows] == ["random"] * 5 + ["near-miss"] * 5
    assert any("555 018 7123" in text for _, text in rows)
    assert review.score_sheet(tmp_path / "sheet.csv")["reviewed"] == 0


def test_a_sheet_is_for_its_owner_and_is_never_written_over(tmp_path):
    path = tmp_path / "sheet.csv"
    review.write_sheet([("random", "=SUM(A1)")], path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert "'=SUM" in path.read_text()
    with pytest.raises(OutputUnwritable, match="exists already"):
        review.write_sheet([], path)


@given(st.lists(st.text(max_size=20), max_size=60), st.integers(1, 12))
def test_a_sheet_has_each_text_once_and_no_more_than_asked(texts, count):
    rows = review.sample_rows(iter(texts), count)

    assert len(rows) <= count
    assert len({text for _, text in rows}) == len(rows)
    assert {text for _, text in rows} <= set(texts)


def test_a_filled_in_sheet_is_scored(tmp_path):
    path = tmp_path / "sheet.csv"
    review.write_sheet([("random", "<PERSON_1> and Ann"), ("near-miss", "fine")], path)
    rows = list(csv.reader(path.open()))
    rows[1][3:] = ["1", "0"]
    rows[2][3:] = ["0", "2"]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)

    found = review.score_sheet(path)

    assert found["random"]["with_a_leak"] == 1
    assert (found["leaks"], found["destroyed"], found["placeholders"]) == (1, 2, 1)


def test_a_sheet_that_finds_no_room_is_not_left_half_written(tmp_path):
    path = tmp_path / "sheet.csv"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OutputUnwritable):
            review.write_sheet([("random", "long text " * 50)] * 40, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not path.exists()


@pytest.mark.parametrize("filled", ["many", "²", "9" * 5000])
def test_a_sheet_with_words_for_numbers_is_refused_by_line(tmp_path, filled):
    path = tmp_path / "sheet.csv"
    path.write_text(f"row,drawn,text,leaks,destroyed\n1,random,secret text,{filled},0\n", "utf-8")

    with pytest.raises(InputUnreadable, match="Line 2") as error:
        review.score_sheet(path)
    assert "secret" not in str(error.value)
