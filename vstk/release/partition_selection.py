"""New values: words outside the taxonomy that enough people brought up.

The words that may be found come from a public lexicon. Which of them are in
the log is private, so a word is named only if a noised weight passes a
threshold that no single person could make it pass but with probability delta.

Three rounds, each dearer than the last: what is found early is taken out, and
people give its weight to what they also said. A person's weight over t words is
1 / sqrt(t) each, so that all of it together never has a length above one.

Source:
    Gopi et al. (2020), Differentially Private Set Union, for the weights;
    Swanberg, Desfontaines & Haney (2023), DP-SIPS, for the rounds. Both are
    post-processing and composition of OpenDP's thresholded Gaussian.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal

from vstk.release import mechanism
from vstk.release.bounds import QUANTUM

ROUNDS = (Decimal("0.05"), Decimal("0.15"), Decimal("0.8"))
"""Parts of the budget of each round, of rho and of delta."""

MOST_WORDS = 50
"""A person counts for at most this many words, the first in the order given."""


def discover(
    words: Mapping[str, Iterable[str]],
    lexicon: Collection[str],
    *,
    rho: Decimal,
    delta: Decimal,
) -> tuple[str, ...]:
    """Words that enough people brought up, sorted.

    The result alone leaves: no weights, no order of discovery. Spends rho and
    delta, so the caller has reserved both.

    Args:
        words: unit -> its words, in the order of a keyed hash of unit and word.
        lexicon: the public list of words that may be named at all.
        rho, delta: what the discovery may cost.
    """
    known = frozenset(lexicon)
    left = {unit: _kept(said, known) for unit, said in words.items()}
    found: set[str] = set()
    for part in ROUNDS:
        weights: Counter[str] = Counter()
        for said in left.values():
            # What is public already takes no part of a person's weight.
            fresh = [word for word in said if word not in found][:MOST_WORDS]
            for word in fresh:
                weights[word] += weight(len(fresh))
        found |= mechanism.select(
            weights,
            most=MOST_WORDS,
            weight=weight,
            l2=float(QUANTUM),
            rho=_floor(rho * part),
            delta=delta * part,
        )
    return tuple(sorted(found))


def weight(words: int) -> int:
    """What each of so many words gets of one person; rounded down to keep the length."""
    return math.isqrt(QUANTUM * QUANTUM // words)


def _kept(said: Iterable[str], known: frozenset[str]) -> list[str]:
    return [word for word in dict.fromkeys(said) if word in known]


def _floor(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-12"), rounding=ROUND_FLOOR)
