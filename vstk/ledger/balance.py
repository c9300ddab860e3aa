"""What a dataset has spent, and the limits that its entries set: a pure function of them.

The first entry of a dataset fixes its unit of privacy, the cap of rho and the cap of delta.
Later entries can lower the caps. Only an approval raises them, or admits another unit,
whose losses are then added up apart: losses of different units are different quantities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from vstk.ledger import approval
from vstk.ledger.entries import Entry, amount, exact

ANY_UNIT = None
"""Entries of the first version do not say their unit, and count for every unit."""


@dataclass(slots=True)
class Account:
    """The limits and the losses of one unit of a dataset."""

    cap: int | None = None
    """Cap of rho, in ledger units; `None` before the first entry."""

    delta_cap: Decimal | None = None
    spent: int = 0
    delta: Decimal = Decimal(0)


@dataclass(slots=True)
class Balance:
    """What the entries of one dataset amount to."""

    accounts: dict[str | None, Account] = field(default_factory=dict)
    approvals: list[approval.Approval] = field(default_factory=list)
    approvers: tuple[str, ...] = ()
    """Public keys that the first entry names; only their approvals count. If it names none,
    the key of the first approval is the only one."""

    opened: bool = False
    """Whether anything was ever reserved."""

    def account(self, unit: str) -> Account:
        """Limits and losses that apply to a unit, those of the first version included."""
        old, own = self.accounts.get(ANY_UNIT), self.accounts.get(unit)
        if old is None:
            return own or Account()
        if own is None:
            return Account(old.cap, old.delta_cap, old.spent, old.delta)
        return Account(own.cap, own.delta_cap, own.spent + old.spent, _sum(own.delta, old.delta))

    def admits(self, unit: str) -> bool:
        """Whether the dataset has this unit, or none yet."""
        units = set(self.accounts) - {ANY_UNIT}
        return not units or unit in units

    def accepts(self, key: str) -> bool:
        """Whether an approval with this public key counts for the dataset."""
        return not self.approvers or key in self.approvers

    def add(self, entry: Entry) -> bool:
        """Add the next entry; returns whether the entries before it allow it."""
        if entry.kind == "reserved":
            return self._reserve(entry)
        if entry.kind == "declined":
            account = self.accounts[entry.unit]
            account.spent -= exact(entry.rho)
            account.delta = _sum(account.delta, -Decimal(entry.delta))
            return account.spent >= 0
        return entry.kind == "released" or self._approve(entry)

    def _reserve(self, entry: Entry) -> bool:
        cap, delta_cap = exact(entry.cap), Decimal(entry.delta_cap or 1)
        allowed, unit = True, entry.unit
        if unit is not None:  # not `ANY_UNIT`
            allowed, before = self.admits(unit), self.account(unit)
            allowed &= before.cap is None or cap <= before.cap
            allowed &= before.delta_cap is None or delta_cap <= before.delta_cap
        if not self.opened and not self.approvers:
            self.approvers = approval.approvers_of(entry.document)
        self.opened = True
        account = self.accounts.setdefault(unit, Account())
        account.spent += exact(entry.rho)
        account.delta = _sum(account.delta, Decimal(entry.delta))
        if unit is None:
            # The first version let every policy state its own cap; the lowest one stands.
            account.cap = cap if account.cap is None else min(account.cap, cap)
            return account.spent <= cap
        account.cap, account.delta_cap = cap, delta_cap
        now = self.account(unit)
        return allowed and now.spent <= cap and now.delta <= delta_cap

    def _approve(self, entry: Entry) -> bool:
        found = approval.read(entry.document)
        if found is None or entry.unit is None or not self.accepts(found.public_key):
            return False
        self.approvals.append(found)
        self.approvers = self.approvers or (found.public_key,)
        account = self.accounts.setdefault(entry.unit, Account())
        account.cap, account.delta_cap = exact(entry.cap), Decimal(entry.delta_cap or 0)
        return (
            (found.dataset, found.unit, found.policy_hash)
            == (entry.dataset, entry.unit, entry.policy_hash)
            and (exact(found.cap), found.delta_cap) == (account.cap, account.delta_cap)
            and found.after == entry.previous
        )


def balance(entries: Iterable[Entry]) -> Balance:
    """What the entries of one dataset amount to."""
    found = Balance()
    for entry in entries:
        found.add(entry)
    return found


def left(account: Account, cap: int) -> Decimal:
    """The rho that an account may still spend under a policy's cap; at least zero."""
    most = cap if account.cap is None else min(cap, account.cap)
    return amount(max(most - account.spent, 0))


def _sum(one: Decimal, other: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 100
        return one + other
