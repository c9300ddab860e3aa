import json

import numpy as np
import pytest

from vstk.errors import ModelUnverified
from vstk.heads import FORMAT, VECTORS, FacetHead, Heads, Platt, load, save
from vstk.heads.math import sigmoid, softmax

WIDTH = 4


def made(**changes):
    draw = np.random.default_rng(1)
    blocks = ((1, 0), (0, 5))
    size, terms = len(blocks) * WIDTH, 3
    parts = {
        "meta": {
            "format": FORMAT,
            "weights_sha256": "a" * 64,
            "sheet": "b" * 64,
            "window": 128,
            "layers": [2, 4],
            "vectors": list(VECTORS),
        },
        "facets": {
            "task": FacetHead(
                labels=("one", "two", "three"),
                kind="single",
                weight=draw.normal(size=(3, size + terms)).astype(np.float16),
                bias=np.zeros(3, np.float32),
                thresholds=np.full(3, 0.5, np.float32),
            ),
            "ai_value": FacetHead(
                labels=("x", "y"),
                kind="multi",
                weight=draw.normal(size=(2, size + terms)).astype(np.float32),
                bias=np.array([0.0, 1.0], np.float32),
                thresholds=np.array([0.2, 0.9], np.float32),
            ),
        },
        "mean": np.arange(size, dtype=np.float32),
        "scale": np.full(size, 2.0, np.float32),
        "blocks": blocks,
        "paired": (1,),
        "directions": np.eye(2, WIDTH, dtype=np.float16),
        "calibration": {"human_value": Platt(("x",), np.array([2.0]), np.array([-1.0]))},
    }
    return Heads(**(parts | changes))


def test_saved_heads_read_the_same(tmp_path):
    heads = made()
    features = np.random.default_rng(2).normal(size=(2, 6, WIDTH)).astype(np.float32)

    save(tmp_path / "h.npz", heads)
    again = load(tmp_path / "h.npz")

    assert again.blocks == heads.blocks
    assert again.calibration["human_value"].labels == ("x",)
    for facet, probabilities in heads.probabilities(features).items():
        assert again.facets[facet].labels == heads.facets[facet].labels
        np.testing.assert_allclose(again.probabilities(features)[facet], probabilities, atol=1e-6)


def test_the_same_heads_give_the_same_bytes(tmp_path):
    save(tmp_path / "a.npz", made())
    save(tmp_path / "b.npz", made())

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_features_are_flattened_in_the_order_of_the_blocks_each_at_one_length():
    features = np.zeros((2, 6, WIDTH), np.float32)
    features[1, 0, 0] = 10.0
    features[0, 5] = 20.0

    x = made(mean=np.zeros(8, np.float32)).inputs(features)

    assert x[:8].tolist() == [2.0, 0.0, 0.0, 0.0] + [1.0] * 4


def test_quadratic_terms_are_all_products_of_the_paired_blocks_components():
    features = np.zeros((2, 6, WIDTH), np.float32)
    features[0, 5] = [30.0, 40.0, 7.0, 0.0]

    x = made(mean=np.zeros(8, np.float32)).inputs(features)

    assert x[8:] == pytest.approx(np.sqrt(3) * np.array([0.36, np.sqrt(2) * 0.48, 0.64]))
    assert np.linalg.norm(x[8:]) == pytest.approx(np.sqrt(3))


def test_a_block_of_nothing_stays_nothing():
    x = made(mean=np.zeros(8, np.float32)).inputs(np.zeros((2, 6, WIDTH), np.float32))

    assert x.tolist() == [0.0] * 11


def test_heads_of_another_format_are_refused(tmp_path):
    save(tmp_path / "old.npz", made(meta=made().meta | {"format": FORMAT - 1}))

    with pytest.raises(ModelUnverified):
        load(tmp_path / "old.npz")


def test_only_layers_that_a_block_names_are_needed():
    assert made().layers == (2, 4)
    assert made(blocks=((0, 1), (0, 2))).layers == (2,)


def test_exclusive_labels_are_chosen_once_and_the_others_by_threshold():
    heads = made().facets

    assert heads["task"].choose(np.array([0.1, 0.5, 0.4])).tolist() == [False, True, False]
    assert heads["ai_value"].choose(np.array([0.3, 0.8])).tolist() == [True, False]


def test_many_conversations_are_read_as_each_of_them_alone():
    features = np.random.default_rng(3).normal(size=(5, 2, 6, WIDTH)).astype(np.float32)

    together = made().probabilities(features)

    for facet, likely in together.items():
        alone = [made().probabilities(one)[facet] for one in features]
        assert likely == pytest.approx(np.stack(alone), abs=1e-12)
        head = made().facets[facet]
        assert head.choose(likely).tolist() == [head.choose(one).tolist() for one in alone]


def test_probabilities_do_not_overflow():
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]
    assert softmax(np.array([1e9, 1e9])).tolist() == [0.5, 0.5]


def facet(**changes):
    good = made().facets["ai_value"]
    parts = {name: getattr(good, name) for name in ("labels", "kind", "weight", "bias")}
    return {"ai_value": FacetHead(**(parts | {"thresholds": good.thresholds} | changes))}


@pytest.mark.parametrize(
    "changes",
    [
        {"facets": facet(weight=np.zeros((2, 10), np.float32))},
        {"facets": facet(weight=np.full((2, 11), np.nan, np.float32))},
        {"facets": facet(labels=("x", "x"))},
        {"facets": facet(kind="oracle")},
        {"facets": facet(thresholds=np.zeros(3, np.float32))},
        {"facets": facet(thresholds=np.full(2, np.nan, np.float32))},
        {"calibration": {"task": Platt(("a",), np.array([np.inf]), np.zeros(1))}},
        {"calibration": {"task": Platt(("a",), np.ones(1), np.array([np.nan]))}},
        {"blocks": ((2, 0), (0, 0))},
        {"blocks": ((0, 6), (0, 0))},
        {"paired": (2,)},
        {"paired": (1, 1)},
        {"blocks": (), "paired": (), "mean": np.zeros(0), "scale": np.ones(0)},
        {"paired": (0, 1)},
        {"directions": np.eye(3, WIDTH, dtype=np.float16)},
        {"directions": np.full((2, WIDTH), np.nan, np.float16)},
        {"scale": np.zeros(8, np.float32)},
        {"meta": {"window": 128}},
        {"meta": made().meta | {"vectors": ["something else"]}},
    ],
)
def test_heads_whose_parts_do_not_fit_do_not_load(tmp_path, changes):
    save(tmp_path / "h.npz", made(**changes))

    with pytest.raises(ModelUnverified, match="not a heads file"):
        load(tmp_path / "h.npz")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mean", np.complex64), ("directions", np.float64), ("paired", float), ("task.bias", str)],
)
def test_numbers_of_another_kind_do_not_load(tmp_path, name, kind):
    path = tmp_path / "h.npz"
    save(path, made())
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files}

    np.savez(path, **(arrays | {name: arrays[name].astype(kind)}))

    with pytest.raises(ModelUnverified, match="kind of numbers"):
        load(path)


def test_an_archive_with_a_damaged_byte_is_whole_or_refused(tmp_path):
    whole, damaged = tmp_path / "whole.npz", tmp_path / "damaged.npz"
    save(whole, made())
    held = whole.read_bytes()
    refused = 0

    for at in range(0, len(held), 3):
        damaged.write_bytes(held[:at] + bytes([held[at] ^ 0x55]) + held[at + 1 :])
        try:
            load(damaged)
        except ModelUnverified:
            refused += 1

    assert refused > len(held) // 6


def test_a_file_that_is_none_does_not_load(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", meta=np.frombuffer(json.dumps([1]).encode(), np.uint8))
    np.savez(tmp_path / "pickled.npz", meta=np.array([{"a": 1}], dtype=object))

    for name in ("text.npz", "other.npz", "pickled.npz", "absent.npz"):
        with pytest.raises(ModelUnverified):
            load(tmp_path / name)
