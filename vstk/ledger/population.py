"""Whether two datasets are about the same people, from keyed samples of their ids.

A sample is the smallest values of a keyed hash (bottom-k, Cohen and Kaplan 2007). If both
samples have a value below the largest of the other, they show what part of one set is in
the other. The samples stay in the ledger; nothing of them is published.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SIZE = 512
"""Hashes that are kept of a set."""

SAME = 0.5
"""Two sets are nearly the same if this part of either is in the other."""

_LEAST = 4
"""A part is not estimated from fewer hashes than this."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The smallest hashes of a set, ascending; all of them if the set is small."""

    hashes: tuple[int, ...]

    @classmethod
    def of(cls, ids: Iterable[str], key: bytes) -> Sample:
        """The sample of a set of ids.

        Args:
            ids: keyed hashes of units or conversations.
            key: secret of this machine, up to 64 bytes.
        """
        hashed = (
            int.from_bytes(hashlib.blake2b(id.encode(), key=key, digest_size=8).digest(), "big")
            for id in set(ids)
        )
        return cls(tuple(sorted(heapq.nsmallest(SIZE, hashed))))

    def to_text(self) -> str:
        """The sample as base64 of big-endian 8-byte numbers."""
        return base64.b64encode(b"".join(n.to_bytes(8, "big") for n in self.hashes)).decode()

    @classmethod
    def from_text(cls, text: str) -> Sample:
        """The inverse of `to_text`."""
        data = base64.b64decode(text)
        return cls(tuple(int.from_bytes(data[at : at + 8], "big") for at in range(0, len(data), 8)))

    def part_in(self, other: Sample) -> float | None:
        """The estimated part of this set that is in another; `None` if too little is known."""
        limit = other.hashes[-1] if len(other.hashes) == SIZE else 1 << 64
        comparable = [number for number in self.hashes if number <= limit]
        if len(comparable) < min(_LEAST, len(self.hashes)) or not comparable:
            return None
        return len(set(comparable) & set(other.hashes)) / len(comparable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whose conversations were labelled, and which."""

    units: Sample
    conversations: Sample
    """Recognises the same log where the unit of privacy is another one."""

    @classmethod
    def of(cls, units: Iterable[str], conversations: Iterable[str], key: bytes) -> Population:
        """The samples of labelled conversations."""
        return cls(units=Sample.of(units, key), conversations=Sample.of(conversations, key))

    def to_json(self) -> dict[str, str]:
        """Both samples as text."""
        return {"units": self.units.to_text(), "conversations": self.conversations.to_text()}

    @classmethod
    def from_json(cls, fields: dict[str, str]) -> Population:
        """The inverse of `to_json`."""
        return cls(**{name: Sample.from_text(text) for name, text in fields.items()})

    def is_nearly(self, other: Population) -> bool:
        """Whether half of either population, or more, is in the other."""
        pairs = ((self.units, other.units), (self.conversations, other.conversations))
        return any(
            (part := a.part_in(b)) is not None and part >= SAME
            for one, two in pairs
            for a, b in ((one, two), (two, one))
        )


def canonical_name(dataset: str) -> str:
    """The form in which names of datasets are compared: letters and digits alone."""
    folded = unicodedata.normalize("NFKC", dataset).casefold()
    return re.sub(r"[\W_]+", "", folded) or folded
