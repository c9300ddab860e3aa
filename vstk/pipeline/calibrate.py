"""Calibrating: labels of one's own bend what the labeller says, without training it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk import evaluate as evaluation
from vstk import paths, registry, sandbox
from vstk.errors import OutputUnwritable
from vstk.extract import heads as heads_file
from vstk.extract.prompt_layout import READ
from vstk.pipeline import worker_pool
from vstk.pipeline.evaluate import conversations, vocabulary_of
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Policy
from vstk.types import Conversation, Facet

Logits = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class LogitReader:
    """Builds what reads the log-odds of every facet of one conversation."""

    measured: Instrument

    def __call__(self) -> Callable[[Conversation], Logits]:
        """Build the engine in this process, and close it off."""
        sandbox.seal()
        extractor = self.measured.extractor()
        heads = _heads(self.measured)
        has_branches = any(
            heads is None or one.facet not in heads.facets for one in self.measured.sheet.facets
        )

        def read(conversation: Conversation) -> Logits:
            found: Logits = {}
            # A model that was calibrated without heads has lines alone.
            if heads is not None and heads.facets:
                x = heads.flatten(extractor.features(conversation.turns)[0])
                found |= {
                    facet: head.weight.astype(np.float64) @ x + head.bias
                    for facet, head in heads.facets.items()
                }
            if has_branches:
                odds = extractor.log_odds(conversation.turns)
                found |= {str(facet): values for facet, values in odds.items()}
            return found

        return read


def calibrate(
    gold: Path,
    policy: Policy,
    name: str,
    *,
    model: str | None = None,
    source: str = "",
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> str:
    """Fit a model's answers to a gold file, and keep it as a model of one's own.

    Args:
        gold: labelled conversations; the first annotator of each is learned from. Those in
            which one side is silent are left out: what is found of it is no model's answer.
        policy: names model, sheet and taxonomy.
        name: id of the calibrated model; its manifest and heads are written to
            `$VSTK_HOME/models`, the weights stay those of the model it came from.
        model: manifest id to calibrate in place of the policy's.
        source: who labelled, in words; stands in the manifest.

    Raises:
        ModelUnverified: the name is no id, or another model's; before anything is read.
        InputUnreadable: the gold file has too few conversations; before the model reads.

    Returns:
        What out-of-fold figures say before and after, as text for a terminal.
    """
    measured = instrument(policy, worker_pool.NO_KEY, model=model)
    base = registry.get(measured.model)
    registry.check_id(base, name)
    every = evaluation.read(gold, vocabulary_of(measured))
    records = [one for one in every if all(one.has(role) for role in READ)]
    from vstk.evaluate.recalibrate import check_enough, recalibrate

    check_enough(records)
    found: dict[str, Logits] = {}
    read = worker_pool.map_conversations(
        conversations(records),
        LogitReader(measured),
        workers=worker_pool.worker_count(workers, len(records)),
    )
    for number, (conversation, logits) in enumerate(read, start=1):
        found[conversation.id] = logits
        progress(number, len(records))
    categories = measured.taxonomy.keys("category")
    heads = _heads(measured)
    said = {
        question.facet: _said(measured, heads, question.facet, [found[one.id] for one in records])
        for question in measured.sheet.facets
    }
    fitted = recalibrate(said, records, categories=[key.key for key in categories])
    made = _bent(heads, measured, policy, said, fitted.lines)
    made.meta["calibrated_on"] = {
        "source": source or gold.name,
        "conversations": len(records),
        "out_of_fold": fitted.after["features"],
    }
    file = paths.home() / "models" / "heads" / f".{name}.npz.new"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        heads_file.save(file, made)
    except OSError as error:
        raise OutputUnwritable(
            f"'{file.parent}' cannot be written ({error.strerror}).",
            remedy="give yourself access, or set $VSTK_HOME to another folder.",
        ) from None
    registry.keep(
        base,
        id=name,
        heads=registry.HeadsManifest(
            file=f"heads/{name}.npz",
            sha256=registry.size_and_sha256(file)[1],
            sheet=policy.extract.sheet,
            trained_on=f"{base.heads.trained_on if base.heads else 'no heads'}; calibrated on "
            f"{len(records)} conversations ({source or gold.name})",
            metrics={
                f"{feature}.{measure}": round(value, 4)
                for feature, figures in fitted.after["features"].items()
                for measure, value in figures.items()
            },
        ),
        file=file,
    )
    return _told(fitted.before, fitted.after, name)


def _heads(measured: Instrument) -> heads_file.Heads | None:
    return heads_file.load(measured.heads) if measured.heads else None


def _said(
    measured: Instrument, heads: heads_file.Heads | None, facet: Facet, found: list[Logits]
) -> Any:
    from vstk.evaluate.recalibrate import ModelLogits

    logits = np.stack([one[facet] for one in found])
    if heads is not None and facet in heads.facets:
        head = heads.facets[facet]
        return ModelLogits(head.labels, head.kind, logits, head.thresholds.astype(np.float64))
    (kind,) = (one.kind for one in measured.sheet.facets if one.facet == facet)
    labels = measured.vocabulary[facet]
    return ModelLogits(tuple(labels), kind, logits, np.full(len(labels), 0.5), is_branch=True)


def _bent(
    heads: heads_file.Heads | None,
    measured: Instrument,
    policy: Policy,
    said: Mapping[Facet, Any],
    lines: Mapping[Facet, Any],
) -> heads_file.Heads:
    """Heads with the lines multiplied in; facets without a head get their branches' lines."""
    if heads is None:
        reading = measured.sheet.read
        heads = heads_file.Heads(
            meta={
                "format": heads_file.FORMAT,
                "weights_sha256": measured.weights_sha256,
                "sheet": measured.sheet.reading_hash,
                "window": policy.extract.window,
                "layers": list(reading.layers),
                "vectors": list(heads_file.VECTORS),
            },
            facets={},
            mean=np.zeros(0, np.float32),
            scale=np.ones(0, np.float32),
            blocks=(),
        )
    facets = {}
    for facet, head in heads.facets.items():
        line = lines[facet]
        facets[facet] = replace(
            head,
            weight=(head.weight.astype(np.float32) * line.slope[:, None]).astype(np.float32),
            bias=(head.bias * line.slope + line.offset).astype(np.float32),
            thresholds=line.thresholds.astype(np.float32),
        )
    return replace(
        heads,
        meta=dict(heads.meta),
        facets=facets,
        calibration={
            facet: heads_file.Platt(one.labels, lines[facet].slope, lines[facet].offset)
            for facet, one in said.items()
            if one.is_branch
        },
    )


def _told(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> str:
    """Each figure before and after, and what to do with the result."""
    lines = [f"Out of fold, against one annotator ({after['conversations']} conversations):"]
    lines.append(f"{'feature':<20}{'measure':<24}{'before':>8}{'after':>8}")
    for feature, figures in after["features"].items():
        for measure, value in figures.items():
            was = before["features"][feature].get(measure)
            lines.append(
                f"{feature:<20}{measure:<24}{'-' if was is None else format(was, '.3f'):>8}"
                f"{value:>8.3f}"
            )
    for facet, one in after["calibration"].items():
        was = before["calibration"][facet]["expected_calibration_error"]
        lines.append(
            f"{facet:<20}{'calibration error':<24}{was:>8.3f}"
            f"{one['expected_calibration_error']:>8.3f}"
        )
    lines.append(f"Kept as the model '{name}': write `model: {name}` under `extract` in a policy.")
    return "\n".join(lines)
