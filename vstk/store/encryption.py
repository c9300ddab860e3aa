"""Encrypted stores: SQLCipher in place of SQLite, through the optional package sqlcipher3."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any, Literal

from vstk.errors import OutputUnwritable

State = Literal["absent", "plain", "encrypted"]

_PLAIN_HEADER = b"SQLite format 3\0"
_RAW_KEY = re.compile(r"[0-9a-fA-F]{64}")


def state(path: Path) -> State:
    """Whether a store exists and is encrypted.

    Every file that does not begin as SQLite's do counts as encrypted, because the content
    of an encrypted store cannot be told from random bytes.

    Raises:
        OutputUnwritable: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(len(_PLAIN_HEADER))
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        raise OutputUnwritable(
            f"'{path}' cannot be read ({error.strerror}).",
            remedy="check the permissions of the file and of its folder.",
        ) from None
    if not header:
        return "absent"
    return "plain" if header == _PLAIN_HEADER else "encrypted"


def installed() -> bool:
    """Whether the package that reads and writes encrypted stores is installed."""
    return importlib.util.find_spec("sqlcipher3") is not None


def connect(path: Path, key: str) -> Any:
    """Open an encrypted database; a wrong key shows when the first statement runs.

    Args:
        path: the file; created if it is absent.
        key: 64 hexadecimal digits are the key itself; from any other text the key is
            derived (PBKDF2-HMAC-SHA512 with 256,000 rounds and a random salt in the file).

    Returns:
        A connection as of `sqlite3`; pages are encrypted with AES-256 and authenticated
        with HMAC-SHA512, in the journal as well. Temporary tables stay in memory.

    Raises:
        OutputUnwritable: the package `sqlcipher3` is not installed.
    """
    if not installed():
        raise OutputUnwritable(
            "Encrypted labels need the package 'sqlcipher3', which is not installed.",
            remedy="run `pip install 'vstk[encryption]'`.",
        )
    dbapi2: Any = importlib.import_module("sqlcipher3.dbapi2")
    connection = dbapi2.connect(str(path))
    # A wrong key is an error of its own; SQLCipher would also print it.
    connection.execute("pragma cipher_log_level = none").fetchall()
    literal = f"x'{key}'" if _RAW_KEY.fullmatch(key) else key
    # A pragma takes no parameters.
    connection.execute('pragma key = "{}"'.format(literal.replace('"', '""')))
    return connection


def errors(name: str) -> tuple[type[Exception], ...]:
    """The exception class with this name, of `sqlite3` and, if it is in use, of SQLCipher."""
    modules = (sqlite3, sys.modules.get("sqlcipher3.dbapi2"))
    return tuple(getattr(module, name) for module in modules if module is not None)
