"""`vstk models calibrate`: fit a model's answers to labels of one's own, without training anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vstk import evaluate as evaluation
from vstk import heads as heads_file
from vstk import paths, registry, sandbox
from vstk.errors import OutputUnwritable
from vstk.evaluate.recalibrate import (
    Line,
    ModelLogits,
    Recalibrated,
    check_enough,
    recalibrate,
)
from vstk.extract.prompt_layout import READ
from vstk.facets import FacetSpec
from vstk.pipeline import worker_pool
from vstk.pipeline.evaluate import conversations
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.train import header
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
            # A model that was calibrated without heads has calibrations alone.
            if heads is not None and heads.facets:
                found |= heads.logits(extractor.features(conversation.turns)[0])
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
        source: who labelled, in words; kept in the manifest.

    Raises:
        ModelUnverified: the name is no id, or another model's; before anything is read.
        InputUnreadable: the gold file has too few conversations; before the model reads.

    Returns:
        What out-of-fold figures say before and after, as text for a terminal.
    """
    measured = instrument(policy, worker_pool.NO_KEY, model=model)
    base = registry.get(measured.model)
    registry.check_id(base, name)
    facets = measured.facets
    every = evaluation.read(gold, facets)
    records = [one for one in every if all(one.has(role) for role in READ)]
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
    heads = _heads(measured)
    answered = {
        facet: _model_logits(heads, spec, np.stack([found[one.id][facet] for one in records]))
        for facet, spec in facets.items()
    }
    fitted = recalibrate(answered, records, facets)
    figures = {feature: one.known for feature, one in fitted.after.features.items()}
    about = {
        "source": source or gold.name,
        "conversations": len(records),
        "out_of_fold": figures,
    }
    made = _calibrated(
        heads or _no_heads(measured), answered, fitted.lines, {"calibrated_on": about}
    )
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
                for feature, known in figures.items()
                for measure, value in known.items()
            },
        ),
        file=file,
    )
    return _summary(fitted, name)


def _heads(measured: Instrument) -> heads_file.Heads | None:
    return heads_file.load(measured.heads) if measured.heads else None


def _model_logits(
    heads: heads_file.Heads | None, spec: FacetSpec, logits: NDArray[np.float64]
) -> ModelLogits:
    """What a head or the branches of a facet answered, logits [conversations, labels]."""
    if heads is not None and spec.key in heads.facets:
        head = heads.facets[spec.key]
        return ModelLogits(head.labels, head.kind, logits, head.thresholds.astype(np.float64))
    halves = np.full(len(spec.labels), 0.5)
    return ModelLogits(spec.keys, spec.kind, logits, halves, is_branch=True)


def _no_heads(measured: Instrument) -> heads_file.Heads:
    """Heads of no facet, for a model whose facets are all asked by branches."""
    return heads_file.Heads(
        meta=header(measured),
        facets={},
        mean=np.zeros(0, np.float32),
        scale=np.ones(0, np.float32),
        blocks=(),
    )


def _calibrated(
    heads: heads_file.Heads,
    answered: Mapping[Facet, ModelLogits],
    lines: Mapping[Facet, Line],
    about: Mapping[str, object],
) -> heads_file.Heads:
    """Heads with slopes and offsets multiplied in; facets without a head get a calibration.

    What annotators did not label stays as it is.
    """
    facets = dict(heads.facets)
    calibration = dict(heads.calibration)
    for facet, line in lines.items():
        if answered[facet].is_branch:
            labels = answered[facet].labels
            calibration[facet] = heads_file.Platt(labels, line.slope, line.offset)
            continue
        head = facets[facet]
        facets[facet] = replace(
            head,
            weight=(head.weight.astype(np.float32) * line.slope[:, None]).astype(np.float32),
            bias=(head.bias * line.slope + line.offset).astype(np.float32),
            thresholds=line.thresholds.astype(np.float32),
        )
    meta = dict(heads.meta) | dict(about)
    return replace(heads, meta=meta, facets=facets, calibration=calibration)


def _summary(fitted: Recalibrated, name: str) -> str:
    """Each figure before and after, and how to use the calibrated model."""
    before, after = fitted.before, fitted.after
    lines = [f"Out of fold, against one annotator ({after.conversations} conversations):"]
    lines.append(f"{'feature':<20}{'measure':<24}{'before':>8}{'after':>8}")
    for feature, figures in after.features.items():
        earlier = before.features[feature].known
        for measure, value in figures.known.items():
            old = format(earlier[measure], ".3f") if measure in earlier else "-"
            lines.append(f"{feature:<20}{measure:<24}{old:>8}{value:>8.3f}")
    for facet, one in after.calibration.items():
        old = format(before.calibration[facet].expected_calibration_error, ".3f")
        new = one.expected_calibration_error
        lines.append(f"{facet:<20}{'calibration error':<24}{old:>8}{new:>8.3f}")
    lines.append(f"Kept as the model '{name}': write `model: {name}` under `extract` in a policy.")
    return "\n".join(lines)
