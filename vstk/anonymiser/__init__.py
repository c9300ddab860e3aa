"""Anonymiser: replaces personal data in conversations before a model reads them.

This is the second line of defence. The first is that no text from a log or a model
can leave the extractor. docs/explanation/scrub.md describes what the anonymiser finds
and misses. Its output is still personal data; only `vstk scrub` writes it to a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from vstk.anonymiser.pseudonym import Pseudonyms, canonical_id, keyed_hash, load_key, pseudonyms
from vstk.types import Conversation, OnReject, Reject, ScrubbedConversation, Turn

__all__ = [
    "Pseudonyms",
    "Scrubber",
    "Unscrubbable",
    "canonical_id",
    "keyed_hash",
    "load_key",
    "pseudonyms",
    "scrub",
]


class Unscrubbable(Exception):
    """A conversation that cannot be scrubbed. Carries a reason code, no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Scrubber(Protocol):
    """Replaces the personal data in a conversation."""

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        """Return the turns with personal data replaced, and their language (ISO 639-1).

        Raises:
            Unscrubbable: if the conversation cannot be scrubbed completely.
        """
        ...


def scrub(
    conversations: Iterable[Conversation],
    scrubber: Scrubber,
    *,
    key: bytes,
    on_reject: OnReject,
    case_sensitive_ids: bool = False,
) -> Iterator[ScrubbedConversation]:
    """Replace personal data, one conversation at a time.

    Fails closed: after any failure the whole conversation is rejected, because other
    turns often repeat what the failed one contains. The cause of a failure is dropped,
    because its message may quote the log.

    Args:
        key: secret for the keyed hashes that replace ids.
        on_reject: called with a reason code for each rejected conversation.
        case_sensitive_ids: whether `A` and `a` are ids of different people.
    """
    for conversation in conversations:
        try:
            turns, language = scrubber.scrub(conversation)
            hashed_ids = pseudonyms(key, conversation, case_sensitive=case_sensitive_ids)
            scrubbed = ScrubbedConversation(
                source=conversation.source,
                key=hashed_ids.key,
                unit_id=hashed_ids.unit_id,
                language=language,
                turns=turns,
            )
        except Unscrubbable as refusal:
            reason = refusal.reason
        except Exception:
            reason = "scrub-failed"
        else:
            yield scrubbed
            continue
        on_reject(Reject(source=conversation.source, step="scrub", reason=reason))
