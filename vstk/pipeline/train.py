"""`vstk models train`: hidden states of labelled conversations become heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vstk import evaluate as evaluation
from vstk import heads as heads_file
from vstk import registry, sandbox
from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.evaluate.gold import labelled_facets
from vstk.evaluate.recalibrate import check_enough
from vstk.extract.prompt_layout import READ
from vstk.extract.stemming import word_families
from vstk.facets import Facets, FacetSpec
from vstk.pipeline import feature_cache, worker_pool
from vstk.pipeline.evaluate import conversations
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Policy
from vstk.taxonomy import WATCH
from vstk.types import Conversation

_NAMING_VECTOR = "assistant-mean"
"""Vector of the last layer that the naming model reads: cross-validated, no mix is better."""

_ONE_IN = 8
"""One of so many conversations is also learned from with a text inserted that must not count."""


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
        # Whoever trains for another sheet or window has heads that do not fit it.
        extractor = self.measured.extractor(use_heads=False)

        def read(conversation: Conversation) -> NDArray[np.float16]:
            features, _, _ = extractor.features(conversation.turns)
            # Half precision is what the heads are trained and tested on: a state has
            # some three significant digits, and a file half the size.
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
    """Train heads on a gold file and write them, and a naming model for leaves in the same folder.

    Args:
        gold: labelled conversations; the first annotator of each is learned from.
        out: heads file to write (.npz); the naming model goes to `NAME.words.npz` in the same
            folder, if annotators wrote words of their own.
        features: keep the hidden states here, and take those that are there already.
        source: who labelled, in words; kept in the heads file.

    Returns:
        What cross-validation says of the heads, as text for a terminal.

    Raises:
        OutputUnwritable: before anything is read, if a file has no place.
        InputUnreadable: the gold file has too few conversations, or one in which nobody says
            anything; `features` holds no states, or states of another instrument.
    """
    measured = instrument(policy, worker_pool.NO_KEY)
    facets = measured.facets
    records = evaluation.read(gold, facets)
    for role in READ:
        if labelled_facets(records, facets).about(role):
            check_enough([one for one in records if one.has(role)])
    _check_readable(records)
    for file in (out, features):
        if file is not None:
            _make_folder(file)
    from vstk.evaluate import injections, train_heads

    copies = injections.copies(records, one_in=_ONE_IN)
    ids = [record.id for record in (*records, *copies.records)]
    cache = feature_cache.read(
        conversations([*records, *copies.records]),
        FeatureReader(measured),
        features,
        workers=workers,
        progress=progress,
    )
    states = np.stack([cache[one] for one in ids])
    meta = header(measured) | {"trained_on": source or gold.name}
    trained = train_heads.train(states, records, facets, copies_of=copies.of, meta=meta)
    heads_file.save(out, trained.heads)
    written = [out]
    naming = _naming_model(measured, facets, records, states, meta)
    if naming is not None:
        written.append(out.with_suffix(".words.npz"))
        heads_file.save_naming(written[-1], naming)
    lines = [f"Written: {path}\nsha256: {registry.size_and_sha256(path)[1]}" for path in written]
    return "\n".join([trained.summary(facets), *lines])


def header(measured: Instrument) -> dict[str, object]:
    """What a heads file says of the instrument that its heads belong to."""
    return {
        "format": heads_file.FORMAT,
        "weights_sha256": measured.weights_sha256,
        "sheet": measured.sheet.reading_hash,
        "window": measured.policy.extract.window,
        "layers": list(measured.sheet.read.layers),
        "vectors": list(heads_file.VECTORS),
    }


def _naming_model(
    measured: Instrument,
    facets: Facets,
    records: Sequence[evaluation.GoldConversation],
    states: NDArray[np.float16],
    meta: dict[str, object],
) -> heads_file.NamingModel | None:
    """The naming model, where sheet and gold file have annotators' own words for values."""
    from vstk.evaluate import train_naming

    spec = named_facet(facets)
    if spec is None or spec.key not in records[0].annotations[0].words:
        return None
    spoken = [i for i, one in enumerate(records) if one.has("assistant")]
    return train_naming.train(
        states[spoken, -1, heads_file.VECTORS.index(_NAMING_VECTOR)],
        [records[i].annotations[0].words[spec.key] for i in spoken],
        word_families,
        is_learned=lambda phrase: not (measured.taxonomy.find(phrase) or "").startswith(WATCH),
        meta={
            name: meta[name]
            for name in ("weights_sha256", "sheet", "window", "layers", "trained_on")
        }
        | {"layer": measured.sheet.read.layers[-1], "vector": _NAMING_VECTOR},
    )


def named_facet(facets: Facets) -> FacetSpec | None:
    """The facet whose labels annotators also name in words of their own: the assistant's values."""
    named = [one for one in facets.about("assistant") if one.uses_taxonomy and one.gold_words]
    return named[0] if named else None


def _check_readable(records: Sequence[evaluation.GoldConversation]) -> None:
    silent = [one.id for one in records if not any(one.has(role) for role in READ)]
    if silent:
        raise InputUnreadable(
            f"{len(silent)} labelled conversations say nothing, '{silent[0]}' among them.",
            remedy="leave them out of the gold file.",
        )


def _make_folder(file: Path) -> None:
    """Make a file's folder before hours of reading, not after."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(
            f"The folder of '{file}' cannot be made ({error.strerror}).",
            remedy="give a place that you may write to.",
        ) from None
