"""How sensible the leaves are: annotators' own words against the leaves that are found.

    python benchmarks/leaves.py GOLD.jsonl --features FILE.npz
    python benchmarks/leaves.py GOLD.jsonl --features FILE.npz --taxonomy FOLDER
    python benchmarks/leaves.py TRAIN.jsonl --features FILE.npz --anew

The last is for conversations that the shipped model learned from: words are then learned
from all the others of the file, and leaves sought below the annotator's own categories.

Annotators of a gold file name the assistant's values in words of their own. A word is

    found      if a leaf that was found is the one that the word names, or a close synonym
    at home    if it is found, or a leaf of its category is

Two phrases are close synonyms if all words of one are in the other, in any form, or
if their vectors in en_core_web_md, which the labeller never sees, are closer than
those of 99 in 100 pairs of leaves from different categories. Each way to choose
leaves is given the same categories and, except for `text alone`, the same number of
leaves in each, so that more leaves cannot buy a better share. Words of the watch
list are left out: they have no leaf.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from synonyms import Judge, leaf_list

from vstk import evaluate as evaluation
from vstk import heads as heads_file
from vstk import policy as policies
from vstk.evaluate import train_naming
from vstk.extract.fine_labels import Leaves
from vstk.extract.stemming import word_families
from vstk.heads import NamingModel
from vstk.pipeline import feature_cache, worker_pool
from vstk.pipeline.evaluate import conversations
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.train import FeatureReader
from vstk.taxonomy import WATCH
from vstk.types import Answer

Found = list[Answer]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("--features", type=Path, help="Keep the hidden states here.")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--taxonomy", default="vstk-core")
    parser.add_argument("--anew", action="store_true", help="Learn words from the others.")
    options = parser.parse_args()
    policy = policies.load("default").model_copy(update={"taxonomy": options.taxonomy})
    measured = instrument(policy, worker_pool.NO_KEY)
    every = evaluation.read(options.gold, measured.facets)
    records = chosen(every, measured, options.count)
    held_states = read(records, measured, options.features)
    assert measured.words is not None
    model = heads_file.load_naming(measured.words)
    settings = {"below the annotators' categories": annotated(records)}
    if options.anew:
        held = {record.id for record in records}
        others = [record for record in every if record.id not in held]
        model = learned(others, read(others, measured, options.features), measured, model)
    else:
        found = labelled(measured, records, held_states)
        settings = {"below what the labeller found": found} | settings
    judge = Judge(measured)
    print(f"{len(records)} conversations of {options.gold.name}, taxonomy {options.taxonomy}")
    print(f"close synonyms: cosine of {judge.close:.2f} or more\n")
    print(f"{'':34}{'found':>8}{'at home':>9}{'leaves':>8}{'seconds':>9}")
    for name, given in settings.items():
        print(name)
        for way, find in ways(measured, model).items():
            begun = time.monotonic()
            leaves = [
                [find(answers, record, state) for answers in each]
                for record, state, each in zip(records, held_states, given, strict=True)
            ]
            took = (time.monotonic() - begun) / sum(map(len, given))
            found, home = judge.shares(records, leaves)
            number = np.mean([len(one) for each in leaves for one in each])
            print(f"  {way:32}{found:8.3f}{home:9.3f}{number:8.2f}{took:9.4f}")


def chosen(
    records: Sequence[evaluation.GoldConversation], measured: Instrument, count: int
) -> list[evaluation.GoldConversation]:
    """Conversations with words to be found, by a hash of their ids."""

    def of_the_tree(record: evaluation.GoldConversation) -> evaluation.GoldConversation:
        annotations = []
        for one in record.annotations:
            kept = [w for w in one.words["ai_value"] if not _is_watched(measured, w)]
            annotations.append(replace(one, words={"ai_value": tuple(kept)}))
        return replace(record, annotations=tuple(annotations))

    found = [
        one
        for one in map(of_the_tree, records)
        if any(a.words["ai_value"] for a in one.annotations)
    ]
    return sorted(found, key=lambda one: hashlib.sha256(one.id.encode()).hexdigest())[:count]


def _is_watched(measured: Instrument, word: str) -> bool:
    return (measured.taxonomy.find(word) or "").startswith(WATCH)


def read(
    records: Sequence[evaluation.GoldConversation], measured: Instrument, file: Path | None
) -> list[np.ndarray]:
    """Hidden states, from the file or from the model."""
    found = feature_cache.read(conversations(records), FeatureReader(measured), file)
    return [found[record.id].astype(np.float32) for record in records]


def labelled(
    measured: Instrument,
    records: Sequence[evaluation.GoldConversation],
    states: Sequence[np.ndarray],
) -> list[list[Found]]:
    """The categories of the model's heads, as an audit has them."""
    assert measured.heads is not None
    heads = heads_file.load(measured.heads)
    head = heads.facets["ai_value"]
    found = []
    for state in states:
        likely = heads.probabilities(state)["ai_value"]
        answers = [
            Answer(facet="ai_value", label=label, probability=float(p), chosen=yes)
            for label, p, yes in zip(head.labels, likely, head.choose(likely).tolist(), strict=True)
        ]
        found.append([answers])
    return found


def annotated(records: Sequence[evaluation.GoldConversation]) -> list[list[Found]]:
    """The categories of each annotator: what is left is the choice of leaves alone."""
    return [
        [
            [
                Answer(facet="ai_value", label=label, probability=1.0, chosen=True)
                for label in annotation.labels["ai_value"]
            ]
            for annotation in record.annotations
        ]
        for record in records
    ]


Way = Callable[[Found, evaluation.GoldConversation, np.ndarray], list[str]]


def learned(
    records: Sequence[evaluation.GoldConversation],
    states: Sequence[np.ndarray],
    measured: Instrument,
    like: NamingModel,
) -> NamingModel:
    """A naming model of other conversations, made as `vstk models train` makes one."""
    layer = list(measured.sheet.read.layers).index(like.meta["layer"])
    vector = heads_file.VECTORS.index(like.meta["vector"])
    spoken = [i for i, one in enumerate(records) if one.has("assistant")]
    trained = train_naming.train(
        np.stack([states[i][layer, vector] for i in spoken]),
        [records[i].annotations[0].words["ai_value"] for i in spoken],
        word_families,
        is_learned=lambda phrase: not _is_watched(measured, phrase),
        meta=like.meta,
    )
    assert trained is not None
    return trained


def ways(measured: Instrument, model: NamingModel) -> dict[str, Way]:
    """Each way to choose leaves, by name."""
    leaves = Leaves(leaf_list(measured), model, measured.leaf_facets)
    layer = list(measured.sheet.read.layers).index(model.meta["layer"])
    vector = heads_file.VECTORS.index(model.meta["vector"])
    tree = leaf_list(measured)
    alone = Leaves(tree, None, measured.leaf_facets)
    nothing = NamingModel(
        meta=dict(model.meta),
        mean=model.mean,
        scale=model.scale,
        projection=np.zeros_like(model.projection),
        loadings=model.loadings,
        intercept=model.base_rate,
        base_rate=model.base_rate,
    )
    frequent = Leaves(tree, nothing, measured.leaf_facets)
    below: dict[str, list[str]] = {}
    for leaf in sorted(tree, key=lambda leaf: (-frequent.frequency(leaf.key), leaf.key)):
        below.setdefault(leaf.category, []).append(leaf.key)

    def keys(found: Found) -> list[str]:
        return [one.label for one in found]

    def ours(answers: Found, record: evaluation.GoldConversation, state: np.ndarray) -> list[str]:
        return keys(leaves.find(answers, record.turns, state[layer, vector]))

    def most_frequent(
        answers: Found, record: evaluation.GoldConversation, state: np.ndarray
    ) -> list[str]:
        number = [
            measured.taxonomy.ancestor(key, "category") for key in ours(answers, record, state)
        ]
        return [
            key for category in set(number) for key in below[category][: number.count(category)]
        ]

    def by_hand(way: Leaves, silent: bool) -> Way:
        def find(
            answers: Found, record: evaluation.GoldConversation, state: np.ndarray
        ) -> list[str]:
            turns = () if silent else record.turns
            return keys(way.find(answers, turns, state[layer, vector]))

        return find

    return {
        "words, text and frequency": ours,
        "words and frequency": by_hand(leaves, True),
        "text and frequency": by_hand(frequent, False),
        "text alone": by_hand(alone, False),
        "the category's most frequent": most_frequent,
    }


if __name__ == "__main__":
    main()
