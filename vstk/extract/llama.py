"""llama.cpp through its low-level interface: a model that is read and never writes.

The only import of llama_cpp. There is no sampler here and no way to get a
generated token out: hidden states on the way up, and the scores of tokens that
the caller names. Nothing is printed, and text inside a conversation is never
parsed for special tokens.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vstk.errors import ModelUnverified
from vstk.extract.window import Tokens

MARKERS = ("<|im_start|>", "<|im_end|>")
"""ChatML, which every manifest so far states as its chat template."""

BATCH = 512
"""Tokens a call; more gains nothing on a CPU."""


class Llama:
    """One context over one file of weights. Not safe to share between threads."""

    def __init__(self, weights: Path, *, cells: int, sequences: int = 1, threads: int = 1) -> None:
        """Load weights; the caller has verified them.

        Args:
            weights: a GGUF file.
            cells: tokens of KV cache, for the trunk and all its branches.
            sequences: the trunk, a stem, and as many branches as run at once.
            threads: one, unless the machine is idle: workers scale better.

        Raises:
            ModelUnverified: llama.cpp cannot load the file, or it does not know
                turn markers, or would read them inside a log's text.
        """
        self._lib, self._base = lib, base = _library()
        self._model = lib.llama_model_load_from_file(
            str(weights).encode(), lib.llama_model_default_params()
        )
        if not self._model:
            raise ModelUnverified(
                f"llama.cpp cannot load '{weights.name}'.",
                remedy="check it with `vstk models verify`, or pull it again.",
            )
        self.width = int(lib.llama_model_n_embd(self._model))
        self.layers = int(lib.llama_model_n_layer(self._model))
        self._vocab = lib.llama_model_get_vocab(self._model)
        self._taps: dict[bytes, int] = {}
        self._last: int | None = None
        self._states: dict[int, list[NDArray[np.float32]]] = {}
        self._refuse_leaky_markers(weights.name)

        parameters = lib.llama_context_default_params()
        parameters.n_ctx = cells
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_seq_max = sequences
        parameters.kv_unified = True
        parameters.n_threads = parameters.n_threads_batch = threads
        # Kept here because it must outlive the context.
        self._callback = lib.ggml_backend_sched_eval_callback(self._on_tensor)
        parameters.cb_eval = self._callback
        self._tensor_name = base.ggml_get_name
        self._tensor_bytes = base.ggml_nbytes
        self._tensor_get = base.ggml_backend_tensor_get
        self._context = lib.llama_init_from_model(self._model, parameters)
        if not self._context:
            raise ModelUnverified(
                f"There is no room for a context of {cells} tokens.",
                remedy="free some memory, or make `extract.window` smaller.",
            )
        self._memory = lib.llama_get_memory(self._context)
        self._sequences = sequences
        self._prefix = 0
        self._end = 0

    def close(self) -> None:
        """Give the memory back."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = self._model = None

    def tokens(self, text: str, markers: bool = False) -> Tokens:
        """Text to tokens. `markers` is for our own words only, never for a log's."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        held = (ctypes.c_int32 * room)()
        count = self._lib.llama_tokenize(self._vocab, data, len(data), held, room, False, markers)
        if count < 0:  # more tokens than bytes: some tokenisers write a token for nothing
            room = -count
            held = (ctypes.c_int32 * room)()
            count = self._lib.llama_tokenize(
                self._vocab, data, len(data), held, room, False, markers
            )
        return tuple(held[:count])

    def begin(self, prefix: Tokens) -> None:
        """Evaluate what every conversation starts with: once, through all layers."""
        self._lib.llama_memory_clear(self._memory, False)
        self._prefix = self._end = 0
        self.read(prefix)
        self._prefix = self._end

    def read(
        self, tokens: Tokens, *, layers: Sequence[int] = (), through: bool = True
    ) -> dict[int, NDArray[np.float32]]:
        """Evaluate a trunk after the prefix, in place of the one before it.

        Args:
            tokens: at least one.
            layers: after how many layers hidden states are wanted.
            through: whether the layers above the last of these run too, which
                branches need. Without them most of the work is saved.

        Returns:
            Hidden states [tokens, width] by count of layers.
        """
        self.forget(0)
        self._taps = {f"l_out-{layer - 1}".encode(): layer for layer in layers}
        self._last = None if through or not layers else max(layers)
        self._states = {layer: [] for layer in layers}
        # The last layer computes only the rows whose logits are wanted.
        every_row = self.layers in layers
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            rows = range(len(part)) if every_row else [len(part) - 1]
            self._decode([(token, self._end + i, 0) for i, token in enumerate(part)], rows)
            self._end += len(part)
        states, self._states, self._taps, self._last = self._states, {}, {}, None
        return {layer: np.concatenate(rows) for layer, rows in states.items()}

    def forget(self, tokens: int) -> None:
        """Cut the trunk back to its first tokens, not counting the prefix."""
        self._lib.llama_memory_seq_rm(self._memory, 0, self._prefix + tokens, -1)
        self._end = min(self._end, self._prefix + tokens)

    def branch(
        self, stem: Tokens, tails: Sequence[Tokens], answers: Sequence[int]
    ) -> NDArray[np.float64]:
        """Scores of answer tokens after trunk, stem and each tail.

        The stem is evaluated once, the tails together; both share the trunk's
        cells and are gone afterwards.

        Returns:
            Logits [tails, answers].
        """
        if not stem or not all(tails):
            raise ValueError("a stem and its tails have at least one token each")
        lib, memory = self._lib, self._memory
        scores = np.empty((len(tails), len(answers)))
        start = self._end + len(stem)
        try:
            lib.llama_memory_seq_cp(memory, 0, 1, -1, -1)
            self._decode([(token, self._end + i, 1) for i, token in enumerate(stem)], ())
            for group in _groups(tails, self._sequences - 2):
                batch: list[tuple[int, int, int]] = []
                ends = []
                for sequence, index in enumerate(group, start=2):
                    lib.llama_memory_seq_cp(memory, 1, sequence, -1, -1)
                    batch += [(token, start + i, sequence) for i, token in enumerate(tails[index])]
                    ends.append(len(batch) - 1)
                self._decode(batch, ends)
                for index, end in zip(group, ends, strict=True):
                    logits = lib.llama_get_logits_ith(self._context, end)
                    scores[index] = [logits[answer] for answer in answers]
                for sequence in range(2, 2 + len(group)):
                    lib.llama_memory_seq_rm(memory, sequence, -1, -1)
        finally:  # a branch that failed must not take cells from the next conversation
            for sequence in range(1, self._sequences):
                lib.llama_memory_seq_rm(memory, sequence, -1, -1)
        return scores

    def _decode(self, tokens: Sequence[tuple[int, int, int]], wanted: Sequence[int]) -> None:
        """Evaluate (token, position, sequence); logits are kept for `wanted`."""
        batch = self._lib.llama_batch_init(len(tokens), 0, 1)
        try:
            for index, (token, position, sequence) in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = position
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = sequence
                batch.logits[index] = 0
            for index in wanted:
                batch.logits[index] = 1
            batch.n_tokens = len(tokens)
            code = self._lib.llama_decode(self._context, batch)
        finally:
            self._lib.llama_batch_free(batch)
        if code != 0:
            raise RuntimeError(f"llama_decode returned {code} for {len(tokens)} tokens")

    def _on_tensor(self, tensor: int, is_question: bool, _: int) -> bool:
        """Called by llama.cpp at every tensor: wanted? and then: here it is, go on?"""
        name = self._tensor_name(tensor)
        layer = self._taps.get(name)
        if is_question or layer is None:
            return layer is not None or not is_question
        rows = np.empty(self._tensor_bytes(tensor) // 4, dtype=np.float32)
        self._tensor_get(tensor, rows.ctypes.data, 0, rows.nbytes)
        self._states[layer].append(rows.reshape(-1, self.width))
        return layer != self._last

    def _refuse_leaky_markers(self, name: str) -> None:
        """Turn markers must be one token each, and never come out of a log's text."""
        for marker in MARKERS:
            meant = self.tokens(marker, True)
            if len(meant) != 1 or meant[0] in self.tokens(f"a {marker} b"):
                raise ModelUnverified(
                    f"'{name}' has no turn markers of its own ({marker}).",
                    remedy="use weights with the ChatML template; `vstk models list` names some.",
                )


def _groups(tails: Sequence[Tokens], most: int) -> list[list[int]]:
    """Indices of tails that fit into one call together."""
    groups: list[list[int]] = []
    held = 0
    for index, tail in enumerate(tails):
        if not groups or len(groups[-1]) == most or held + len(tail) > BATCH:
            groups.append([])
            held = 0
        groups[-1].append(index)
        held += len(tail)
    return groups


_LOADED: list[Any] = []


def _library() -> tuple[Any, Any]:
    """llama_cpp with its log switched off, and the ggml below it."""
    if not _LOADED:
        import llama_cpp
        from llama_cpp._ctypes_extensions import load_shared_library

        # llama.cpp writes to standard error by default. Nothing here may: what it
        # says can quote what it reads.
        silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        base = load_shared_library("ggml-base", Path(llama_cpp.__file__).parent / "lib")
        base.ggml_get_name.restype = ctypes.c_char_p
        base.ggml_get_name.argtypes = [ctypes.c_void_p]
        base.ggml_nbytes.restype = ctypes.c_size_t
        base.ggml_nbytes.argtypes = [ctypes.c_void_p]
        base.ggml_backend_tensor_get.restype = None
        base.ggml_backend_tensor_get.argtypes = [
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_size_t,
            ctypes.c_size_t,
        ]
        _LOADED.extend([llama_cpp, base, silent])
    return _LOADED[0], _LOADED[1]
