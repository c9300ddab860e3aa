"""What a reservation may not do: exceed a cap, or change one without a second person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from vstk.errors import BudgetExhausted
from vstk.ledger.balance import Account, Balance, balance, left
from vstk.ledger.charge import Charge
from vstk.ledger.entries import ApprovalRequired, Entry, amount, exact
from vstk.ledger.population import Population, canonical_name


def labels_hash(nonce: str, labels: str) -> str:
    """A hash of the fingerprint of labels that says nothing without the nonce."""
    return hashlib.sha256(f"{nonce}{labels}".encode()).hexdigest()


def check(asked: Charge, own: Balance, others: Mapping[str, Iterable[Entry]]) -> None:
    """Refuse a charge that the ledger does not allow.

    Args:
        asked: the charge.
        own: what the dataset has spent, and its limits.
        others: the entries of every other dataset.

    Raises:
        ApprovalRequired: it raises a limit, changes the unit, or opens a second budget
            for people who have one.
        BudgetExhausted: it exceeds a cap.
    """
    if not own.opened:
        _check_names(asked.dataset, own, others)
    if asked.population is not None:
        _check_populations(asked.dataset, asked.population, own, others)
    account = _check_limits(asked, own)
    available = left(account, exact(asked.cap))
    if amount(exact(asked.rho)) > available:
        raise BudgetExhausted.for_dataset(
            asked.dataset, asked=amount(exact(asked.rho)), left=available
        )
    if account.delta + asked.delta > asked.delta_cap:
        raise BudgetExhausted(
            f"This release needs delta = {asked.delta:f} to find new values; dataset "
            f"'{asked.dataset}' has {asked.delta_cap - account.delta:f} left of "
            f"{asked.delta_cap:f}.",
            remedy="remove the table `new_values` from the policy, or publish an earlier release "
            f"again (`vstk ledger show {asked.dataset}` lists them).",
        )


def _check_names(dataset: str, own: Balance, others: Mapping[str, Iterable[Entry]]) -> None:
    """Refuse a new dataset whose name is nearly that of another.

    Raises:
        ApprovalRequired: the names differ in case, spaces or punctuation alone.
    """
    for name, entries in others.items():
        if canonical_name(name) == canonical_name(dataset) and not _shared(own, balance(entries)):
            raise ApprovalRequired(
                f"There is no dataset '{dataset}' in the ledger, but a dataset '{name}'.",
                remedy=f"use --dataset '{name}' for the same people. {_how(dataset)}",
            )


def _check_populations(
    dataset: str, population: Population, own: Balance, others: Mapping[str, Iterable[Entry]]
) -> None:
    """Refuse to charge the budget of one dataset for the people of another.

    Raises:
        ApprovalRequired: half of the people or more are in both.
    """
    for name, entries in others.items():
        found = tuple(entries)
        if any(population.is_nearly(one) for one in _populations(found)) and not _shared(
            own, balance(found)
        ):
            raise ApprovalRequired(
                f"At least half of these people, or of those of dataset '{name}', are in both: "
                f"'{dataset}' would be a second budget for the same people.",
                remedy=f"use --dataset '{name}'. {_how(dataset)}",
            )


def _check_limits(asked: Charge, own: Balance) -> Account:
    """Refuse a policy that raises a limit of the dataset; returns the unit's account.

    Raises:
        ApprovalRequired: the policy has a higher cap, or another unit of privacy.
    """
    if not own.admits(asked.unit):
        known = ", ".join(sorted(name for name in own.accounts if name is not None))
        raise ApprovalRequired(
            f"The policy's unit of privacy is '{asked.unit}', and that of dataset "
            f"'{asked.dataset}' is '{known}'. Losses of different units cannot be added up.",
            remedy=f"use a policy with the same unit. {_how(asked.dataset)}",
        )
    account = own.account(asked.unit)
    cap = None if account.cap is None else amount(account.cap)
    for key, wanted, stands in (
        ("rho_cap", amount(exact(asked.cap)), cap),
        ("delta_cap", asked.delta_cap, account.delta_cap),
    ):
        if stands is not None and wanted > stands:
            raise ApprovalRequired(
                f"The policy's `{key}` is {wanted:f}, but dataset '{asked.dataset}' was opened, "
                f"or later limited, with {stands:f}. A policy can lower this limit, not raise it.",
                remedy=f"set `privacy.{key}` to at most {stands:f}. {_how(asked.dataset)}",
            )
    return account


def _shared(own: Balance, other: Balance) -> bool:
    """Whether somebody who may approve for each of two datasets approved one of them."""
    return any(
        own.accepts(one.public_key) and other.accepts(one.public_key)
        for one in (*own.approvals, *other.approvals)
    )


def _populations(entries: Iterable[Entry]) -> Iterable[Population]:
    for entry in entries:
        if entry.kind == "reserved" and entry.document is not None:
            fields = json.loads(entry.document)["population"]
            if fields:
                yield Population.from_json(fields)


def _how(dataset: str) -> str:
    return (
        "If a second person agrees to the larger loss, that person signs it: "
        f"`vstk ledger approve {dataset} --policy POLICY --reason TEXT --key FILE`."
    )
