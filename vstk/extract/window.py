"""The context window: selects the tokens of a long conversation that the model reads.

Short turns are kept whole, and long turns share the remaining tokens equally, so that no
turn displaces another. A shortened turn keeps its beginning and its end, with a gap marker
between them. If there are more turns than fit, the first and the latest are kept. The share
of tokens that were read is always recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vstk.types import Role

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The selected part of a conversation."""

    turns: tuple[tuple[Role, Tokens], ...]
    """Role and tokens of each selected turn, with gap markers."""

    seen: int
    """Tokens of the conversation in `turns`, without gap markers."""

    total: int
    """Tokens of the whole conversation."""

    @property
    def seen_share(self) -> float:
        """Share of the tokens that are read, 0..1; 1 for an empty conversation."""
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
    """Select at most `size` tokens of text from a conversation, gap markers included.

    Turns are dropped, starting with the second, until the text and the markers of the
    turns fit into `size + turn_room` tokens.

    Args:
        turns: role and tokens of each turn.
        size: tokens of text.
        gap: tokens that mark an omission.
        head_share: share of a shortened turn that is taken from its beginning, 0..1.
        turn_tokens: tokens of the markers of one turn.
        turn_room: tokens that are available for markers in addition to `size`.
    """
    total = sum(len(tokens) for _, tokens in turns)
    max_length = _max_turn_length([len(tokens) for _, tokens in turns], size)
    shortened: list[tuple[Role, Tokens, int]] = [
        (role, *_shorten(tokens, max_length, gap, head_share)) for role, tokens in turns
    ]
    kept_tokens = sum(len(tokens) for _, tokens, _ in shortened)
    dropped = 0
    while (
        len(shortened) - dropped > 2
        and kept_tokens + turn_tokens * (len(shortened) - dropped) > size + turn_room
    ):
        dropped += 1
        kept_tokens -= len(shortened[dropped][1])
    kept = shortened[:1] + shortened[1 + dropped :]
    return Window(
        turns=tuple((role, tokens) for role, tokens, _ in kept),
        seen=sum(seen for _, _, seen in kept),
        total=total,
    )


def _max_turn_length(lengths: Sequence[int], size: int) -> int:
    """The largest length limit per turn at which all turns together fit into `size`."""
    if sum(lengths) <= size:
        return max(lengths, default=0)
    remaining = size
    for index, length in enumerate(sorted(lengths)):
        fair_share = remaining // (len(lengths) - index)
        if length > fair_share:
            return fair_share
        remaining -= length
    raise AssertionError("if the sum exceeds the size, one length exceeds its fair share")


def _shorten(tokens: Tokens, max_length: int, gap: Tokens, head_share: float) -> tuple[Tokens, int]:
    """Shorten a turn to `max_length` tokens (at least one); return it and its own tokens."""
    if len(tokens) <= max_length:
        return tokens, len(tokens)
    room = max_length - len(gap)
    if room <= 2:
        kept = tokens[: max(max_length, 1)]
        return kept, len(kept)
    head = max(1, int(room * head_share))
    tail = max(1, room - head)
    return tokens[:head] + gap + tokens[-tail:], head + tail
