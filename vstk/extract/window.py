"""The window: which tokens of a long conversation the model reads.

Short turns are kept whole and long ones share what they leave, so that no turn
can push out another. A turn that is cut keeps its beginning and its end, with a
gap between that the model can see. Where there are more turns than fit, the
first and the latest ones stay. What was seen of the whole is always recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vstk.types import Role

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is left of a conversation, and how much of it that is."""

    turns: tuple[tuple[Role, Tokens], ...]
    seen: int
    """Tokens of the conversation that are in `turns`; gaps are not counted."""

    total: int
    """Tokens of the whole conversation."""

    @property
    def seen_share(self) -> float:
        """0..1; nothing to see counts as all of it seen."""
        return self.seen / self.total if self.total else 1.0


def fit(
    turns: Sequence[tuple[Role, Tokens]],
    *,
    size: int,
    gap: Tokens,
    head_share: float,
    turn_tokens: int,
    turn_room: int,
) -> Window:
    """Cut a conversation to at most `size` tokens of text, gaps included.

    Turns are dropped, the second first, until text and markers (`turn_tokens`
    each) fit into `size + turn_room`.
    """
    total = sum(len(tokens) for _, tokens in turns)
    cap = _cap([len(tokens) for _, tokens in turns], size)
    cut: list[tuple[Role, Tokens, int]] = [
        (role, *_cut(tokens, cap, gap, head_share)) for role, tokens in turns
    ]
    held = sum(len(tokens) for _, tokens, _ in cut)
    drop = 0
    while held + turn_tokens * (len(cut) - drop) > size + turn_room and len(cut) - drop > 2:
        drop += 1
        held -= len(cut[drop][1])
    kept = cut[:1] + cut[1 + drop :]
    return Window(
        turns=tuple((role, tokens) for role, tokens, _ in kept),
        seen=sum(seen for _, _, seen in kept),
        total=total,
    )


def _cap(lengths: Sequence[int], size: int) -> int:
    """The longest that a turn may be, so that all of them together fit."""
    if sum(lengths) <= size:
        return max(lengths, default=0)
    left = size
    for index, length in enumerate(sorted(lengths)):
        fair = left // (len(lengths) - index)
        if length > fair:
            return fair
        left -= length
    raise AssertionError("lengths that exceed the size hold one that exceeds its share")


def _cut(tokens: Tokens, cap: int, gap: Tokens, head_share: float) -> tuple[Tokens, int]:
    """A turn of at most `cap` tokens (at least one), and how many of its own it keeps."""
    if len(tokens) <= cap:
        return tokens, len(tokens)
    room = cap - len(gap)
    if room <= 2:
        kept = tokens[: max(cap, 1)]
        return kept, len(kept)
    head = max(1, int(room * head_share))
    tail = max(1, room - head)
    return tokens[:head] + gap + tokens[-tail:], head + tail
