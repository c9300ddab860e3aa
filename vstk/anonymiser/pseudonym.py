"""Pseudonyms: keyed hashes (BLAKE2b) that replace the ids of users and conversations.

Whoever has the key can test whether a hash belongs to a given id, so the key stays on the
machine that holds the logs, in a file that only its owner can read. Without the key a
hash cannot be compared with a list of account names.

Ids are hashed in one canonical form, because logs write the id of one person in several
ways: `Anna@example.org`, `anna@example.org ` and `mailto:anna@example.org` are one person.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import unicodedata
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


def canonical_id(text: str, *, case_sensitive: bool = False) -> str:
    """The form in which ids of persons are compared; empty for an id without any content.

    The form is Unicode NFKC without white space, control characters, invisible format
    characters (such as zero-width spaces) and a leading `mailto:`.

    Args:
        text: an id as a log has it.
        case_sensitive: whether `A` and `a` are different ids. Otherwise case is folded.
    """
    found = unicodedata.normalize("NFKC", text)
    if not case_sensitive:
        # Case folding can undo the normalisation of a few characters.
        found = unicodedata.normalize("NFKC", found.casefold())
    visible = "".join(
        c for c in found if not c.isspace() and unicodedata.category(c) not in _INVISIBLE
    )
    return visible[len(_MAILTO) :] if visible[: len(_MAILTO)].lower() == _MAILTO else visible


_INVISIBLE = frozenset({"Cc", "Cf"})
_MAILTO = "mailto:"


def pseudonyms(key: bytes, conversation: Identified, *, case_sensitive: bool = False) -> Pseudonyms:
    """Hash the ids of a conversation and of its user.

    A conversation without a user id is its own unit of privacy. The conversation's hash
    includes the user id, because two users may have conversations with the same id.

    Args:
        key: secret of the hashes, 32 bytes.
        conversation: its user id is hashed in its canonical form.
        case_sensitive: passed to `canonical_id`.
    """
    person = canonical_id(conversation.user or "", case_sensitive=case_sensitive)
    if not person:
        # Canonical ids have no control character, so this cannot be the id of a person.
        person = f"\0{conversation.id}"
    return Pseudonyms(
        unit_id=keyed_hash(key, "unit", person),
        key=keyed_hash(key, "conversation", f"{len(person)} {person} {conversation.id}"),
    )
