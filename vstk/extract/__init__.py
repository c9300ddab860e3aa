"""Label extraction: assigns labels to scrubbed conversations; no text leaves this package.

The model's hidden states and token scores are read, and it never generates text; see
docs/explanation/labeller.md. `extract` only passes on keys of a closed vocabulary, so that
even a model that repeats its input cannot pass text on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from vstk.errors import VstkError
from vstk.extract.extractor import Extractor, Unreadable, uncalibrated
from vstk.types import Answer, Extraction, Facet, OnReject, Reject, ScrubbedConversation

__all__ = ["Extractor", "LabelModel", "Unreadable", "extract", "uncalibrated"]


class LabelModel(Protocol):
    """Answers the question sheet for one conversation."""

    def ask(self, conversation: ScrubbedConversation) -> Extraction:
        """Label a conversation.

        Raises:
            Unreadable: the conversation contains nothing that can be read.
        """
        ...


def extract(
    conversations: Iterable[ScrubbedConversation],
    extractor: LabelModel,
    *,
    labels: Mapping[Facet, Sequence[str]],
    on_reject: OnReject,
) -> Iterator[Extraction]:
    """Label conversations, one at a time, with labels of a closed vocabulary.

    A conversation is rejected as a whole if any answer is outside the vocabulary. The
    answers are rebuilt from the vocabulary's own keys and from plain numbers, so that no
    object made by the model is passed on.

    Args:
        extractor: the model that answers the question sheet.
        labels: facet -> its label keys, the closed vocabulary.
        on_reject: called with a reason code for each rejected conversation.
    """
    vocabulary = {facet: {key: key for key in keys} for facet, keys in labels.items()}
    facets: dict[str, Facet] = {facet: facet for facet in vocabulary}
    for conversation in conversations:
        try:
            extraction = _in_vocabulary(
                extractor.ask(conversation), conversation, facets, vocabulary
            )
        except Unreadable as refusal:
            reason = refusal.reason
        except VstkError:
            raise
        except Exception:  # dropped, because its message may quote the log
            reason = "extract-failed"
        else:
            yield extraction
            continue
        on_reject(Reject(source=conversation.source, step="extract", reason=reason))


def _in_vocabulary(
    extraction: Extraction,
    conversation: ScrubbedConversation,
    facets: Mapping[str, Facet],
    vocabulary: Mapping[Facet, Mapping[str, str]],
) -> Extraction:
    """Rebuild the answers from known keys and numbers in range.

    Raises:
        Unreadable: `answer-not-in-vocabulary`.
    """
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
