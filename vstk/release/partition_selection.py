"""New values: private partition selection of words that enough people used.

The words that can be found come from a public lexicon. Which of them are in the log is
private, so a word is published only if its noised weight passes a threshold. The
probability that a word used by one person alone passes is at most delta.

There are three rounds, each with a larger budget than the one before. A word that was
found is removed, and its weight goes to the other words of the same people. Each of a
person's t words gets the weight 1 / sqrt(t), so that the L2 norm of a person's weights is
at most one.

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
"""Part of the budget of each round, of rho and of delta."""

MOST_WORDS = 50
"""Contribution bound: a person counts for at most this many words, the first in the order
given."""


def discover(
    words: Mapping[str, Iterable[str]],
    lexicon: Collection[str],
    *,
    rho: Decimal,
    delta: Decimal,
) -> tuple[str, ...]:
    """Words that enough people used, sorted.

    Only the set of words is released: no weights, no order of discovery. It spends rho and
    delta, which the caller has reserved.

    Args:
        words: unit -> its words, in the order of a keyed hash of unit and word.
        lexicon: the public list of words that can be published at all.
        rho, delta: what the selection may cost.
    """
    known = frozenset(lexicon)
    left = {unit: _kept(said, known) for unit, said in words.items()}
    found: set[str] = set()
    for part in ROUNDS:
        weights: Counter[str] = Counter()
        for said in left.values():
            # A word that was found needs no more of a person's weight.
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
    """Weight of each of a person's words, in `QUANTUM`ths; rounded down to keep the norm."""
    return math.isqrt(QUANTUM * QUANTUM // words)


def _kept(said: Iterable[str], known: frozenset[str]) -> list[str]:
    return [word for word in dict.fromkeys(said) if word in known]


def _floor(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-12"), rounding=ROUND_FLOOR)
