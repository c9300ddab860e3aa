"""How people write, on purpose or not; and that no input makes the scrub hang."""

from __future__ import annotations

import contextlib
import time

import pytest

from vstk.anonymiser.recognizers import RULES
from vstk.anonymiser.rule import find_matches

BOMBS = {
    "dots": "a." * 5000,
    "dots and at": "a." * 5000 + "@",
    "brackets": "(" * 10_000,
    "digits": "1" * 10_000,
    "digits and spaces": "1 " * 5000,
    "digits and dashes": "1-" * 5000,
    "colons": "1:" * 5000,
    "capitals": "Aa " * 3500,
    "one letter": "A" * 10_000,
    "letters and spaces": "a " * 5000,
    "hyphens": "a-" * 5000,
    "at signs": "@a" * 5000,
    "slashes": "http://" + "a/" * 5000,
    "quotes": "\"'" * 5000,
    "keys": "-----BEGIN PRIVATE KEY-----" + "A" * 9900,
    "unclosed key": "-----BEGIN " * 900,
    "jwt": "eyJ" + "a" * 9900,
    "password": "password is " * 900,
    "name": "my name is " * 900,
    "streets": "12 Baker " * 1100,
    "new lines": "Name:\n" * 1600,
    "degrees": "1°1'" * 2500,
    "umlauts": "ß" * 10_000,
    "base64": "QUJD" * 2500 + "!",
}


@pytest.mark.parametrize("bomb", list(BOMBS))
def test_no_pattern_takes_time_in_the_square_of_the_length(bomb):
    """A pattern in the square of the length takes 16 times as long on a text 4 times as long."""
    text = BOMBS[bomb]
    slow = {}
    for rule in RULES:
        start = time.thread_time()
        list(find_matches(rule, text, 5.0))
        used = time.thread_time() - start
        if used > 0.5:
            slow[rule.name] = round(used, 2)

    assert not slow


@pytest.mark.parametrize(
    "text",
    [
        "My card is ４１１１ １１１１ １１１１ １１１１.",
        "Write to john.smith＠example.net please.",
        "Write to j\u200bohn.smith@exam\u200bple.net please.",
        "Write to \u202ejohn.smith@example.net\u202c please.",
        "Write to john.smith&#64;example.net please.",
        "Call %2B4915112345678 today please.",
        "```\npassword = 'hunter2xyz'\n```",
        '{"name": "John Smith", "phone": "+1 212 555 0187"}',
        "<p>Contact: <b>John Smith</b></p>",
        "**John Smith** wrote this letter to the council.",
        "AWS_KEY=AKIAIOSFODNN7EXAMPLE",
        "John\x00 Smith is my neighbour and friend.",
        "J\u043ehn Smith is my neighbour and friend.",
        "The card is\n4111\n1111\n1111\n1111",
    ],
)
def test_personal_data_is_found_however_it_is_written(scrubbed, text):
    (result,) = scrubbed(text)

    plain = result.replace("\u200b", "").replace("\x00", "").lower()
    assert "<" in result
    for part in ("smith", "example.net", "4111", "１１１１", "hunter2", "akia", "555 0187", "4915"):
        assert part not in plain


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\x00\x00", "\ud800 lone", "🙂" * 50, "א" * 50, "\u202e" * 50, "\ufeff", "```"],
)
def test_text_without_personal_data_comes_through(scrubbed, text):
    (result,) = scrubbed("Please tell me about the weather in general today. " + text)

    result.encode("utf-8")
    assert "<" not in result.replace("```", "")


@pytest.mark.parametrize("bomb", ["brackets", "dots and at", "capitals", "digits and spaces"])
def test_a_long_odd_text_is_scrubbed_or_set_aside_in_time(scrubber, bomb):
    from vstk.anonymiser import Unscrubbable

    from .talks import talk

    start = time.thread_time()
    # Set aside is as good as scrubbed: what counts is that it ends.
    with contextlib.suppress(Unscrubbable):
        scrubber.scrub(talk("This is the text that I would like to ask about: " + BOMBS[bomb]))

    assert time.thread_time() - start < 60
