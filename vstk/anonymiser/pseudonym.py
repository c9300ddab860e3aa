"""Ids become keyed hashes: the same person, without the person's name.

Whoever holds the key can test a guess, so the key stays on the machine that
holds the logs, in a file that only its owner reads. Without the key a hash
cannot be tested against a list of account names.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from pathlib import Path
from typing import Literal, NamedTuple

from vstk.errors import InputUnreadable, OutputUnwritable
from vstk.files import write_new_private
from vstk.types import Conversation

KEY_BYTES = 32

Kind = Literal["unit", "conversation"]

_PERSON: dict[str, bytes] = {"unit": b"vstk:unit", "conversation": b"vstk:conv"}


def load_key(path: Path) -> bytes:
    """The key at `path`, 32 bytes; made there on the first call, mode 0600.

    The file appears whole or not at all, and two processes that start together
    agree on one key.
    """
    try:
        if not path.exists():
            _create(path)
        key = path.read_bytes()
    except OSError as error:
        raise OutputUnwritable(
            f"The key file '{path}' cannot be made or read ({error.strerror}).",
            remedy="choose a working folder that you may write to.",
        ) from None
    if len(key) != KEY_BYTES:
        raise InputUnreadable(
            f"The key file '{path}' has {len(key)} bytes, not {KEY_BYTES}.",
            remedy="restore it from a copy; without it, ids no longer match those already stored. "
            "To start afresh, delete the working folder.",
        )
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process was first
        write_new_private(path, secrets.token_bytes(KEY_BYTES))


def keyed_hash(key: bytes, kind: Kind, text: str) -> str:
    """32 hex digits that stand for `text`, different for each kind and key."""
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"),
        key=key,
        digest_size=16,
        person=_PERSON[kind],
    ).hexdigest()


class Pseudonyms(NamedTuple):
    """What stands for a person and for a conversation everywhere after the scrub."""

    unit_id: str
    key: str


def pseudonyms(key: bytes, conversation: Conversation) -> Pseudonyms:
    """The keyed hashes of a conversation and of its person.

    A conversation without a person's id is a unit of its own. A log's ids of
    conversations are unique within a person at most, so both are hashed.
    """
    person = conversation.id if conversation.user is None else conversation.user
    return Pseudonyms(
        unit_id=keyed_hash(key, "unit", person),
        key=keyed_hash(key, "conversation", f"{len(person)} {person} {conversation.id}"),
    )
