"""Scrub: what points at a person is replaced before a model reads a word.

The second line of defence. The first is that nothing a log or a model wrote can
leave the extractor; see docs/explanation/scrub.md for what this room reaches
and what it does not. Its output is still personal data and is never written,
except by `vstk scrub`, which exists for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from vstk.anonymiser.pseudonym import Pseudonyms, keyed_hash, load_key, pseudonyms
from vstk.types import Conversation, OnReject, Reject, ScrubbedConversation, Turn

__all__ = [
    "Pseudonyms",
    "Scrubber",
    "Unscrubbable",
    "keyed_hash",
    "load_key",
    "pseudonyms",
    "scrub",
]


class Unscrubbable(Exception):
    """A conversation that cannot be scrubbed; holds a reason code, no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Scrubber(Protocol):
    """Finds what points at a person, and replaces it."""

    def scrub(self, conversation: Conversation) -> tuple[tuple[Turn, ...], str]:
        """The turns without what points at a person, and their language.

        Raises:
            Unscrubbable: when that cannot be done for the whole conversation.
        """
        ...


def scrub(
    conversations: Iterable[Conversation],
    scrubber: Scrubber,
    *,
    key: bytes,
    on_reject: OnReject,
) -> Iterator[ScrubbedConversation]:
    """Replace what points at a person, one conversation at a time.

    Fails closed: where anything at all goes wrong, the whole conversation is
    rejected, because the turns around the bad one usually say the same thing
    again. The cause of a failure is dropped, since its message may quote a log.
    """
    for conversation in conversations:
        try:
            turns, language = scrubber.scrub(conversation)
            named = pseudonyms(key, conversation)
            scrubbed = ScrubbedConversation(
                source=conversation.source,
                key=named.key,
                unit_id=named.unit_id,
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
