from __future__ import annotations

import pytest

from vstk.scrub import Unscrubbable
from vstk.scrub.engine import PresidioScrubber

from .conftest import scrub_policy, talk


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
    monkeypatch.setattr("vstk.scrub.finding.time.thread_time", iter(range(10_000)).__next__)

    with pytest.raises(Unscrubbable, match="too-slow"):
        scrubber.scrub(talk("My name is Maria Keller."))
    assert scrubber.report.as_dict()["set_aside"] == {"too-slow": 1}
