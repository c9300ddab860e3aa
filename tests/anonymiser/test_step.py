from __future__ import annotations

from vstk.anonymiser import Unscrubbable, scrub
from vstk.anonymiser.pseudonym import keyed_hash
from vstk.types import Turn

from .talks import talk

KEY = bytes(32)


class Breaking:
    """The worst case: it fails, and its message quotes the log."""

    def scrub(self, conversation):
        raise ValueError(conversation.turns[0].text)


class Refusing:
    def scrub(self, conversation):
        raise Unscrubbable("too-slow")


class Passing:
    def scrub(self, conversation):
        return (Turn(role="user", text="scrubbed"),), "en"


def run(scrubber, *conversations):
    rejects = []
    done = list(scrub(conversations, scrubber, key=KEY, on_reject=rejects.append))
    return done, rejects


def test_a_failure_rejects_the_conversation_without_quoting_it():
    done, rejects = run(Breaking(), talk("my name is Zebedee"))

    assert done == []
    assert [(reject.step, reject.reason) for reject in rejects] == [("scrub", "scrub-failed")]
    assert "Zebedee" not in repr(rejects)


def test_a_refusal_is_counted_under_its_reason():
    _, rejects = run(Refusing(), talk("a"), talk("b"))

    assert [reject.reason for reject in rejects] == ["too-slow", "too-slow"]


def test_the_unit_is_the_user_and_the_conversation_where_there_is_none():
    done, _ = run(Passing(), talk("a", user="u1", id="c1"), talk("a", id="c1"))

    assert done[0].unit_id == keyed_hash(KEY, "unit", "u1")
    assert done[1].unit_id not in (done[0].unit_id, keyed_hash(KEY, "unit", "c1"))
    # Two people may have conversations of the same id.
    assert done[0].key != done[1].key
    assert [len(one.key) for one in done] == [32, 32]


def test_one_conversation_is_in_hand_at_a_time():
    taken = []

    def source():
        for number in range(3):
            taken.append(number)
            yield talk("a", id=str(number))

    next(scrub(source(), Passing(), key=KEY, on_reject=lambda reject: None))

    assert taken == [0]
