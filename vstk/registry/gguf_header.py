"""Read the metadata of a GGUF file: architecture, layers, context length, chat template."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

from vstk.errors import ModelUnverified

_SCALARS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
"""Type number in the file -> format of `struct`."""

_STRING, _ARRAY = 8, 9
_LONGEST_TEXT = 1 << 24


def read_gguf_header(file: Path) -> dict[str, Any]:
    """The metadata of a GGUF file by key, without those that are arrays.

    Written here because the gguf package makes an object of each of the 100,000 tokens of
    a vocabulary, which takes minutes; this skips them.

    Raises:
        ModelUnverified: there is no such file, or it is not a complete GGUF file.

    Source:
        https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    facts: dict[str, Any] = {}
    try:
        with file.open("rb") as stream:
            if stream.read(4) != b"GGUF" or _number(stream, "I") not in (2, 3):
                raise ValueError("not a GGUF of a known version")
            _number(stream, "Q")  # number of tensors
            for _ in range(_number(stream, "Q")):
                name = _text(stream)
                kind = _number(stream, "I")
                if kind == _ARRAY:
                    _skip_array(stream)
                else:
                    facts[name] = _text(stream) if kind == _STRING else _scalar(stream, kind)
    except FileNotFoundError:
        raise ModelUnverified(
            f"There is no file '{file}'.", remedy="give the path of a GGUF file."
        ) from None
    except (OSError, ValueError, KeyError, OverflowError, RecursionError, struct.error):
        raise ModelUnverified(
            f"'{file.name}' is not a GGUF file, or is not complete.",
            remedy="give a GGUF file; llama.cpp's convert_hf_to_gguf.py makes one.",
        ) from None
    return facts


def _number(stream: BinaryIO, form: str) -> int:
    value: int = struct.unpack("<" + form, stream.read(struct.calcsize("<" + form)))[0]
    return value


def _scalar(stream: BinaryIO, kind: int) -> int:
    return _number(stream, _SCALARS[kind])


def _text(stream: BinaryIO) -> str:
    length = _number(stream, "Q")
    if length > _LONGEST_TEXT:
        raise ValueError("a text of impossible length")
    return stream.read(length).decode("utf-8", errors="replace")


def _skip_array(stream: BinaryIO) -> None:
    kind, length = _number(stream, "I"), _number(stream, "Q")
    if kind == _STRING:
        for _ in range(length):
            stream.seek(_number(stream, "Q"), os.SEEK_CUR)
    elif kind == _ARRAY:
        for _ in range(length):
            _skip_array(stream)
    else:
        stream.seek(length * struct.calcsize("<" + _SCALARS[kind]), os.SEEK_CUR)
