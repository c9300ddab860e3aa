"""Workers that cannot start, or are killed."""

import os
import pickle
import signal
from decimal import Decimal

import pytest

from vstk.errors import BudgetExhausted, ModelUnverified
from vstk.pipeline.worker_pool import WorkerLost, map_conversations
from vstk.types import Conversation, Source, Turn


def conversations(count):
    for n in range(count):
        yield Conversation(
            source=Source(file="log.jsonl", line=n + 1),
            id=f"{n}",
            user="u",
            unit_kind="account",
            started_at=None,
            turns=(Turn(role="user", text="Hello"),),
        )


def refuses():
    raise ModelUnverified("The heads do not fit.", remedy="train them again.")


def dies():
    return lambda conversation: os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_worker_says_is_wrong_reaches_the_caller():
    with pytest.raises(ModelUnverified, match="The heads do not fit") as raised:
        list(map_conversations(conversations(3), refuses, workers=2))

    assert raised.value.remedy == "train them again."


def test_a_worker_that_is_killed_is_told_from_one_that_refuses():
    with pytest.raises(WorkerLost):
        list(map_conversations(conversations(3), dies, workers=1))


@pytest.mark.parametrize(
    "error",
    [
        ModelUnverified("a", remedy="b"),
        WorkerLost(),
        BudgetExhausted.for_dataset("x", asked=Decimal(2), left=Decimal(1)),
    ],
)
def test_errors_survive_the_way_between_processes(error):
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.exit_code == error.exit_code
