"""The records of one conversation as one, what they have in common said once."""

from __future__ import annotations

from collections.abc import Sequence

from vstk.readers.draft import Draft
from vstk.readers.speech import Said
from vstk.types import Turn


def merged(drafts: Sequence[tuple[Draft, bool]]) -> tuple[Turn, ...]:
    """The turns of a conversation.

    Args:
        drafts: its records in order, each with whether it is a piece: pieces are appended,
            while calls say again what was said before them.
    """
    turns: list[Said] = []
    for draft, is_piece in drafts:
        if is_piece or not turns:
            turns += draft.turns
        else:
            turns = _continued(turns, draft.turns)
    return tuple(Turn(role=side, text=text) for side, text in turns)


def _continued(old: list[Said], new: list[Said]) -> list[Said]:
    said, says = _spoken(old), _spoken(new)
    shared = _overlap([old[n] for n in said], [new[n] for n in says])
    if shared == 0:
        same = 0
        while same < min(len(said), len(says)) and _equal(old[said[same]], new[says[same]]):
            same += 1
        if same >= 2 and same < len(says):
            # The person went back and asked something else: what is shown is the later branch.
            old = old[: said[same]] if same < len(said) else old
            shared = same
        elif len(says) >= 4 and _holds([old[n] for n in said], [new[n] for n in says]):
            return old
    rest = new[says[shared - 1] + 1 :] if shared else new
    if shared == len(says) <= 2:
        rest = new  # the same short exchange once more: copies have been left out before
    # A system prompt comes again with every call, often with another clock in it.
    return old + [turn for turn in rest if turn[0] != "system"]


def _spoken(turns: list[Said]) -> list[int]:
    return [n for n, (side, _) in enumerate(turns) if side in ("user", "assistant")]


def _equal(one: Said, other: Said) -> bool:
    return one[0] == other[0] and one[1].strip() == other[1].strip()


def _overlap(old: list[Said], new: list[Said]) -> int:
    """How many turns at the beginning of `new` are the last ones of `old`."""
    for length in range(min(len(old), len(new)), 0, -1):
        if all(map(_equal, old[-length:], new[:length])):
            return length
    return 0


def _holds(old: list[Said], new: list[Said]) -> bool:
    """Whether `new` is a run of turns inside `old`."""
    return any(
        all(map(_equal, old[at : at + len(new)], new)) for at in range(len(old) - len(new) + 1)
    )
