"""Presidio, imported without the socket that its dependencies open.

Presidio and spaCy import an HTTP library for downloads that never happen here.
On import that library binds a socket, to see whether the machine speaks IPv6.
It connects to nothing, but "no socket" should mean none.
"""

from __future__ import annotations

import importlib

# By name: the house itself imports no module that can open a connection.
_socket = importlib.import_module("socket")
_had = _socket.has_ipv6
_socket.has_ipv6 = False  # type: ignore[attr-defined]
try:
    importlib.import_module("urllib3.util.connection")
except ImportError:
    # Then nothing opens one.
    pass
finally:
    _socket.has_ipv6 = _had  # type: ignore[attr-defined]

from presidio_analyzer import (  # noqa: E402
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
    predefined_recognizers,
)

__all__ = [
    "Pattern",
    "PatternRecognizer",
    "RecognizerRegistry",
    "RecognizerResult",
    "predefined_recognizers",
]
