"""Canaries in tables, markup, logs and other containers, where sentences do not help.

A copy of a turn gets a made-up table, object or log line with the canary in it. The result is
a matrix of kinds of values and containers, with the share still readable in each cell.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vstk.anonymiser import Scrubber
from vstk.anonymiser.canaries import LeakRate, is_readable, plantable_turns
from vstk.anonymiser.synthetic_pii import CANARY_KINDS, Canary, make_canary
from vstk.types import Conversation

_FIELDS = {
    "address": "street",
    "api_key": "api_key",
    "card": "card_number",
    "connection": "dsn",
    "coordinates": "gps",
    "date_of_birth": "date_of_birth",
    "ip_address": "ip",
    "mac_address": "mac",
    "national_id": "national_id",
    "order": "order_number",
    "uuid": "customer_id",
}
"""Kind -> name of its field; other kinds are named as they are."""

Container = Callable[[str, str], str]
"""(name of the field, value) -> text that holds the value."""


def _misspelt(value: str) -> str:
    """Swap two letters within a word of letters, as typists do; numbers stay."""
    middle = len(value) // 2
    if not value[middle - 1 : middle + 1].isalpha() or len(value) < 5:
        return value
    return value[: middle - 1] + value[middle] + value[middle - 1] + value[middle + 1 :]


CONTAINERS: dict[str, Container] = {
    "csv": lambda f, v: f"no,{f},state\n1,{_quoted(v)},open\n2,,closed",
    "csv with semicolons": lambda f, v: f"no;{f};state\n1;{v};open",
    "tsv": lambda f, v: f"no\t{f}\tstate\n1\t{v}\topen",
    "json": lambda f, v: json.dumps({"no": 1, f: v, "state": "open"}, ensure_ascii=False),
    "json in json": lambda f, v: json.dumps({"payload": json.dumps({f: v})}),
    "xml": lambda f, v: f"<row><no>1</no><{f}>{v}</{f}></row>",
    "yaml": lambda f, v: f"rows:\n  - no: 1\n    {f}: {v}\n    state: open",
    "sql": lambda f, v: f"INSERT INTO rows (no, {f}, state) VALUES (1, '{v}', 'open');",
    "log line": lambda f, v: f'2031-02-03 04:05:06,789 WARN worker-3 failed {f}="{v}" after=30ms',
    "ini": lambda f, v: f"[row]\nno = 1\n{f} = {v}",
    "markdown table": lambda f, v: f"| no | {f} | state |\n|---|---|---|\n| 1 | {v} | open |",
    "code fence": lambda f, v: f"```\n{f}: {v}\n```",
    "code string": lambda f, v: f'```python\nrow = {{"no": 1, "{f}": "{v}"}}\n```',
    "chat export": lambda f, v: (
        f"[03/02/31, 09:41:07] Support: your {f}?\n[03/02/31, 09:42:10] Me: {v}"
    ),
    "signature": lambda f, v: f"Kind regards,\n--\nSales | {f}: {v} | Floor 2",
    "form": lambda f, v: f"State: open\n{f.replace('_', ' ').capitalize()}: {v}\nFloor: 2",
    "beside a number": lambda f, v: f"{f.replace('_', ' ')} {v} 09/27 17",
    "alone": lambda f, v: v,
    "lower case": lambda f, v: f"its {f.replace('_', ' ')} {v.lower()} thx",
    "misspelt": lambda f, v: f"plz chekc my {f.replace('_', ' ')} {v} asap",
}
"""Name of a container -> function that puts a value into it."""


def _quoted(value: str) -> str:
    return f'"{value}"' if "," in value else value


@dataclass(slots=True)
class ContainerReport:
    """Leak rates by kind of value and container. No text."""

    cells: dict[str, dict[str, LeakRate]] = field(default_factory=dict)
    """Kind -> container -> rate."""

    set_aside: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The matrix, and the rates by container, as plain values."""
        by_container: dict[str, LeakRate] = {}
        for row in self.cells.values():
            for container, rate in row.items():
                sum_of = by_container.setdefault(container, LeakRate())
                sum_of.planted += rate.planted
                sum_of.leaked += rate.leaked
        return {
            "containers": {name: rate.as_dict() for name, rate in sorted(by_container.items())},
            "matrix": {
                kind: {container: rate.as_dict() for container, rate in sorted(row.items())}
                for kind, row in sorted(self.cells.items())
            },
            "containers_set_aside": self.set_aside,
        }


def measure_containers(
    conversations: Sequence[Conversation],
    scrubber: Scrubber,
    count: int,
    *,
    seed: int = 0,
    accepted: Sequence[str] = ("en",),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ContainerReport:
    """Insert `count` canaries in containers, one per copy of a turn, and count those readable.

    Kinds and containers take turns, so that every cell of the matrix gets about as many.

    Args:
        conversations: never changed; those in a language that is not accepted are skipped.
        count: number of canaries.
        accepted: accepted languages (ISO 639-1 codes).
        progress: called with the number of canaries done and their total number.
    """
    report = ContainerReport()
    turns = plantable_turns(conversations, accepted)
    if not turns:
        return report
    rng = random.Random(f"containers:{seed}")  # noqa: S311 - the places are not secret
    names = list(CONTAINERS)
    kinds = ("name", *CANARY_KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        container = names[(number + number // len(kinds)) % len(names)]
        conversation, turn_index, language = rng.choice(turns)
        canary = _canary_of(kind, number, seed, language)
        value = _misspelt(canary.value) if container == "misspelt" else canary.value
        block = CONTAINERS[container](_FIELDS.get(kind, kind), value)
        original = conversation.turns[turn_index]
        copy = replace(
            conversation, turns=(replace(original, text=f"{original.text[:2000]}\n\n{block}\n"),)
        )
        progress(number + 1, count)
        try:
            scrubbed, _ = scrubber.scrub(copy)
        except Exception:  # of any kind, because its traceback might quote the log
            report.set_aside += 1
            continue
        leaked = is_readable(
            replace(canary, value=value), "\n".join(turn.text for turn in scrubbed), original.text
        )
        report.cells.setdefault(kind, {}).setdefault(container, LeakRate()).add(leaked)
    return report


def _canary_of(kind: str, number: int, seed: int, language: str) -> Canary:
    """A canary of this kind; names have even numbers, other kinds take turns in odd ones."""
    if kind == "name":
        return make_canary(2 * number, seed=seed, language=language)
    index = CANARY_KINDS.index(kind) + len(CANARY_KINDS) * number
    return make_canary(2 * index + 1, seed=seed, language=language)
