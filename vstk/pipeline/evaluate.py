"""`vstk evaluate`: label a gold file with the engine, and compare with its annotators."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vstk import evaluate as evaluation
from vstk import sandbox
from vstk.pipeline import worker_pool
from vstk.pipeline.instrument import Instrument, instrument
from vstk.pipeline.labeller import ConversationLabeller
from vstk.pipeline.worker_pool import Progress
from vstk.policy import Policy
from vstk.types import Conversation, Extraction, Source, Turn

DECIDING = ("model", "heads", "sheet", "taxonomy")
"""Settings of an instrument that a measured quality depends on."""


class PassThroughScrubber:
    """A scrubber that changes nothing, for labelled conversations that are public."""

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        """The turns as they are."""
        return conversation.turns, "en"


@dataclass(frozen=True)
class RawTextLabeller:
    """Builds a labeller that reads the raw text."""

    measured: Instrument

    def __call__(self) -> ConversationLabeller:
        """Build the engine in this process, without a scrubber."""
        sandbox.seal()
        return ConversationLabeller(
            PassThroughScrubber(),
            self.measured.extractor(),
            worker_pool.NO_KEY,
            self.measured.vocabulary,
        )


def evaluate(
    gold: Path,
    policy: Policy,
    *,
    model: str | None = None,
    workers: int | None = None,
    scrubbed: bool = False,
    progress: Progress = lambda done, total: None,
) -> tuple[evaluation.EvaluationResult, str]:
    """Label a gold file and compare.

    Args:
        scrubbed: label what the scrub leaves of the text, as an audit does,
            rather than the text that the annotators read.

    Returns:
        The result, and the same as text for a terminal.
    """
    measured = instrument(policy, worker_pool.NO_KEY, model=model)
    facets = measured.facets
    records = evaluation.read(gold, facets)
    build = measured if scrubbed else RawTextLabeller(measured)
    found: dict[int, Extraction] = {}
    begun = time.monotonic()
    outcomes = worker_pool.map_conversations(
        conversations(records),
        build,
        workers=worker_pool.worker_count(workers, len(records)),
    )
    for number, (conversation, outcome) in enumerate(outcomes, start=1):
        if isinstance(outcome, worker_pool.LabelledResult):
            found[conversation.source.line] = outcome.extraction
        progress(number, len(records))
    result = evaluation.evaluate(
        records,
        [found.get(number) for number in range(1, len(records) + 1)],
        facets=facets,
        seconds=time.monotonic() - begun,
    )
    result = replace(
        result,
        gold=gold.name,
        text="scrubbed" if scrubbed else "raw",
        instrument={name: measured.settings[name] for name in DECIDING},
    )
    return result, evaluation.render(result, facets)


def conversations(records: Sequence[evaluation.GoldConversation]) -> Sequence[Conversation]:
    """Labelled conversations as the engine takes them; the source line is their index, from 1."""
    return [
        Conversation(
            source=Source(file="gold", line=number),
            id=record.id,
            user=None,
            unit_kind="none",
            started_at=None,
            turns=record.turns,
        )
        for number, record in enumerate(records, start=1)
    ]
