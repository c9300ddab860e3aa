"""Streams of bytes that are decoded or unpacked while they are read."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from importlib.util import find_spec
from typing import Any

CHUNK = 64 * 1024

DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
CAN_UNZSTD = find_spec("zstandard") is not None
if CAN_UNZSTD:
    from zstandard import ZstdError

    DAMAGE = (*DAMAGE, ZstdError)


def wide_encoding(start: bytes) -> str:
    """The name of a wide encoding, from the first four bytes; empty for UTF-8."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(start) == 4 and start[0] and start[2] and not start[1] and not start[3]:
        return "utf-16-le"
    if len(start) == 4 and start[1] and start[3] and not start[0] and not start[2]:
        return "utf-16-be"
    return ""


class Recoded(io.RawIOBase):
    """A stream of UTF-16 as one of UTF-8."""

    def __init__(self, stream: io.BufferedIOBase, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with UTF-8."""
        while not self._rest:
            more = self._stream.read1(CHUNK)
            self._rest = self._decoder.decode(more, final=not more).encode("utf-8", "replace")
            if not more:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _zstd_frame() -> Any:
    from zstandard import ZstdDecompressor

    return ZstdDecompressor().decompressobj()


class Unzstd(io.RawIOBase):
    """A stream that is packed with zstd, in one frame or several.

    The library's own stream ends without a word where the file is cut off.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._frame = _zstd_frame()
        self._begun = False
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with unpacked bytes."""
        while not self._rest:
            more = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._begun = _zstd_frame(), False
            if not (more := more or self._stream.read1(CHUNK)):
                if self._begun:
                    raise EOFError
                return 0
            self._begun = True
            self._rest = self._frame.decompress(more)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
