"""What is in a log, counted: for the operator's eyes, before anything is spent.

The figures are exact, so none of them may be published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from vstk.errors import InputUnreadable
from vstk.readers.log_index import LogIndex
from vstk.readers.places import Place, state_of
from vstk.readers.reading import index
from vstk.readers.scanning import Options
from vstk.types import Conversation, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSurvey:
    """One file of the log."""

    path: Path
    format: str | None
    """Name of the format; `None` for a file in a folder that is no log."""

    bytes: int
    conversations: int
    turns: int
    """By the person or the assistant."""

    rejects: Mapping[str, int]
    """Reason code -> records passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All files together."""

    files: tuple[FileSurvey, ...]
    conversations_by_kind: Mapping[UnitKind, int]
    ids_by_kind: Mapping[UnitKind, int]
    """How many different ids of each kind were found."""

    first: datetime | None
    last: datetime | None

    @property
    def conversations(self) -> int:
        """How many conversations count."""
        return sum(file.conversations for file in self.files)

    @property
    def turns(self) -> int:
        """How many messages by people and assistants they hold."""
        return sum(file.turns for file in self.files)

    @property
    def rejects(self) -> Mapping[str, int]:
        """Reason code -> records passed over, in all files."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.rejects)
        return total

    @property
    def unit_kind(self) -> UnitKind:
        """The weakest kind of id that any conversation carries: what the whole log supports."""
        found: UnitKind = "none"
        for kind in get_args(UnitKind):
            if self.conversations_by_kind.get(kind):
                found = kind
        return found


def survey(
    paths: Sequence[Path], *, format: str | None = None, options: Options | None = None
) -> Survey:
    """Read everything as an audit would, and count.

    Raises:
        InputUnreadable: as `read` does.
    """
    return survey_of(index(paths, format=format, options=options))


def survey_of(
    found: LogIndex, see: Callable[[Conversation], object] = lambda conversation: None
) -> Survey:
    """Count what an index has found.

    Args:
        found: the index.
        see: is shown every conversation.
    """
    names: dict[str, str | None] = {log.place.name: log.format for log in found.logs}
    sizes = {log.place.name: _size(log.place) for log in found.logs}
    names |= dict.fromkeys(found.strangers)
    conversations: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    rejects: dict[str, Counter[str]] = {name: Counter() for name in names}
    kinds: Counter[UnitKind] = Counter()
    people: dict[UnitKind, set[int]] = {}
    first: datetime | None = None
    last: datetime | None = None
    for reject in found.rejects():
        rejects[reject.source.file][reject.reason] += 1
    for conversation in found.conversations():
        see(conversation)
        file = conversation.source.file
        conversations[file] += 1
        turns[file] += sum(turn.role in ("user", "assistant") for turn in conversation.turns)
        kinds[conversation.unit_kind] += 1
        if conversation.user is not None:
            # A set of hashes: the ids themselves would be too much to hold for a long log.
            people.setdefault(conversation.unit_kind, set()).add(hash(conversation.user))
        if (at := conversation.started_at) is not None:
            first = at if first is None else min(first, at)
            last = at if last is None else max(last, at)
    return Survey(
        files=tuple(
            FileSurvey(
                path=Path(name),
                format=names[name],
                bytes=sizes.get(name, 0),
                conversations=conversations[name],
                turns=turns[name],
                rejects=rejects[name],
            )
            for name in names
        ),
        conversations_by_kind=kinds,
        ids_by_kind={kind: len(ids) for kind, ids in people.items()},
        first=first,
        last=last,
    )


def _size(place: Place) -> int:
    return state_of(place)[0]


def sniff(path: Path) -> str:
    """The name of the format that most records of a file have.

    Raises:
        InputUnreadable: for a file that is missing, empty, binary or unknown.
    """
    if path.is_dir():
        raise InputUnreadable(f"'{path}' is a folder.", remedy="name one of its files.")
    return index([path]).logs[0].format
