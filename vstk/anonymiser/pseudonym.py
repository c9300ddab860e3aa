"""Pseudonyms: keyed hashes (BLAKE2b) that replace the ids of users and conversations.

Whoever has the key can test whether a hash belongs to a given id, so the key stays on the
machine that holds the logs, in a file that only its owner can read. Without the key a
hash cannot be compared with a list of account names.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import write_new_private

KEY_BYTES = 32

Kind = Literal["unit", "conversation"]

_PERSON: dict[str, bytes] = {"unit": b"vstk:unit", "conversation": b"vstk:conv"}


def load_key(path: Path) -> bytes:
    """Read the 32-byte key at `path`; create it with mode 0600 if it does not exist.

    The file is created atomically, and processes that start at the same time get the
    same key.

    Raises:
        OutputUnwritable: the file cannot be created or read.
        InputUnreadable: the file does not contain 32 bytes.
    """
    try:
        if not path.exists():
            _create_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise OutputUnwritable(
            f"The key file '{path}' cannot be created or read ({error.strerror}).",
            remedy="choose a working folder in which you can write.",
        ) from None
    if len(key) != KEY_BYTES:
        raise InputUnreadable(
            f"The key file '{path}' has {len(key)} bytes, not {KEY_BYTES}.",
            remedy="restore it from a backup; with another key, ids no longer match those already "
            "stored. To begin a new audit, delete the working folder.",
        )
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process was first
        write_new_private(path, secrets.token_bytes(KEY_BYTES))


def keyed_hash(key: bytes, kind: Kind, text: str) -> str:
    """Hash a text to 32 hexadecimal digits; the hash depends on the key and the kind of id."""
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"),
        key=key,
        digest_size=16,
        person=_PERSON[kind],
    ).hexdigest()


class Pseudonyms(NamedTuple):
    """The hashes that replace a person's and a conversation's id after scrubbing."""

    unit_id: str
    key: str


class Identified(Protocol):
    """Anything with the log's ids of a conversation and its person."""

    @property
    def id(self) -> str:
        """Id of the conversation."""
        ...

    @property
    def user(self) -> str | None:
        """Id of the person; `None` where the log has none."""
        ...


def pseudonyms(key: bytes, conversation: Identified) -> Pseudonyms:
    """Hash the ids of a conversation and of its user.

    A conversation without a user id is its own unit of privacy. The conversation's hash
    includes the user id, because two users may have conversations with the same id.
    """
    person = conversation.id if conversation.user is None else conversation.user
    return Pseudonyms(
        unit_id=keyed_hash(key, "unit", person),
        key=keyed_hash(key, "conversation", f"{len(person)} {person} {conversation.id}"),
    )
