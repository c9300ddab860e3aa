from __future__ import annotations

import pytest

from vstk.anonymiser.propagate import KnownValues

NUMBERS = [f"1 212 555 {number:04}" for number in range(400)]


def test_a_value_is_looked_up_and_not_compared_with_all_that_begin_alike(monkeypatch):
    known = KnownValues((number, "PHONE_NUMBER") for number in NUMBERS)
    text = ", ".join(reversed(NUMBERS))
    lookups = []
    kind = KnownValues._entity_at
    monkeypatch.setattr(KnownValues, "_entity_at", lambda *given: lookups.append(1) or kind(*given))

    found = list(known.find_occurrences(text))

    assert [text[one.start : one.end] for one in found] == NUMBERS[::-1]
    assert len(lookups) <= 4 * len(NUMBERS)


@pytest.mark.parametrize(
    ("value", "text", "again"),
    [
        ("Maria Keller", "Keller and MARIA, and maria keller", ["Keller", "MARIA", "maria keller"]),
        ("May", "may I come in May?", ["May"]),
        ("+1 212 555 0187", "call +1-212-555-0187 or 212", ["1-212-555-0187"]),
        ("+1 212 555 0187", "call +1 212 555", []),
    ],
)
def test_what_was_found_once_is_found_as_others_write_it(value, text, again):
    entity = "PERSON" if value[0].isalpha() else "PHONE_NUMBER"

    found = KnownValues([(value, entity)]).find_occurrences(text)

    # A part of a name may be found within the name.
    assert {text[one.start : one.end] for one in found} >= set(again)
    assert again or not list(KnownValues([(value, entity)]).find_occurrences(text))
