"""Down the tree: below what was found, and nowhere else."""

import numpy as np
import pytest

from vstk import heads as heads_file
from vstk.errors import ModelUnverified, PolicyInvalid
from vstk.extract.fine_labels import Leaf, LeafFacet, LeafIndex, Leaves
from vstk.heads import NamingModel
from vstk.types import Answer, Turn

TREE = (
    Leaf("x/care/kindness", "x/care", ("kindness", "caring")),
    Leaf("x/care/patience", "x/care", ("patience",)),
    Leaf("x/care/quiet-patience", "x/care", ("quiet patience",)),
    Leaf("x/rigor/precision", "x/rigor", ("precision",)),
    Leaf("x/rigor/proof", "x/rigor", ("proof",)),
)

BELOW = {
    "ai_value": LeafFacet("ai_leaf", "assistant"),
    "human_value": LeafFacet("human_leaf", "user"),
}


def answer(label, *, chosen=True, facet="ai_value"):
    return Answer(facet=facet, label=label, probability=0.8, chosen=chosen)


def said(assistant, user="Hello."):
    return (Turn(role="user", text=user), Turn(role="assistant", text=assistant))


def model(**more):
    """One that reads the words off the first two numbers of a state."""
    meta = {
        "weights_sha256": "w",
        "sheet": "s",
        "window": 128,
        "layers": [2],
        "layer": 2,
        "vector": "assistant-mean",
        "conversations": 100,
        "words": ["kind", "patienc"],
        "phrases": {"kindness": 4, "great patience": 3, "proof": 5, "something else": 9},
    }
    return NamingModel(
        meta=meta | more,
        mean=np.zeros(2),
        scale=np.ones(2),
        projection=np.eye(2),
        loadings=np.eye(2),
        intercept=np.full(2, 0.1),
        base_rate=np.full(2, 0.1),
    )


def test_a_phrase_names_the_leaf_whose_words_it_has():
    leaf = LeafIndex(TREE).leaf

    assert leaf("great kindness") == "x/care/kindness"
    assert leaf("patience, quietly") == "x/care/quiet-patience"
    assert leaf("patience") == "x/care/patience"
    assert leaf("joy") is None


def test_leaves_are_sought_only_below_categories_that_count():
    find = Leaves(TREE, model(), BELOW).find

    found = find([answer("x/care"), answer("x/rigor", chosen=False)], said("Proof."), np.ones(2))

    assert found
    assert all(one.label.startswith("x/care/") and one.chosen for one in found)
    assert all(one.facet == "ai_leaf" and 0 < one.probability <= 0.8 for one in found)
    assert find([answer("x/care", facet="task")], said("Kindness."), np.ones(2)) == []


def test_the_hidden_state_decides_between_leaves():
    leaves = Leaves(TREE, model(), BELOW)

    def best(state):
        found = leaves.find([answer("x/care")], said("Yes."), np.array(state))
        return max(found, key=lambda one: one.probability).label

    assert best([1.0, -1.0]) == "x/care/kindness"
    assert best([-1.0, 1.0]) == "x/care/patience"


def test_words_of_the_text_are_evidence():
    leaves = Leaves(TREE, model(), BELOW)

    silent = leaves.find([answer("x/care")], said("Yes."), np.ones(2))
    spoken = leaves.find([answer("x/care")], said("Patience, patience."), np.ones(2))

    assert max(silent, key=lambda one: one.probability).label == "x/care/kindness"
    assert max(spoken, key=lambda one: one.probability).label == "x/care/patience"


def test_what_people_state_stands_in_their_own_words_or_nowhere():
    leaves = Leaves(TREE, model(), BELOW)
    stated = answer("x/care", facet="human_value")

    assert leaves.find([stated], said("Kindness.", "Hello."), np.ones(2)) == []
    found = leaves.find([stated], said("Yes.", "I care about kindness."), np.ones(2))
    assert [(one.facet, one.label) for one in found] == [("human_leaf", "x/care/kindness")]


def test_without_a_model_the_text_decides_alone():
    leaves = Leaves(TREE, None, BELOW)

    assert leaves.find([answer("x/care")], said("Yes."), None) == []
    found = leaves.find([answer("x/care")], said("Kindly be patient, with patience."), None)
    assert {one.label for one in found} == {"x/care/kindness", "x/care/patience"}


def test_a_model_is_read_back_as_it_was_written(tmp_path):
    heads_file.save_naming(tmp_path / "m.words.npz", model())

    again = heads_file.load_naming(tmp_path / "m.words.npz")

    assert again.meta == model().meta
    assert again.lift(np.array([1.0, 0.0])) == pytest.approx(model().lift(np.array([1.0, 0.0])))


@pytest.mark.parametrize(
    "broken", [{"words": ["kind"]}, {"conversations": 0}, {"phrases": None, "words": 3}]
)
def test_a_model_whose_parts_do_not_fit_is_refused(tmp_path, broken):
    heads_file.save_naming(tmp_path / "m.npz", model(**broken))

    with pytest.raises(ModelUnverified, match="not a naming model"):
        heads_file.load_naming(tmp_path / "m.npz")


def test_a_model_with_a_damaged_byte_is_whole_or_refused(tmp_path):
    whole, damaged = tmp_path / "whole.npz", tmp_path / "damaged.npz"
    heads_file.save_naming(whole, model())
    held = whole.read_bytes()
    refused = 0

    for at in range(0, len(held), 3):
        damaged.write_bytes(held[:at] + bytes([held[at] ^ 0x55]) + held[at + 1 :])
        try:
            heads_file.load_naming(damaged)
        except ModelUnverified:
            refused += 1

    assert refused > len(held) // 6


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"no archive")

    with pytest.raises(ModelUnverified, match="not a naming model"):
        heads_file.load_naming(tmp_path / "m.npz")


class Seeing(Leaves):
    """Keeps what it was given."""

    def find(self, answers, turns, state):
        self.state = state
        return [answer("x/care/kindness", facet="ai_leaf")]


def reading(sheet, more=None):
    """What a model says that it reads, for the smallest weights."""
    from vstk import registry

    sha256 = registry.get("smollm2-135m-instruct-q4_1").sha256
    layers = list(sheet.read.layers)
    return {
        "weights_sha256": sha256,
        "sheet": sheet.reading_hash,
        "layers": layers,
        "layer": layers[-1],
    } | (more or {})


def test_the_engine_gives_the_state_that_the_model_reads(build, sheet, talk):
    leaves = Seeing(TREE, model(**reading(sheet)), BELOW)
    extractor = build(leaves=leaves)
    one = talk("How do I do it?", "With patience and some care.")

    found = extractor.ask(one)

    states, _, _ = extractor.features(one.turns)
    assert leaves.state == pytest.approx(states[-1, 1], rel=1e-3, abs=1e-3)
    assert found.answers[-1].facet == "ai_leaf"


def test_a_model_for_another_reading_is_refused(build, sheet):
    for wrong in ({"window": 64}, {"sheet": "another"}, {"weights_sha256": "x"}, {"layer": 99}):
        with pytest.raises((ModelUnverified, PolicyInvalid), match=r"naming model"):
            build(leaves=Leaves(TREE, model(**reading(sheet, wrong)), BELOW))
