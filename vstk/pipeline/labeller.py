"""Label one conversation: anonymise it, then read its labels off the model.

Both happen in the same worker process, so that the text of a conversation is gone as soon
as its labels are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vstk import registry
from vstk.anonymiser import Scrubber, scrub
from vstk.extract import LabelModel, extract
from vstk.pipeline.worker_pool import LabelledResult, Outcome
from vstk.policy import Scrub
from vstk.types import Conversation, Facet, Reject

if TYPE_CHECKING:
    from vstk.anonymiser.engine import PresidioScrubber


class ConversationLabeller:
    """Turns one conversation into its labels, or into the reason why it was set aside.

    Args:
        scrubber: replaces personal data.
        extractor: answers the questions of the sheet about a scrubbed conversation.
        key: secret of the keyed hashes, 32 bytes.
        vocabulary: every label that each facet may have.
    """

    def __init__(
        self,
        scrubber: Scrubber,
        extractor: LabelModel,
        key: bytes,
        vocabulary: Mapping[Facet, Sequence[str]],
    ) -> None:
        self._scrubber, self._extractor, self._key = scrubber, extractor, key
        self._vocabulary = vocabulary

    def __call__(self, conversation: Conversation) -> Outcome:
        """Label one conversation; whatever it contains, no error is raised for it."""
        rejects: list[Reject] = []
        for scrubbed in scrub(
            [conversation], self._scrubber, key=self._key, on_reject=rejects.append
        ):
            for extraction in extract(
                [scrubbed], self._extractor, labels=self._vocabulary, on_reject=rejects.append
            ):
                return LabelledResult(extraction, scrubbed.language)
        return rejects[0]


def presidio(
    rules: Scrub, ner_models: Mapping[str, Path], pii_model: Path | None
) -> PresidioScrubber:
    """The scrubber of a policy.

    Args:
        rules: the policy's section `scrub`.
        ner_models: language -> verified folder of its spaCy pipeline.
        pii_model: verified folder of the PII model, if the policy names one.
    """
    # Imported here because the parent of the workers needs neither spaCy nor Presidio.
    from vstk.anonymiser.engine import PresidioScrubber

    return PresidioScrubber(rules, ner_models, pii_model)


def pipelines(rules: Scrub) -> dict[str, Path]:
    """Language -> verified folder of the spaCy pipeline that the policy names for it.

    Raises:
        ModelUnverified: a pipeline is absent, or not that of its manifest.
    """
    return {language: registry.verify(id) for language, id in rules.ner_models.items()}


def pii_model(rules: Scrub) -> Path | None:
    """The verified folder of the PII model that the policy names; `None` if it names none.

    Raises:
        ModelUnverified: the model is absent, or not that of its manifest.
    """
    return registry.verify(rules.pii_model) if rules.pii_model else None
