"""Models that a policy cannot be labelled with are refused, or the user is warned."""

import pytest
import yaml

from tests.support.quick_model import TINY
from vstk import policy, registry
from vstk.errors import ModelUnverified
from vstk.pipeline import instrument as instrument_


@pytest.fixture
def model(home, tiny_weights):
    """Write a manifest of one's own over the smallest weights; returns its id."""

    def write(**changed):
        known = registry.get("smollm2-135m-instruct-q4_1")
        document = known.model_dump(mode="json", exclude_none=True) | {
            "id": "own",
            "file": str((home / "weights" / known.file).resolve()),
        }
        (home / "models").mkdir(exist_ok=True)
        (home / "models" / "own.yaml").write_text(yaml.safe_dump(document | changed))
        return "own"

    return write


def test_weights_that_are_too_small_to_label_are_warned_of(model):
    rules = policy.load(str(TINY))

    assert (
        "'own' is only for tests of the software"
        in instrument_.warnings(rules, model=model(use="test"))[0]
    )
    assert not any(
        "too small" in one for one in instrument_.warnings(rules, model=model(use="audit"))
    )


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"chat_template": "llama3"}, "states the chat template 'llama3'"),
        ({"chat_template": "none"}, "states the chat template 'none'"),
        ({"context_length": 128}, "reads at most 128 tokens"),
    ],
)
def test_a_model_that_cannot_read_the_prompts_of_a_policy_is_refused(model, changed, problem):
    with pytest.raises(ModelUnverified, match=problem):
        instrument_.instrument(policy.load(str(TINY)), b"\0" * 32, model=model(**changed))


def test_a_model_that_can_is_not(model):
    assert instrument_.instrument(policy.load(str(TINY)), b"\0" * 32, model=model()).model == "own"
