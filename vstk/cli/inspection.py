"""What `vstk inspect` shows and writes of a log: for the operator only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from vstk.types import Conversation, Reject, UnitKind

if TYPE_CHECKING:
    from vstk.readers import Survey

PROMISES: dict[UnitKind, str] = {
    "account": "person",
    "api_key": "API key (one person only if nobody shares a key)",
    "ip_hash": "network address (several people may share one, and one person may have several)",
    "file": "file or home folder (one person only if each holds one person's conversations)",
    "none": "conversation (some conversations have no id of a person)",
}
"""What a release can promise to protect, by the weakest kind of id in the logs."""

LANGUAGES_OF = 1_000
"""The language is detected for so many conversations from the beginning."""


class Tokens:
    """A token for each person, for one command: it cannot be traced back to the id."""

    def __init__(self) -> None:
        self._key = token_bytes(32)

    def __call__(self, conversation: Conversation) -> str | None:
        """The token of a conversation's person; `None` where no person is known."""
        if conversation.user is None:
            return None
        who = f"{conversation.unit_kind}\0{conversation.user}".encode("utf-8", "surrogatepass")
        return "p-" + blake2b(who, key=self._key, digest_size=8).hexdigest()


def as_read(conversation: Conversation, token: str | None) -> dict[str, Any]:
    """A conversation as JSON, with a token in place of the person's id."""
    at = conversation.started_at
    return {
        "messages": [{"role": turn.role, "content": turn.text} for turn in conversation.turns],
        "person": token,
        "person_kind": conversation.unit_kind,
        "started_at": at and at.isoformat(),
        "model": conversation.model,
        "team": conversation.team,
        "file": Path(conversation.source.file).name,
        "line": conversation.source.line,
    }


class Written:
    """Writes conversations as JSON Lines."""

    def __init__(self, put: Callable[[str], object]) -> None:
        self._put = put
        self._tokens = Tokens()

    def __call__(self, conversation: Conversation) -> None:
        """Write one conversation."""
        row = as_read(conversation, self._tokens(conversation))
        self._put(json.dumps(row, ensure_ascii=False) + "\n")


class Seen:
    """What the summary says of conversations beyond their number."""

    def __init__(self, show: int) -> None:
        self.first: list[Conversation] = []
        """The conversations to print."""

        self.languages: Counter[str] = Counter()
        """Language -> conversations, among the first ones."""

        self.models: Counter[str] = Counter()
        self._show = show
        self._read = 0

    def __call__(self, conversation: Conversation) -> None:
        """Take note of one conversation."""
        from vstk.anonymiser.language import detect

        self._read += 1
        if len(self.first) < self._show:
            self.first.append(conversation)
        if self._read <= LANGUAGES_OF:
            texts = (turn.text for turn in conversation.turns if turn.role == "user")
            self.languages[detect(texts, ("en",))] += 1
        self.models[conversation.model or "not named"] += 1


def shown(conversations: Iterable[Conversation]) -> Iterator[str]:
    """Conversations as text for the screen."""
    tokens = Tokens()
    for conversation in conversations:
        at = conversation.started_at
        about = [
            f"{conversation.source.file}:{conversation.source.line}",
            tokens(conversation) or "no person",
            conversation.unit_kind,
            f"{at:%Y-%m-%d %H:%M}" if at else "no time",
            conversation.model or "no model",
        ]
        turns = [f"  {turn.role}: {turn.text}" for turn in conversation.turns]
        yield "\n".join(["", " | ".join(about), *turns])


def rejects(skipped: Iterable[Reject]) -> Iterator[Sequence[object]]:
    """File, line and reason of every skipped record."""
    for reject in skipped:
        yield reject.source.file, reject.source.line, reject.reason


def summary(found: Survey, seen: Seen) -> dict[str, Any]:
    """The survey as JSON, with exact figures."""
    kind = found.unit_kind
    return {
        "conversations": found.conversations,
        "turns": found.turns,
        "people": dict(found.ids_by_kind),
        "person_kinds": dict(found.conversations_by_kind),
        "weakest_kind": kind,
        "unit_of_privacy": PROMISES[kind],
        "first": found.first and found.first.isoformat(),
        "last": found.last and found.last.isoformat(),
        "languages": dict(seen.languages.most_common()),
        "models": dict(seen.models.most_common(50)),
        "skipped": dict(found.rejects),
        "files": [
            {
                "file": str(file.path),
                "format": file.format,
                "conversations": file.conversations,
                "turns": file.turns,
                "skipped": dict(file.rejects),
            }
            for file in found.files
        ],
    }
