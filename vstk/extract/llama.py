"""Reads hidden states and token scores from llama.cpp, through its low-level interface.

This is the only module that imports llama_cpp. It contains no sampler and cannot generate
text: it returns hidden states of layers, and logits of tokens that the caller names. It
prints nothing, and special tokens in the text of a conversation are not parsed.
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
"""Turn markers of the ChatML template, which all supported models use."""

BATCH = 512
"""Tokens per call of `llama_decode`; larger batches are not faster on a CPU."""


class Llama:
    """One model and its context. Not thread-safe."""

    def __init__(self, weights: Path, *, cells: int, sequences: int = 1, threads: int = 1) -> None:
        """Load weights that the caller has verified.

        Args:
            weights: a GGUF file.
            cells: size of the KV cache in tokens, for the conversation and all questions.
            sequences: sequences in the KV cache: one for the conversation, one for the
                shared part of a question, and one for each continuation evaluated at once.
            threads: more than one only pays if no other worker processes run.

        Raises:
            ModelUnverified: llama.cpp cannot load the file, the vocabulary has no turn
                markers, it parses markers in a log's text, or memory is insufficient.
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
        self._layer_of_tensor: dict[bytes, int] = {}
        self._stop_after: int | None = None
        self._states: dict[int, list[NDArray[np.float32]]] = {}
        self._check_turn_markers(weights.name)

        parameters = lib.llama_context_default_params()
        parameters.n_ctx = cells
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_seq_max = sequences
        parameters.kv_unified = True
        parameters.n_threads = parameters.n_threads_batch = threads
        # Stored as an attribute, because it must outlive the context.
        self._callback = lib.ggml_backend_sched_eval_callback(self._on_tensor)
        parameters.cb_eval = self._callback
        self._tensor_name = base.ggml_get_name
        self._tensor_bytes = base.ggml_nbytes
        self._tensor_get = base.ggml_backend_tensor_get
        self._context = lib.llama_init_from_model(self._model, parameters)
        if not self._context:
            raise ModelUnverified(
                f"There is not enough memory for a context of {cells} tokens.",
                remedy="free some memory, or reduce `extract.window` in the policy.",
            )
        self._memory = lib.llama_get_memory(self._context)
        self._sequences = sequences
        self._prefix_length = 0
        self._length = 0

    def close(self) -> None:
        """Free the memory of model and context."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = self._model = None

    def tokens(self, text: str, markers: bool = False) -> Tokens:
        """Tokenise a text.

        Args:
            markers: whether to parse turn markers; only for vstk's own text, never a log's.
        """
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        buffer = (ctypes.c_int32 * size)()
        count = self._lib.llama_tokenize(self._vocab, data, len(data), buffer, size, False, markers)
        if count < 0:  # some tokenisers return more tokens than there are bytes
            size = -count
            buffer = (ctypes.c_int32 * size)()
            count = self._lib.llama_tokenize(
                self._vocab, data, len(data), buffer, size, False, markers
            )
        return tuple(buffer[:count])

    def begin(self, prefix: Tokens) -> None:
        """Evaluate the system prompt, which all conversations share, and keep it in the cache."""
        self._lib.llama_memory_clear(self._memory, False)
        self._prefix_length = self._length = 0
        self.read(prefix)
        self._prefix_length = self._length

    def read(
        self, tokens: Tokens, *, layers: Sequence[int] = (), run_upper_layers: bool = True
    ) -> dict[int, NDArray[np.float32]]:
        """Evaluate a conversation after the system prompt, replacing the previous one.

        Args:
            tokens: at least one token.
            layers: layers whose output is returned, counted from 1.
            run_upper_layers: whether to run the layers above the highest of `layers`.
                `branch` needs them; leaving them out saves most of the time.

        Returns:
            Layer -> its hidden states [tokens, width].
        """
        self.forget(0)
        self._layer_of_tensor = {f"l_out-{layer - 1}".encode(): layer for layer in layers}
        self._stop_after = None if run_upper_layers or not layers else max(layers)
        self._states = {layer: [] for layer in layers}
        # The last layer only computes the rows whose logits are requested.
        all_rows = self.layers in layers
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            rows = range(len(part)) if all_rows else [len(part) - 1]
            self._decode([(token, self._length + i, 0) for i, token in enumerate(part)], rows)
            self._length += len(part)
        states, self._states = self._states, {}
        self._layer_of_tensor, self._stop_after = {}, None
        return {layer: np.concatenate(rows) for layer, rows in states.items()}

    def forget(self, tokens: int) -> None:
        """Remove all but the first `tokens` of the conversation from the cache."""
        self._lib.llama_memory_seq_rm(self._memory, 0, self._prefix_length + tokens, -1)
        self._length = min(self._length, self._prefix_length + tokens)

    def branch(
        self, question: Tokens, continuations: Sequence[Tokens], answers: Sequence[int]
    ) -> NDArray[np.float64]:
        """Logits of answer tokens after the conversation, a question and each continuation.

        The question is evaluated once and the continuations together. They share the
        cache of the conversation and are removed from it afterwards.

        Args:
            question: tokens that all continuations share; at least one.
            continuations: at least one token each.
            answers: tokens whose logits are returned.

        Returns:
            Logits [continuations, answers].
        """
        if not question or not all(continuations):
            raise ValueError("the question and each continuation need at least one token")
        lib, memory = self._lib, self._memory
        scores = np.empty((len(continuations), len(answers)))
        start = self._length + len(question)
        try:
            lib.llama_memory_seq_cp(memory, 0, 1, -1, -1)
            self._decode([(token, self._length + i, 1) for i, token in enumerate(question)], ())
            for group in _groups(continuations, self._sequences - 2):
                batch: list[tuple[int, int, int]] = []
                ends = []
                for sequence, index in enumerate(group, start=2):
                    lib.llama_memory_seq_cp(memory, 1, sequence, -1, -1)
                    batch += [
                        (token, start + i, sequence) for i, token in enumerate(continuations[index])
                    ]
                    ends.append(len(batch) - 1)
                self._decode(batch, ends)
                for index, end in zip(group, ends, strict=True):
                    logits = lib.llama_get_logits_ith(self._context, end)
                    scores[index] = [logits[answer] for answer in answers]
                for sequence in range(2, 2 + len(group)):
                    lib.llama_memory_seq_rm(memory, sequence, -1, -1)
        finally:  # also after an error, so that the next conversation has the whole cache
            for sequence in range(1, self._sequences):
                lib.llama_memory_seq_rm(memory, sequence, -1, -1)
        return scores

    def _decode(self, tokens: Sequence[tuple[int, int, int]], wanted: Sequence[int]) -> None:
        """Evaluate (token, position, sequence) triples; keep the logits of the indices `wanted`."""
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
        """Callback of llama.cpp for every tensor.

        It is called first to ask whether the tensor is wanted, and, if so, again when its
        values are available; then the result says whether to continue.
        """
        name = self._tensor_name(tensor)
        layer = self._layer_of_tensor.get(name)
        if is_question or layer is None:
            return layer is not None or not is_question
        rows = np.empty(self._tensor_bytes(tensor) // 4, dtype=np.float32)
        self._tensor_get(tensor, rows.ctypes.data, 0, rows.nbytes)
        self._states[layer].append(rows.reshape(-1, self.width))
        return layer != self._stop_after

    def _check_turn_markers(self, name: str) -> None:
        """Check that turn markers are one token each and are not parsed in a log's text."""
        for marker in MARKERS:
            parsed = self.tokens(marker, True)
            if len(parsed) != 1 or parsed[0] in self.tokens(f"a {marker} b"):
                raise ModelUnverified(
                    f"'{name}' has no separate token for the turn marker {marker}.",
                    remedy="use a model with the ChatML template; see `vstk models list`.",
                )


def _groups(continuations: Sequence[Tokens], max_sequences: int) -> list[list[int]]:
    """Group indices of continuations that fit into one call."""
    groups: list[list[int]] = []
    tokens = 0
    for index, continuation in enumerate(continuations):
        is_full = tokens + len(continuation) > BATCH
        if not groups or len(groups[-1]) == max_sequences or is_full:
            groups.append([])
            tokens = 0
        groups[-1].append(index)
        tokens += len(continuation)
    return groups


_LOADED: list[Any] = []


def _library() -> tuple[Any, Any]:
    """Load llama_cpp and ggml once, with logging switched off."""
    if not _LOADED:
        import llama_cpp
        from llama_cpp._ctypes_extensions import load_shared_library

        # By default llama.cpp logs to standard error, and its messages may quote the input.
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
