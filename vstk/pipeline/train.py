"""Teaching the labeller: hidden states of labelled conversations become heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vstk import evaluate as evaluation
from vstk import registry, sandbox
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.evaluate.recalibrate import check_enough
from vstk.extract import fine_labels
from vstk.extract import heads as heads_file
from vstk.extract.prompt_layout import READ
from vstk.extract.stemming import word_families
from vstk.pipeline import feature_cache, worker_pool
from vstk.pipeline.evaluate import conversations, vocabulary_of
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Policy
from vstk.taxonomy import WATCH
from vstk.types import Conversation

if TYPE_CHECKING:
    from vstk.evaluate.train_naming import FittedNaming

_NAMED_BY = "assistant-mean"
"""The hidden state that words are learned from: cross-validated, no mix is better."""

_ONE_IN = 8
"""One of so many conversations is also learned from with a text in it that must not count."""


@dataclass(frozen=True)
class FeatureReader:
    """Builds what reads the hidden states of one conversation."""

    measured: Instrument

    @property
    def about(self) -> str:
        """Weights, the sheet's words and layers, window: what decides the states."""
        measured = self.measured
        window = measured.policy.extract.window
        return f"{measured.weights_sha256} {measured.sheet.reading_hash} {window}"

    def __call__(self) -> Callable[[Conversation], NDArray[np.float16]]:
        """Build the engine in this process."""
        sandbox.seal()
        # Whoever teaches for another sheet or window has heads that do not fit it.
        extractor = self.measured.extractor(taught=False)

        def read(conversation: Conversation) -> NDArray[np.float16]:
            features, _, _ = extractor.features(conversation.turns)
            # Half precision is what the heads are trained and tested on: a state has
            # some three digits of meaning, and a file half the size.
            return np.clip(features, -6e4, 6e4).astype(np.float16)

        return read


def train(
    gold: Path,
    policy: Policy,
    out: Path,
    features: Path | None,
    *,
    source: str = "",
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> str:
    """Train heads on a gold file and write them, and beside them words for leaves.

    Args:
        gold: labelled conversations; the first annotator of each is learned from.
        out: heads file to write (.npz); words go to `NAME.words.npz` beside it, if
            annotators have some of their own.
        features: keep the hidden states here, and take those that are there already.
        source: who labelled, in words; stands in the heads file.

    Returns:
        What cross-validation says of the heads, as text for a terminal.

    Raises:
        OutputUnwritable: before anything is read, if a file has no place.
        InputUnreadable: the gold file has too few conversations, or one in which nobody says
            anything; `features` holds no states, or states of another instrument.
    """
    measured = instrument(policy, worker_pool.NO_KEY)
    records = evaluation.read(gold, vocabulary_of(measured))
    check_enough([one for one in records if one.has("assistant")])
    _check_readable(records)
    for file in (out, features):
        if file is not None:
            _make_place(file)
    from vstk.evaluate import injections, train_heads, train_naming

    copies = injections.copies(records, one_in=_ONE_IN)
    ids = [record.id for record in (*records, *copies.records)]
    found = feature_cache.read(
        conversations([*records, *copies.records]),
        FeatureReader(measured),
        features,
        workers=workers,
        progress=progress,
    )
    features_of = np.stack([found[one] for one in ids])
    fitted = train_heads.fit(
        features_of,
        records,
        categories=[key.key for key in measured.taxonomy.keys("category")],
        copies_of=copies.of,
    )
    reading = measured.sheet.read
    meta: dict[str, Any] = {
        "format": heads_file.FORMAT,
        "weights_sha256": measured.weights_sha256,
        "sheet": measured.sheet.reading_hash,
        "window": policy.extract.window,
        "layers": list(reading.layers),
        "vectors": list(heads_file.VECTORS),
        "trained_on": source or gold.name,
    } | fitted.meta
    facets = {
        name: heads_file.FacetHead(
            labels=head.labels,
            kind=head.kind,
            weight=head.weight,
            bias=head.bias,
            thresholds=head.thresholds,
        )
        for name, head in fitted.facets.items()
    }
    heads_file.save(
        out,
        heads_file.Heads(
            meta=meta,
            facets=facets,
            mean=fitted.mean,
            scale=fitted.scale,
            blocks=fitted.blocks,
            paired=fitted.paired,
            directions=fitted.directions,
        ),
    )
    written = [out]
    spoken = [i for i, one in enumerate(records) if one.has("assistant")]
    named = train_naming.fit(
        features_of[spoken, -1, heads_file.VECTORS.index(_NAMED_BY)],
        [records[i] for i in spoken],
        word_families,
        known=lambda phrase: not (measured.taxonomy.find(phrase) or "").startswith(WATCH),
    )
    if named is not None:
        written.append(out.with_suffix(".words.npz"))
        read = {name: meta[name] for name in ("weights_sha256", "sheet", "window", "layers")}
        _save_words(written[-1], named, read | {"trained_on": meta["trained_on"]}, len(spoken))
    lines = [f"Written: {path}\nsha256: {registry.size_and_sha256(path)[1]}" for path in written]
    return "\n".join([fitted.summary, *lines])


def _check_readable(records: Sequence[evaluation.GoldConversation]) -> None:
    silent = [one.id for one in records if not any(one.has(role) for role in READ)]
    if silent:
        raise InputUnreadable(
            f"{len(silent)} labelled conversations say nothing, '{silent[0]}' among them.",
            remedy="leave them out of the gold file.",
        )


def _make_place(file: Path) -> None:
    """Make a file's folder before hours of reading, not after."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(
            f"The folder of '{file}' cannot be made ({error.strerror}).",
            remedy="give a place that you may write to.",
        ) from None


def _save_words(path: Path, named: FittedNaming, read: dict[str, Any], conversations: int) -> None:
    fine_labels.save(
        path,
        fine_labels.NamingModel(
            meta=read
            | {
                "layer": read["layers"][-1],
                "vector": _NAMED_BY,
                "conversations": conversations,
                "words": list(named.words),
                "phrases": named.phrases,
            },
            mean=named.mean,
            scale=named.scale,
            down=named.down,
            up=named.up,
            level=named.level,
            share=named.share,
        ),
    )
