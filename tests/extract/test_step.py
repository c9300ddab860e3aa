from dataclasses import replace

import pytest

from vstk.errors import ModelUnverified
from vstk.extract import Unreadable, extract
from vstk.types import Answer, Extraction, ScrubbedConversation, Source, Turn

CANARY = "Zebulon Quackenbush"
LABELS = {"task": ("finance", "other"), "ai_value": ("epistemic/clarity",)}


def talk(line=1):
    return ScrubbedConversation(
        source=Source(file="made-up.jsonl", line=line),
        key=f"{line:032x}",
        unit_id="b" * 32,
        language="en",
        turns=(Turn(role="user", text=f"I am {CANARY}."),),
    )


GOOD = Answer(facet="task", label="finance", probability=0.9, chosen=True)


class Says:
    """A labeller that answers, or fails, as it is told."""

    def __init__(self, *answers, error=None, **others):
        self.answers, self.error, self.others = answers, error, others

    def ask(self, conversation):
        if self.error:
            raise self.error
        return replace(
            Extraction(
                key=conversation.key,
                unit_id=conversation.unit_id,
                answers=self.answers,
                seen_share=1.0,
                tokens=3,
            ),
            **self.others,
        )


def run(labeller):
    rejects = []
    found = list(extract([talk()], labeller, labels=LABELS, on_reject=rejects.append))
    return found, rejects


def test_known_labels_pass():
    found, rejects = run(Says(GOOD))

    assert found[0].answers == (GOOD,)
    assert rejects == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": CANARY},
        {"label": "epistemic/clarity"},
        {"facet": CANARY},
        {"facet": "human_value"},
        {"probability": float("nan")},
        {"probability": 1.5},
        {"probability": CANARY},
        {"label": ["finance"]},
    ],
)
def test_a_labeller_that_repeats_what_it_read_is_not_heard(wrong):
    found, rejects = run(Says(GOOD, replace(GOOD, **wrong)))

    assert found == []
    assert [reject.step for reject in rejects] == ["extract"]
    assert CANARY not in repr(rejects)


def test_the_reason_names_the_vocabulary():
    _, rejects = run(Says(replace(GOOD, label=CANARY)))

    assert [reject.reason for reject in rejects] == ["answer-not-in-vocabulary"]


def test_nothing_of_the_labellers_own_making_passes_beside_a_label():
    class Labelled(str):
        secret = CANARY

    found, _ = run(
        Says(
            replace(GOOD, label=Labelled("finance")),
            key=CANARY,
            unit_id=CANARY,
            seen_share=7.0,
            tokens=-1,
        )
    )

    assert CANARY not in repr(found)
    assert type(found[0].answers[0].label) is str
    assert found[0].key == talk().key
    assert found[0].seen_share == 0.0


def test_a_failure_is_one_reject_and_its_message_ends_there():
    rejects = []
    labeller = Says(error=ValueError(f"cannot read 'I am {CANARY}.'"))

    found = list(extract([talk(1), talk(2)], labeller, labels=LABELS, on_reject=rejects.append))

    assert found == []
    assert [reject.reason for reject in rejects] == ["extract-failed"] * 2
    assert CANARY not in repr(rejects)


def test_a_refusal_keeps_its_reason():
    _, rejects = run(Says(error=Unreadable("nothing-to-read")))

    assert [reject.reason for reject in rejects] == ["nothing-to-read"]


def test_what_a_person_can_put_right_stops_the_run():
    with pytest.raises(ModelUnverified):
        run(Says(error=ModelUnverified("gone", remedy="bring it back")))
