"""Lays out a conversation as prompt tokens, and pools the model's hidden states."""

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
"""Start and end (exclusive) of a range of tokens."""

Tokenise = Callable[[str, bool], Tokens]
"""(text, whether to parse turn markers in it) -> tokens."""

READ: tuple[Role, Role] = ("user", "assistant")
"""The roles whose turns are read.

System prompts and tool results are neither the user's nor the assistant's own words, and
are left out of the window and of its share.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTokens:
    """The tokens of a conversation, and the positions of turns and probe texts in them."""

    turns: Tokens
    """The conversation with its turn markers."""

    suffix: Tokens
    """The probe texts that follow the conversation."""

    user: tuple[Span, ...]
    """The text of the user's turns, without markers."""

    assistant: tuple[Span, ...]
    last_assistant: tuple[Span, ...]
    """The assistant's last turn; empty if there is none."""

    probe_positions: tuple[int, ...]
    """Positions in `turns + suffix` of the last token of each probe text."""

    window: Window


class PromptLayout:
    """Converts turns to tokens; the only source of turn markers in a prompt."""

    def __init__(self, reading: Reading, size: int, tokenise: Tokenise) -> None:
        """Args:
        reading: the sheet's rule for system prompt, window and probe texts.
        size: tokens of a conversation that are read.
        tokenise: the model's tokeniser.
        """
        self.prefix = tokenise(f"<|im_start|>system\n{reading.system}<|im_end|>\n", True)
        self._tokenise = tokenise
        self._size = size
        self._rule = reading.window
        self._gap = tokenise(reading.window.gap, False)
        self._turn_start = {role: tokenise(f"<|im_start|>{role}\n", True) for role in READ}
        self._turn_end = tokenise("<|im_end|>\n", True)
        first, *rest = reading.taps
        self._probe_texts = (
            tokenise(f"<|im_start|>user\n{first}", True),
            *(tokenise(text, False) for text in rest),
        )

    def lay_out(self, turns: Sequence[Turn]) -> PromptTokens:
        """Convert a conversation to tokens. Turn markers in its text are not parsed."""
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
            tokens += self._turn_start[role]
            spans[role].append((len(tokens), len(tokens) + len(text)))
            tokens += text
            tokens += self._turn_end
        suffix: list[int] = []
        probe_positions = []
        for probe_text in self._probe_texts:
            suffix += probe_text
            probe_positions.append(len(tokens) + len(suffix) - 1)
        return PromptTokens(
            turns=tuple(tokens),
            suffix=tuple(suffix),
            user=tuple(spans["user"]),
            assistant=tuple(spans["assistant"]),
            last_assistant=tuple(spans["assistant"][-1:]),
            probe_positions=tuple(probe_positions),
            window=window,
        )


def _is_read(turn: Turn) -> bool:
    return turn.role in READ and bool(turn.text)


def pool_hidden_states(
    states: Mapping[int, NDArray[np.float32]],
    prompt: PromptTokens,
    layers: Sequence[int],
    width: int,
) -> NDArray[np.float32]:
    """Pool hidden states to features.

    Args:
        states: layer -> hidden states [tokens, width]; layers may be missing.
        prompt: the tokens to which the states belong.
        layers: layers of the result, in order.
        width: dimensions of a hidden state.

    Returns:
        Features [layers, 3 + number of probe texts, width]: the means over the user's
        tokens, the assistant's tokens and the assistant's last turn, then the state at each
        probe position. Missing layers are zero.
    """
    features = np.zeros((len(layers), 3 + len(prompt.probe_positions), width), dtype=np.float32)
    for index, layer in enumerate(layers):
        if layer in states:
            rows = states[layer]
            features[index, 0] = _mean(rows, prompt.user)
            features[index, 1] = _mean(rows, prompt.assistant)
            features[index, 2] = _mean(rows, prompt.last_assistant)
            features[index, 3:] = rows[list(prompt.probe_positions)]
    return features


def _mean(rows: NDArray[np.float32], spans: Sequence[Span]) -> NDArray[Any]:
    """Mean over the tokens of all spans; zeros if there are none."""
    selected = [rows[start:end] for start, end in spans if end > start]
    return (
        np.concatenate(selected).mean(0) if selected else np.zeros(rows.shape[1], dtype=np.float32)
    )
