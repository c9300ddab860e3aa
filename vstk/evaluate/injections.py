"""Copies of labelled conversations with a text inserted that must not change their labels.

Somebody may write into a chat what they want an audit to find. Heads that were trained on such
texts with the labels of the original conversation learn to ignore them. The texts are in
`injected_texts.json`:

    instructions   address whoever labels, or pretend to be labels, turns or special tokens
    small_talk     want nothing: labels should not depend on any other sentence, either
    remarks        likewise, longer. With them half of what is inserted is everyday talk; with
                   a quarter, heads learned to let remarks change their labels more often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from vstk.evaluate.gold import GoldConversation
from vstk.types import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Conversations with a text inserted, and which ones they were made of."""

    records: tuple[GoldConversation, ...]
    of: tuple[int, ...]
    """For each copy the index of its original."""


@cache
def texts() -> dict[str, list[str]]:
    """The texts that are inserted, by kind."""
    data = files("vstk.evaluate").joinpath("injected_texts.json").read_text("utf-8")
    return {str(kind): [str(text) for text in many] for kind, many in json.loads(data).items()}


def copies(records: Sequence[GoldConversation], *, one_in: int) -> Copies:
    """A copy of every so many conversations, with a text at the start or end of a turn.

    Which conversations, texts and places is decided by the hash of an id, so that the same
    gold file always leads to the same copies. A copy's id holds a hash of what it says.
    """
    made: list[GoldConversation] = []
    of: list[int] = []
    short = [*texts()["instructions"], *texts()["small_talk"]]
    for place, record in enumerate(records):
        drawn = hashlib.sha256(record.id.encode()).digest()
        turn = _turn(record.turns, "assistant" if drawn[4] % 4 == 0 else "user")
        if int.from_bytes(drawn[:4]) % one_in or turn is None:
            continue
        candidates = texts()["remarks"] if drawn[7] % 3 == 0 else short
        inserted, text = candidates[drawn[5] % len(candidates)], record.turns[turn].text
        text = f"{inserted}\n{text}" if drawn[6] % 3 == 0 else f"{text} {inserted}"
        turns = list(record.turns)
        turns[turn] = replace(turns[turn], text=text)
        name = hashlib.sha256("\n".join(one.text for one in turns).encode()).hexdigest()[:16]
        made.append(replace(record, id=f"{record.id}#{name}", turns=tuple(turns)))
        of.append(place)
    return Copies(records=tuple(made), of=tuple(of))


def _turn(turns: Sequence[Turn], role: str) -> int | None:
    """Index of the first turn of a person, or of the last one of an assistant."""
    places = [place for place, turn in enumerate(turns) if turn.role == role and turn.text]
    if not places:
        return None
    return places[0] if role == "user" else places[-1]
