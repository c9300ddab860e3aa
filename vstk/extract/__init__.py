"""Extract: a scrubbed conversation becomes labels, and its text ends here.

The model is read and never made to write: see docs/explanation/labeller.md.
Whatever does the reading, nothing leaves this room that is not a key agreed on
beforehand; the step below sees to that, even for a model that repeats its input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from vstk.errors import VstkError
from vstk.extract.extractor import Extractor, Unreadable, uncalibrated
from vstk.types import Answer, Extraction, Facet, OnReject, Reject, ScrubbedConversation

__all__ = ["Extractor", "Labeller", "Unreadable", "extract", "uncalibrated"]


class LabelModel(Protocol):
    """Answers the question sheet for one conversation."""

    def ask(self, conversation: ScrubbedConversation) -> Extraction:
        """What the conversation shows, in closed labels.

        Raises:
            Unreadable: there is nothing in it that can be read.
        """
        ...


def extract(
    conversations: Iterable[ScrubbedConversation],
    extractor: LabelModel,
    *,
    labels: Mapping[Facet, Sequence[str]],
    on_reject: OnReject,
) -> Iterator[Extraction]:
    """Label conversations, one at a time, in words of the closed vocabulary.

    A conversation for which anything else is answered is rejected as a whole.
    What is passed on is built anew from our own keys and from plain numbers, so
    that nothing of the labeller's making gets through beside a label.
    """
    vocabulary = {facet: {key: key for key in keys} for facet, keys in labels.items()}
    facets: dict[str, Facet] = {facet: facet for facet in vocabulary}
    for conversation in conversations:
        try:
            yield_ = _closed(extractor.ask(conversation), conversation, facets, vocabulary)
        except Unreadable as refusal:
            reason = refusal.reason
        except VstkError:
            raise
        except Exception:  # its message may quote the log, so it ends here
            reason = "extract-failed"
        else:
            yield yield_
            continue
        on_reject(Reject(source=conversation.source, step="extract", reason=reason))


def _closed(
    extraction: Extraction,
    conversation: ScrubbedConversation,
    facets: Mapping[str, Facet],
    vocabulary: Mapping[Facet, Mapping[str, str]],
) -> Extraction:
    """The same answers, made of nothing but known keys and numbers in range."""
    answers = []
    for answer in extraction.answers:
        facet = facets.get(answer.facet)
        label = vocabulary[facet].get(answer.label) if facet else None
        if facet is None or label is None:
            raise Unreadable("answer-not-in-vocabulary")
        probability = float(answer.probability)
        if not 0.0 <= probability <= 1.0:
            raise Unreadable("answer-not-in-vocabulary")
        answers.append(
            Answer(facet=facet, label=label, probability=probability, chosen=bool(answer.chosen))
        )
    seen = float(extraction.seen_share)
    return Extraction(
        key=conversation.key,
        unit_id=conversation.unit_id,
        answers=tuple(answers),
        seen_share=seen if math.isfinite(seen) and 0.0 <= seen <= 1.0 else 0.0,
        tokens=max(0, int(extraction.tokens)),
    )
