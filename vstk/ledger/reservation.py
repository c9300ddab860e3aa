"""A reservation: the only way to spend from the ledger, in one fixed order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from vstk.ledger.entries import Entry


class Reservation:
    """A privacy loss that is recorded, while its release is drawn and kept.

    `Ledger.reservation` makes one. It is spent once, then keeps one release, both before
    its `with` block ends, or is declined. A question that was answered earlier has `stored`
    or `declined`, and can neither be spent nor keep anything.
    """

    def __init__(
        self,
        entry: Entry,
        commit: Callable[[Entry, str, Decimal | None], str],
        *,
        changed: bool = False,
    ) -> None:
        self._entry, self._commit, self._changed = entry, commit, changed
        self._open = True
        self._spent = self._kept = False

    @property
    def stored(self) -> str | None:
        """The release that answered this question earlier; nothing was reserved then."""
        return self._entry.release if self._entry.kind == "released" else None

    @property
    def declined(self) -> str | None:
        """Why this question had no release earlier; nothing was reserved then."""
        return self._entry.release if self._entry.kind == "declined" else None

    @property
    def changed(self) -> bool:
        """Whether the labels are no longer those of the earlier answer. For the operator only:
        what is published must not depend on it."""
        return self._changed

    @property
    def hash(self) -> str:
        """Hash of the ledger entry, which the release cites."""
        return self._entry.hash

    @property
    def rho(self) -> Decimal:
        """The privacy loss that was recorded; 0 for a stored release."""
        return self._entry.rho

    def spend(self) -> Decimal:
        """The recorded loss, for the one drawing that it pays for.

        Raises:
            RuntimeError: it was spent already, the `with` block has ended, or the release
                is stored, so that nothing may be drawn.
        """
        self._check_open()
        if self._entry.kind != "reserved":
            raise RuntimeError("this question has a stored release: nothing may be drawn for it")
        if self._spent:
            raise RuntimeError("a reservation pays for one drawing and was spent already")
        self._spent = True
        return self._entry.rho

    def keep(self, release: str) -> str:
        """Store the release that was drawn; returns the text to publish.

        That is `release`, unless another process has answered the same question in the
        meantime: one question has one answer, and the first one stands.

        Raises:
            RuntimeError: nothing was drawn, a release was kept already, or the `with`
                block has ended.
            LedgerBroken: the ledger file was replaced since the loss was reserved.
        """
        self._check_open()
        if not self._spent:
            raise RuntimeError("spend the reservation before a release is kept")
        if self._kept:
            raise RuntimeError("a reservation keeps one release and has kept it already")
        text = self._commit(self._entry, release, None)
        self._kept = True
        return text

    def decline(self, reason: str, *, spent: Decimal) -> None:
        """Record that there is no release, and return the loss that was not drawn.

        Args:
            reason: why, for when the question is asked again. It may depend on what was
                drawn and paid for, and on nothing else of the data.
            spent: the loss of what was drawn.

        Raises:
            RuntimeError: nothing was drawn, a release was kept already, or the `with`
                block has ended.
        """
        self._check_open()
        if not self._spent or self._kept:
            raise RuntimeError("decline after drawing, in place of keeping a release")
        self._commit(self._entry, reason, self._entry.rho - spent)
        self._kept = True

    def close(self) -> None:
        """End the reservation. What was reserved stays spent."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("the reservation has ended")
