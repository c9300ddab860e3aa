"""Sign a release with a key of the organisation, and verify the signature.

The signature is Ed25519 over the SHA-256 of the file, in a small JSON file beside it. It
states who vouches for the numbers; it states nothing about the ledger.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from vstk.errors import InputUnreadable, OutputUnwritable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SUFFIX = ".sig"
SCHEMA = "vstk-signature-1"
_CONTEXT = b"vstk release signature 1\n"


def new_key(path: Path) -> str:
    """Create a private key in a new file that only its owner can read.

    Returns:
        The public key, in base64.

    Raises:
        OutputUnwritable: the file exists or cannot be created.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise OutputUnwritable(
            f"The key file '{path}' cannot be created ({error.strerror}).",
            remedy="give a path where no file exists, in a folder that you may write to.",
        ) from None
    return _text(key.public_key())


def sign(release: Path, key: Path) -> Path:
    """Sign a release; returns the signature file beside it.

    Raises:
        InputUnreadable: if the release or the key cannot be read.
        OutputUnwritable: if the signature cannot be written.
    """
    private = private_key(key)
    message = _message(release)
    document = {
        "schema": SCHEMA,
        "file_sha256": hashlib.sha256(_read(release)).hexdigest(),
        "public_key": _text(private.public_key()),
        "signature": base64.b64encode(private.sign(message)).decode(),
    }
    beside = release.with_name(release.name + SUFFIX)
    try:
        beside.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(
            f"'{beside}' cannot be written ({error.strerror}).",
            remedy="sign a copy of the release in a folder that you may write to.",
        ) from None
    return beside


def private_key(key: Path) -> Ed25519PrivateKey:
    """The private key in a file.

    Raises:
        InputUnreadable: if there is none, or it cannot be read.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        private = serialization.load_pem_private_key(_read(key), password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise InputUnreadable(
            f"'{key}' holds no Ed25519 private key without a password.",
            remedy="give the key file that was made for signing releases.",
        )
    return private


def verify(release: Path, public_key: str) -> None:
    """Check that a release is the one that the holder of a key signed.

    Args:
        public_key: the key that `new_key` returned, obtained from the signer and not
            with the release: the key inside the signature file proves nothing.

    Raises:
        InputUnreadable: the release was changed or signed with another key, or there is
            no signature.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    beside = release.with_name(release.name + SUFFIX)
    try:
        document = json.loads(_read(beside))
        signed = base64.b64decode(document["signature"], validate=True)
        known = document["schema"] == SCHEMA
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise InputUnreadable(
            f"'{beside}' is not a signature of a release.",
            remedy="give the `.sig` file that came with the release.",
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except ValueError:
        raise InputUnreadable(
            "Not a valid Ed25519 public key.",
            remedy="give the 44 characters that the signer published as their public key.",
        ) from None
    try:
        key.verify(signed, _message(release))
    except InvalidSignature:
        raise InputUnreadable(
            f"'{release}' is not what the holder of this key signed.",
            remedy="ask the signer for the release and its signature again, and do not use the "
            "numbers of this one.",
        ) from None


def _message(release: Path) -> bytes:
    # The context string prevents a signature made for another purpose from being used here.
    return _CONTEXT + hashlib.sha256(_read(release)).digest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputUnreadable(
            f"'{path}' cannot be read ({error.strerror}).", remedy="check the path."
        ) from None


def _text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()
