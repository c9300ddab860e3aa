"""Parts of a run of digit groups, for numbers that stand beside another number.

In `4000 0000 0000 0002 09/27` a pattern for cards takes the month too, and the check digit of
the whole refuses it. These functions propose the shorter runs that the check should see.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

_GROUP = regex.compile(r"\d+")


def runs_of_groups(text: str, least: int, most: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each run of whole digit groups with `least` to `most` digits.

    The longest runs come first; of equal length, the leftmost.

    Args:
        text: digit groups with separators between them; at most 40 groups are used.
    """
    groups = [match.span() for match in _GROUP.finditer(text)][:40]
    runs = []
    for first in range(len(groups)):
        digits = 0
        for last in range(first, len(groups)):
            digits += groups[last][1] - groups[last][0]
            if digits > most:
                break
            if digits >= least and (first, last) != (0, len(groups) - 1):
                runs.append((digits, groups[first][0], groups[last][1]))
    runs.sort(key=lambda run: (-run[0], run[1]))
    yield from ((start, end) for _, start, end in runs)
