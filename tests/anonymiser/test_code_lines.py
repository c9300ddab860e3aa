"""Which lines of code blocks are taken for code, and so read for no names."""

import pytest

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.ner_names import NerNames


def is_read(line, language):
    """Whether the names in a line are sought by a model."""
    return line in NerNames(strict=False).find_candidates([line], Deadline(60), language).segments


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("# Carta para Juan Pérez", "es"),
        ("# Letter to Rajesh Venkataraman", "en"),
        ("## Rajesh Venkataraman", "en"),
        ("# 给李明的信", "zh"),
        ("(Marie Dupont m'a appelé hier)", "fr"),
        ("(Rajesh McDonald called me.)", "en"),
        ("[Kunde] Klaus Meier wohnt in Ulm", "de"),
        ("ayer hablé con Juan Pérez;", "es"),
        ("Yesterday I met Rajesh Venkataraman;", "en"),
        ("return de mi vecino: ayer le escribí a Juan Pérez y no me contestó", "es"),
    ],
)
def test_a_heading_brackets_or_a_semicolon_do_not_make_a_sentence_code(line, language):
    assert is_read(line, language)


@pytest.mark.parametrize(
    "line",
    [
        "# import Pandas as Tables",
        "# Timeout = Limit of the Server",
        "#include <Vector>",
        "[tool.Poetry]",
        "[Service]",
        '["Alpha", "Beta"]',
        "(define (Square x) (* x x))",
        "String Customer;",
        "private String Customer Name;",
        "Customer.Save(Order);",
        "List<String> Names of Things;",
        "return Customer Of Order;",
        "val customerName: Some Kind Of String;",
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_code_in_a_code_block_is_not_read_for_names(line, language):
    text = f"```\n{line}\n```"

    assert not NerNames(strict=False).find_candidates([text], Deadline(60), language).segments


@pytest.mark.parametrize(
    "line",
    [
        "let Rajesh Venkataraman know",
        "approver => Rajesh Venkataraman",
        "owner = Rajesh Venkataraman",
        "[09:41] Rajesh Venkataraman",
    ],
)
def test_outside_a_code_block_a_line_that_looks_like_code_is_read(line):
    assert is_read(line, "en")


def test_prose_in_a_code_block_is_read():
    text = "```\nRajesh Venkataraman, Pune\n```"

    assert (
        "Rajesh Venkataraman, Pune"
        in NerNames(strict=False).find_candidates([text], Deadline(60), "en").segments
    )
