"""Approvals: signed statements by which a second person changes a dataset's limits.

A signature is Ed25519 over the statement, which names the ledger's last entry at the time,
so that an approval holds at one place in one ledger. The ledger cannot know who holds a
key. It knows only that the key is one of those that the dataset's first policy named.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_CONTEXT = b"vstk ledger approval 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What was approved, by the holder of which key."""

    dataset: str
    unit: str
    cap: Decimal
    delta_cap: Decimal
    policy_hash: str
    reason: str
    after: str
    """Hash of the ledger's last entry when the approval was given."""

    public_key: str
    """Base64."""


def sign(statement: Approval, key: Ed25519PrivateKey) -> str:
    """The signed document of an approval; its `public_key` is that of the key."""
    fields = _fields(statement) | {"public_key": public_text(key)}
    signature = base64.b64encode(key.sign(_message(fields))).decode()
    return json.dumps(fields | {"signature": signature}, sort_keys=True)


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key of a private key, in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def read(document: str | None) -> Approval | None:
    """The approval in a document; `None` if its signature does not hold."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        fields = json.loads(document or "")
        signature = base64.b64decode(fields.pop("signature"), validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(fields["public_key"]))
        key.verify(signature, _message(fields))
        return Approval(**fields | {name: Decimal(fields[name]) for name in ("cap", "delta_cap")})
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, InvalidSignature):
        return None


def approvers_of(document: str | None) -> tuple[str, ...]:
    """The public keys that a reservation's document names as approvers."""
    return tuple(json.loads(document).get("approvers", ())) if document else ()


def reserved_document(
    *, labels: str, population: dict[str, str] | None, approvers: Sequence[str]
) -> str:
    """The document of a reservation: what was labelled, of whom, and who may approve."""
    return json.dumps(
        {"labels": labels, "population": population, "approvers": sorted(approvers)},
        sort_keys=True,
    )


def _fields(statement: Approval) -> dict[str, Any]:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name in Approval.__dataclass_fields__
        for value in (getattr(statement, name),)
    }


def _message(fields: dict[str, Any]) -> bytes:
    return _CONTEXT + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
