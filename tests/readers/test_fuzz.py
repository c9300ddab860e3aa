"""Records of every format with one value of another kind: never an error, never a lost neighbour."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vstk import readers
from vstk.readers import raw
from vstk.readers.draft import Draft
from vstk.readers.places import Place
from vstk.readers.scanning import Options, Scanner

LOGS = Path(__file__).parent / "logs"
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e400, 10**30, "", "x", "{", "[", '{"a": 1}', '["a"]', "\0\ud800"),
    *([], {}, [[]], [None], [1], ["x"], [{}], {"x": None}, {"role": []}, {"content": {}}),
    *({"id": {"id": {}}}, [{"role": "user", "content": "q"}], {"text": ["x"]}, [[["x"]]]),
)


def records() -> dict[str, list[Any]]:
    """Parsed records of the made-up logs, by the format that each has."""
    found: dict[str, list[Any]] = {}
    scanner = Scanner(Options())
    for path in sorted(LOGS.iterdir()):
        if ".expected" in path.name:
            continue
        place = Place(path)
        for item in raw.items(place, raw.layout(path.read_bytes())):
            value = raw.parse(item.data)[0] if isinstance(item.data, bytes) else item.data
            if isinstance(value, dict):
                for format, _ in scanner.parts(item):
                    if format is not None:
                        found.setdefault(format.name, []).append(value)
    return found


RECORDS = records()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a value."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inside:
        if isinstance(one, dict | list):
            yield from places(one, (*path, key))
        else:
            yield (*path, key)


def mutated(value: Any, chance: random.Random) -> Any:
    """A copy with one to three values replaced or taken away."""
    copy = json.loads(json.dumps(value))
    for _ in range(chance.randint(1, 3)):
        ways = list(places(copy))
        if not ways:
            break
        *way, last = chance.choice(ways)
        place = copy
        for step in way:
            place = place[step]
        if chance.random() < 0.2:
            del place[last]
        else:
            place[last] = json.loads(json.dumps(chance.choice(ODD)))
    return copy


def check(format: str, number: int, seed: int) -> None:
    chance = random.Random(seed)
    scanner = Scanner(Options())
    forced = Scanner(Options().with_format(format))
    for turn in range(number):
        data = json.dumps(mutated(chance.choice(RECORDS[format]), chance)).encode()
        for one in (scanner, forced)[turn % 2 :][:1]:
            for _, draft in one.parts(raw.Item(1, data)):
                if isinstance(draft, Draft):
                    for side, text in draft.turns:
                        assert side in ("system", "user", "assistant", "tool")
                        text.encode()
                    (draft.id or "").encode()
                    (draft.thread or "").encode()
                    (draft.user or "").encode()
                else:
                    # An error that was caught is a case that the format forgot.
                    assert draft in readers.REASONS, draft
                    assert draft != "odd-value", data


def test_every_format_has_records_to_change() -> None:
    assert set(RECORDS) == set(readers.FORMATS)


@pytest.mark.parametrize("format", sorted(readers.FORMATS))
def test_a_value_of_another_kind_is_never_an_error(format: str) -> None:
    check(format, 300, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("format", sorted(readers.FORMATS))
def test_ten_thousand_changed_records_are_never_an_error(format: str) -> None:
    check(format, 10_000, seed=2)


@pytest.mark.parametrize("format", sorted(readers.FORMATS))
def test_a_changed_record_costs_no_other_record(format: str, tmp_path: Path) -> None:
    chance = random.Random(3)
    good = {"id": "good-{}", "user": "someone", "prompt": "A question?", "response": "An answer."}
    lines: list[str] = []
    for number in range(40):
        lines.append(json.dumps(mutated(chance.choice(RECORDS[format]), chance)))
        lines.append(json.dumps(good | {"id": f"good-{number}", "prompt": f"Question {number}?"}))
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines))

    found = readers.read([log], on_reject=lambda reject: None)

    kept = {c.id for c in found if c.id.startswith("good-")}
    assert kept == {f"good-{number}" for number in range(40)}
