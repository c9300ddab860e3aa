"""Approve a policy's limits for a dataset, as a second person with a key."""

from __future__ import annotations

from pathlib import Path

from vstk.errors import InputUnreadable
from vstk.ledger import Entry
from vstk.pipeline.workdir import open_ledger
from vstk.policy import Policy
from vstk.release import signature


def approve(dataset: str, policy: Policy, *, reason: str, key: Path) -> Entry:
    """Record the approval in this machine's ledger; returns its entry.

    Args:
        dataset: whose limits change; it need not exist yet.
        policy: its caps and its unit are approved.
        reason: at least ten characters.
        key: the approver's private key.

    Raises:
        ApprovalRequired: the dataset does not accept this key.
        InputUnreadable: the reason is too short, or the key cannot be read.
    """
    if len(reason.strip()) < 10:
        raise InputUnreadable(
            "The reason is too short.", remedy="say in a sentence why the limits change."
        )
    privacy = policy.privacy
    return open_ledger().approve(
        dataset,
        unit=privacy.unit_key,
        cap=privacy.rho_cap,
        delta_cap=privacy.total_delta_cap,
        policy_hash=policy.hash,
        reason=reason.strip(),
        key=signature.private_key(key),
    )
