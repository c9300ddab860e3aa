from __future__ import annotations

import pytest

from vstk.anonymiser import Unscrubbable
from vstk.anonymiser.engine import PresidioScrubber
from vstk.errors import ModelUnverified, PolicyInvalid
from vstk.policy import Recognizer

from .talks import scrub_policy, talk


def test_a_name_is_the_same_person_throughout_a_conversation(scrubbed):
    asked, answered = scrubbed(
        "My name is Maria Keller and I need help with my letter.",
        "Hello Maria! I would put MARIA KELLER at the top, and maria's address below.",
    )

    assert asked == "My name is <PERSON_1> and I need help with my letter."
    assert answered == (
        "Hello <PERSON_1>! I would put <PERSON_1> at the top, and <PERSON_1>'s address below."
    )


def test_another_conversation_knows_nothing_of_it(scrubbed):
    first = scrubbed("Please write to Maria Keller.")
    second = scrubbed("Please write to Peter Novak.")

    assert "<PERSON_1>" in first[0]
    assert "<PERSON_1>" in second[0]


def test_what_looks_like_a_placeholder_in_a_log_is_not_taken_for_one(scrubbed):
    (text,) = scrubbed("Dear <PERSON_1>, I am Maria Keller.")

    assert text == "Dear [PERSON_1], I am <PERSON_1>."


def test_a_language_that_the_policy_does_not_accept_is_set_aside(scrubber):
    german = "Guten Tag, ich habe eine Frage zu meiner Rechnung und meinem Vertrag bei Ihnen."

    with pytest.raises(Unscrubbable, match="language-not-accepted"):
        scrubber.scrub(talk(german))


def test_a_conversation_over_its_time_is_set_aside(pipeline_path, monkeypatch):
    scrubber = PresidioScrubber(scrub_policy(seconds=1), {"en": pipeline_path})
    monkeypatch.setattr("vstk.anonymiser.finding.time.thread_time", iter(range(10_000)).__next__)

    with pytest.raises(Unscrubbable, match="too-slow"):
        scrubber.scrub(talk("My name is Maria Keller."))
    assert scrubber.report.as_dict()["set_aside"] == {"too-slow": 1}


def test_a_kind_of_number_from_the_policy_is_found(pipeline_path):
    own = Recognizer(
        entity="CASE_FILE",
        pattern=r"\bZX~\d{3}",
        examples={"match": ("see ZX~123",), "no_match": ("see ZX~12",)},
    )
    scrubber = PresidioScrubber(scrub_policy(recognizers=(own,)), {})

    (turn,), _ = scrubber.scrub(talk("Please look at ZX~123 for me, it is about the garden."))

    assert turn.text == "Please look at <CASE_FILE_1> for me, it is about the garden."


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"pattern": "(", "examples": {"match": ("x",)}}, "not a regular expression"),
        ({"pattern": "ZX", "examples": {"match": ("YZ",)}}, "example 1 of `match` is not found"),
        (
            {"pattern": "ZX", "examples": {"match": ("ZX",), "no_match": ("ZX",)}},
            "example 1 of `no_match` is found",
        ),
    ],
)
def test_a_recognizer_that_fails_its_own_examples_is_refused(own, problem):
    with pytest.raises(PolicyInvalid, match=problem):
        PresidioScrubber(scrub_policy(recognizers=(Recognizer(entity="OWN", **own),)), {})


def test_the_report_counts_and_quotes_nothing(scrubber, scrubbed):
    before = scrubber.report.as_dict()["entities"].get("EMAIL_ADDRESS", 0)

    scrubbed("Please write to zebedee.quux@example.net about the garden.")

    report = scrubber.report.as_dict()
    assert report["entities"]["EMAIL_ADDRESS"] == before + 1
    assert "zebedee" not in str(report)


def test_turns_keep_their_roles_and_number(scrubber):
    turns, language = scrubber.scrub(talk("Hello, who are you?", "I am an assistant.", ""))

    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert language == "en"


def test_a_folder_without_a_pipeline_is_named_with_its_remedy(tmp_path):
    with pytest.raises(ModelUnverified, match="vstk models pull"):
        PresidioScrubber(scrub_policy(), {"en": tmp_path})


def test_a_name_cannot_hide_in_what_looks_like_a_placeholder(scrubbed):
    (text,) = scrubbed("My friend ＜MARIA_KELLER_1＞ and Maria Keller like to garden together.")

    assert "keller" not in text.lower()


def test_a_failure_of_any_kind_is_counted(monkeypatch):
    scrubber = PresidioScrubber(scrub_policy(), {})
    monkeypatch.setattr("vstk.anonymiser.engine.run_rules", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        scrubber.scrub(talk("What is the weather like in the mountains?"))
    assert scrubber.report.as_dict()["set_aside"] == {"scrub-failed": 1}


def test_names_read_together_are_the_names_read_alone(pipeline_path):
    talks = [
        talk("My name is Maria Keller.", "Hello maria, how is Berlin?", id="1"),
        talk("What does Acme Corp. pay in Paris?", "Ask peter novak, or PETER.", id="2"),
        talk("Guten Tag, ich habe eine Frage zu meiner Rechnung und meinem Vertrag.", id="3"),
        talk("", "\ud800", "(" * 3000, id="4"),
        talk("My name is Maria Keller.", "Hello maria, how is Berlin?", id="1"),
    ]

    def outcomes(scrubber):
        for one in talks:
            try:
                yield scrubber.scrub(one)
            except Unscrubbable as refusal:
                yield refusal.reason

    together = PresidioScrubber(scrub_policy(), {"en": pipeline_path})
    together.read_names_together(talks)
    alone = PresidioScrubber(scrub_policy(), {"en": pipeline_path})

    assert list(outcomes(together)) == list(outcomes(alone))
    assert together.report.as_dict()["set_aside"] == {"language-not-accepted": 1}


def test_time_of_reading_together_counts(pipeline_path, monkeypatch):
    scrubber = PresidioScrubber(scrub_policy(), {"en": pipeline_path})
    one = talk("My name is Maria Keller.")
    clock = "vstk.anonymiser.finding.time.thread_time"

    with monkeypatch.context() as ticking:
        ticking.setattr(clock, iter(range(100)).__next__)
        scrubber.read_names_together([one])
    with monkeypatch.context() as standing:
        standing.setattr(clock, lambda: 100)
        scrubber.scrub(one)

    assert scrubber.report.as_dict()["seconds"] > 0
