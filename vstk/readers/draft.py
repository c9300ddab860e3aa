"""What a format is, and what it makes of one record.

A format knows the shape of its own records and says what a record is:

- `whole`: a complete conversation. Another one never absorbs it; two versions of the same
  conversation (the same `thread`) count once, the longer one.
- `call`: one call of a model with the history before it. A call whose history holds
  another call of the same person absorbs it.
- `piece`: one message, or half of an exchange. Pieces of one thread are put together in
  order, and are never compared by their words.
- `context`: no conversation, but it says whose trace or session it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from vstk.readers.fields import facts
from vstk.readers.speech import Said, Unusable, joined, said, turns
from vstk.readers.values import Record
from vstk.types import UnitKind

__all__ = ["Draft", "Form", "Format", "Unusable", "draft_of", "joined", "said", "turns"]

Form = Literal["whole", "call", "piece", "context"]


@dataclass(slots=True)
class Draft:
    """What one record says, before it is known what repeats it and what it belongs to."""

    turns: list[Said]
    id: str | None = None
    """The record's own id."""

    thread: str | None = None
    """An id that all records of one conversation share, where the log has one."""

    scope: str | None = None
    """An id that all steps of one answer share (a trace)."""

    links: tuple[str, ...] = ()
    """Other ids that join records: of this response, and of the one before it."""

    user: str | None = None
    unit_kind: UnitKind = "none"
    started_at: datetime | None = None
    model: str | None = None
    team: str | None = None
    form: Form | None = None
    """What the record is, where that is not what its format says."""

    outline: bool = False
    """A trace's own summary: counts only where none of its steps is a conversation."""

    order: int = 0
    """Where a piece without a time stands among the others of its thread."""

    reason: str = "no-chat"
    """For a `context`: the reason code under which it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One row of the table of formats."""

    name: str
    title: str
    """One line for people: what it is and where it comes from."""

    identifies: str
    """Which ids of a person such logs can carry, in words."""

    matches: Callable[[Record], object]
    """Whether a record looks like one of this format."""

    convert: Callable[[Record], Draft]
    """The record as a conversation or a part of one; raises `Unusable`."""

    marks: tuple[str, ...] = ()
    """A record without any of these fields is not of this format; empty: not known. A mark that
    ends in a dot stands for every field that begins so."""

    split: Callable[[Record], Iterable[Record]] | None = None
    """What a record of the file holds, where that is several: spans, a page of results."""

    form: Form = "call"
    owner: bool = False
    """A file holds one person's conversations: who, says the file beside it or the file."""

    local: bool = False
    """Thread ids are unique only within one folder."""

    time: bool = True
    model: bool = True
    team: bool = False
    lost: str = "nothing"
    """What is in such logs and is not read, in words."""


def draft_of(found: Iterable[Said], *places: Record, **known: Any) -> Draft:
    """A draft with what these objects say of person, time, thread, model and team.

    Args:
        found: the turns.
        *places: the objects to look in, the best first.
        **known: fields of the draft that the format knows better.

    Raises:
        Unusable: there are no turns, and the record is no mere context.
    """
    turns = found if type(found) is list else list(found)
    if not turns and known.get("form") != "context":
        raise Unusable("no-text")
    if "user" in known and "unit_kind" not in known:
        known["unit_kind"] = "account" if known["user"] else "none"
    about = facts(places)
    if not known:
        return Draft(
            turns,
            about.id,
            about.thread,
            about.scope,
            (),
            about.user,
            about.unit_kind,
            about.started_at,
            about.model,
            about.team,
        )
    return Draft(turns, **(about._asdict() | known))
