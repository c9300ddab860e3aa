"""The key of encrypted labels: from a file, from the environment, or typed in a terminal."""

from __future__ import annotations

import getpass
import os
import re
import sys
from pathlib import Path

from vstk.errors import InputUnreadable, PolicyInvalid
from vstk.policy import StoreRules
from vstk.store import encryption

KEY_FILE, KEY = "VSTK_STORE_KEY_FILE", "VSTK_STORE_KEY"
"""Environment variables: a file that holds the key, and the key itself."""

_RAW = re.compile(r"[0-9a-fA-F]{64}")
_SHORTEST = 12
"""Characters of a passphrase."""

_typed: dict[Path, str] = {}
"""Keys typed in this process, so that a command asks once for each store."""


def store_key(database: Path, rules: StoreRules | None = None) -> str | None:
    """The key of a store; `None` if the store is not encrypted.

    Args:
        database: the file of the store; may be absent.
        rules: the policy's; without them an absent store needs no key.

    Returns:
        64 hexadecimal digits, or a passphrase.

    Raises:
        PolicyInvalid: the policy requires encryption, and the store has none.
        InputUnreadable: there is no key, or it is not usable.
    """
    required = rules is not None and rules.encryption == "required"
    found = encryption.state(database)
    if found == "plain" and required:
        raise PolicyInvalid(
            f"The policy requires encrypted labels, and '{database}' is not encrypted.",
            remedy="give another folder with --work, or delete this file and audit again.",
        )
    if found == "plain" or (found == "absent" and not required):
        return None
    if file := os.environ.get(KEY_FILE):
        return _checked(_read(Path(file)), f"The key in '{file}'")
    if key := os.environ.get(KEY):
        return _checked(key, f"The key in ${KEY}")
    if database not in _typed:
        _typed[database] = _ask(database, twice=found == "absent")
    return _typed[database]


def _read(file: Path) -> str:
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise InputUnreadable(
                f"The key file '{file}' can be read by other users.",
                remedy=f"run `chmod 600 {file}`.",
            )
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise InputUnreadable(
            f"The key file '{file}' cannot be read ({error.strerror}).",
            remedy=f"set ${KEY_FILE} to a file that you can read.",
        ) from None
    except UnicodeDecodeError:
        raise InputUnreadable(
            f"The key file '{file}' is not text.",
            remedy="write a new key with `openssl rand -hex 32`.",
        ) from None


def _ask(database: Path, *, twice: bool) -> str:
    if not sys.stdin.isatty():
        raise InputUnreadable(
            f"The labels in '{database}' "
            + ("must be encrypted" if twice else "are encrypted, or the file is not a vstk store")
            + ", and no key was given.",
            remedy=f"set ${KEY_FILE} to a file that holds the key, or ${KEY} to the key.",
        )
    key = _checked(getpass.getpass(f"Key of the labels in '{database.parent}': "), "The key")
    if twice and getpass.getpass("The same key again: ") != key:
        raise InputUnreadable("The two keys differ.", remedy="run the command again.")
    return key


def _checked(key: str, what: str) -> str:
    if len(key) < _SHORTEST or not key.isprintable():
        raise InputUnreadable(
            f"{what} has fewer than {_SHORTEST} characters, or characters that cannot be printed.",
            remedy="use 64 hexadecimal digits, as `openssl rand -hex 32` writes them, or a long "
            "passphrase on one line.",
        )
    return key.lower() if _RAW.fullmatch(key) else key
