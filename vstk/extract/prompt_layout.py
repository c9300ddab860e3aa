"""The trunk: one conversation laid out as tokens, and what its hidden states come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.extract.window import Tokens, Window, fit
from vstk.sheet import Reading
from vstk.types import Role, Turn

Span = tuple[int, int]

Tokenise = Callable[[str, bool], Tokens]
"""Text to tokens; the flag says whether turn markers in it are markers."""

READ: tuple[Role, Role] = ("user", "assistant")
"""The sides whose words are read. What a system prompt or a tool says is neither
a person's nor the assistant's own, and is left out of the window and its share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTokens:
    """A conversation's tokens, and where in them the sides and the taps are."""

    turns: Tokens
    """The conversation with its markers."""

    suffix: Tokens
    """The tap texts that follow it."""

    user: tuple[Span, ...]
    assistant: tuple[Span, ...]
    last_assistant: tuple[Span, ...]
    taps: tuple[int, ...]
    """Positions in `turns + suffix` of the last token of each tap text."""

    window: Window


class PromptLayout:
    """Turns to tokens by a sheet's rule; marker tokens come from here alone."""

    def __init__(self, reading: Reading, size: int, tokenise: Tokenise) -> None:
        self.prefix = tokenise(f"<|im_start|>system\n{reading.system}<|im_end|>\n", True)
        self._tokenise = tokenise
        self._size = size
        self._rule = reading.window
        self._gap = tokenise(reading.window.gap, False)
        self._head = {role: tokenise(f"<|im_start|>{role}\n", True) for role in READ}
        self._end = tokenise("<|im_end|>\n", True)
        first, *rest = reading.taps
        self._taps = (
            tokenise(f"<|im_start|>user\n{first}", True),
            *(tokenise(text, False) for text in rest),
        )

    def trunk(self, turns: Sequence[Turn]) -> PromptTokens:
        """Lay out a conversation. Its text is never read as markers."""
        window = fit(
            [(turn.role, self._tokenise(turn.text, False)) for turn in turns if _is_read(turn)],
            size=self._size,
            gap=self._gap,
            head_share=self._rule.head_share,
            turn_tokens=self._rule.turn_tokens,
            turn_room=self._rule.turn_room,
        )
        tokens: list[int] = []
        spans: dict[Role, list[Span]] = {role: [] for role in READ}
        for role, text in window.turns:
            tokens += self._head[role]
            spans[role].append((len(tokens), len(tokens) + len(text)))
            tokens += text
            tokens += self._end
        suffix: list[int] = []
        taps = []
        for tap in self._taps:
            suffix += tap
            taps.append(len(tokens) + len(suffix) - 1)
        return PromptTokens(
            turns=tuple(tokens),
            suffix=tuple(suffix),
            user=tuple(spans["user"]),
            assistant=tuple(spans["assistant"]),
            last_assistant=tuple(spans["assistant"][-1:]),
            taps=tuple(taps),
            window=window,
        )


def _is_read(turn: Turn) -> bool:
    return turn.role in READ and bool(turn.text)


def pool_hidden_states(
    states: Mapping[int, NDArray[np.float32]],
    trunk: PromptTokens,
    layers: Sequence[int],
    width: int,
) -> NDArray[np.float32]:
    """Hidden states to features [layers, 6, width]; a layer not tapped stays zero."""
    features = np.zeros((len(layers), 3 + len(trunk.taps), width), dtype=np.float32)
    for index, layer in enumerate(layers):
        if layer in states:
            rows = states[layer]
            features[index, 0] = _mean(rows, trunk.user)
            features[index, 1] = _mean(rows, trunk.assistant)
            features[index, 2] = _mean(rows, trunk.last_assistant)
            features[index, 3:] = rows[list(trunk.taps)]
    return features


def _mean(rows: NDArray[np.float32], spans: Sequence[Span]) -> NDArray[Any]:
    """Mean over the tokens of all spans; zeros where a side said nothing."""
    held = [rows[start:end] for start, end in spans if end > start]
    return np.concatenate(held).mean(0) if held else np.zeros(rows.shape[1], dtype=np.float32)
